#define _GNU_SOURCE
// Requests and their responses, one at a time on each of some connections.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>

#include "peer.h"

struct line {
  struct connection connection;
  double sent;
  size_t expected, received;  // expected: 0 as long as the head of the response is not complete
  char head[1024];
};

struct run {
  const struct options *options;
  char *request;
  size_t size;
  int epoll;
  long long sent, answered;
  double deadline;
  struct latencies latencies;
};

/** A request of exactly --size bytes; shorter than 64 there is no room for the padding. */
static void make_request(struct run *run) {
  run->size = (size_t)run->options->size;
  run->request = malloc(run->size + 1);
  if (!run->request) die("memory");
  memset(run->request, 'x', run->size);
  if (!run->options->http) return;
  static const char head[] = "GET / HTTP/1.1\r\nHost: localhost\r\nX: ";
  if (run->size < sizeof head + 4) die("--size is too small for HTTP");
  memcpy(run->request, head, sizeof head - 1);
  memcpy(run->request + run->size - 4, "\r\n\r\n", 4);
}

/** The length of the whole response, 0 as long as that is not known. */
static size_t http_length(struct line *line) {
  line->head[line->received] = 0;
  char *end = strstr(line->head, "\r\n\r\n");
  if (!end) return 0;
  char *field = strcasestr(line->head, "\r\ncontent-length:");
  if (!field || field > end) die("a response without Content-Length");
  return (size_t)(end + 4 - line->head) + (size_t)atoi(field + 17);
}

static void send_request(struct run *run, struct line *line) {
  line->received = 0;
  line->expected = run->options->http ? 0 : run->size;
  line->sent = now();
  run->sent++;
  if (!connection_write(&line->connection, run->request, run->size)) die("write");
}

static bool more(const struct run *run) {
  if (run->deadline > 0) return now() < run->deadline;
  return run->sent < run->options->count;
}

static void step(struct run *run, struct line *line) {
  for (;;) {
    char discarded[16384];
    bool head = line->expected == 0;
    size_t room = sizeof line->head - 1 - line->received;
    if (head && room == 0) die("the head of a response is too long");
    int got = connection_read(&line->connection, head ? line->head + line->received : discarded,
                              head ? room : sizeof discarded);
    if (got == WAITING) return;
    if (got <= 0) die("the other side closed the connection");
    line->received += (size_t)got;
    if (head) line->expected = http_length(line);
    if (line->expected == 0 || line->received < line->expected) continue;
    latencies_add(&run->latencies, now() - line->sent);
    run->answered++;
    if (more(run)) send_request(run, line);
  }
}

void run_exchange(const struct options *options) {
  struct run run = {.options = options, .epoll = epoll_create1(EPOLL_CLOEXEC)};
  if (run.epoll < 0) die("epoll_create1");
  make_request(&run);
  SSL_CTX *ctx = client_context(options);
  struct line *lines = calloc((size_t)options->connections, sizeof *lines);
  for (int i = 0; i < options->connections; i++) {
    lines[i].connection = connection_open(options, ctx, NULL);
    connection_handshake(&lines[i].connection);
    connection_nonblocking(&lines[i].connection);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &lines[i]};
    if (epoll_ctl(run.epoll, EPOLL_CTL_ADD, lines[i].connection.fd, &event)) die("epoll_ctl");
  }
  double begin = now();
  if (options->seconds > 0) run.deadline = begin + options->seconds;
  for (int i = 0; i < options->connections && more(&run); i++) send_request(&run, &lines[i]);
  while (run.answered < run.sent) {
    struct epoll_event events[64];
    int count = epoll_wait(run.epoll, events, 64, -1);
    if (count < 0 && errno != EINTR) die("epoll_wait");
    for (int i = 0; i < count; i++) step(&run, events[i].data.ptr);
  }
  printf("{\"count\":%lld,\"seconds\":%.6f,", run.answered, now() - begin);
  latencies_print(&run.latencies);
  printf(",");
  cpu_print();
  printf("}\n");
  for (int i = 0; i < options->connections; i++) connection_finish(&lines[i].connection);
}
