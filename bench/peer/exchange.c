#define _GNU_SOURCE
// Requests and their responses, one at a time on each of some connections: the next as soon as the
// last is answered, or so many a second.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/prctl.h>

#include "peer.h"

struct line {
  struct connection connection;
  double sent;
  size_t expected, received;  // expected: 0 as long as the head of the response is not complete
  char head[1024];
};

struct run {
  const struct options *options;
  double begin;
  struct line *
      *free;  // With --rate: those whose last request is answered, used first in, first out.
  size_t free_first, free_count;
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

static void send_request(struct run *run, struct line *line, double due) {
  line->received = 0;
  line->expected = run->options->http ? 0 : run->size;
  line->sent = due;
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
    if (run->options->rate > 0) {
      size_t last = run->free_first + run->free_count++;
      run->free[last % (size_t)run->options->connections] = line;
      return;
    }
    if (more(run)) send_request(run, line, now());
  }
}

/**
 * Sends what is due. A request that finds no free connection is late, and its latency counts from
 * when it was due. Returns the seconds until the next one is; negative: nothing can be sent before
 * an answer.
 */
static double send_due(struct run *run) {
  while (more(run) && run->free_count > 0) {
    double due = run->begin + (double)run->sent / run->options->rate;
    double left = due - now();
    if (left > 0) return left;
    struct line *line = run->free[run->free_first];
    run->free_first = (run->free_first + 1) % (size_t)run->options->connections;
    run->free_count--;
    send_request(run, line, due);
  }
  return -1;
}

static int wait_for(const struct run *run, struct epoll_event *events, int room, double seconds) {
  if (seconds < 0) return epoll_wait(run->epoll, events, room, -1);
  struct timespec time = {.tv_nsec = (long)(seconds * 1e9)};
  if (time.tv_nsec >= 1000000000) time.tv_nsec = 999999999;
  return epoll_pwait2(run->epoll, events, room, &time, NULL);
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
  run.free = calloc((size_t)options->connections, sizeof(struct line *));
  double begin = run.begin = now();
  if (options->seconds > 0) run.deadline = begin + options->seconds;
  if (options->rate > 0) {
    // The kernel would wake it up to 50 microseconds late.
    prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    for (int i = 0; i < options->connections; i++) run.free[run.free_count++] = &lines[i];
  } else {
    for (int i = 0; i < options->connections && more(&run); i++)
      send_request(&run, &lines[i], now());
  }
  for (;;) {
    double left = options->rate > 0 ? send_due(&run) : -1;
    if (left < 0 && run.answered == run.sent) break;
    struct epoll_event events[64];
    int count = wait_for(&run, events, 64, left);
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
