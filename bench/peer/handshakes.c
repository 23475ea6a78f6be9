// Handshake after handshake; and connections that are held.
#include <errno.h>
#include <openssl/err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "peer.h"

struct slot {
  struct connection connection;
  bool established;
  double start;
};

struct run {
  const struct options *options;
  SSL_CTX *ctx;
  int epoll;
  long long started, finished, resumed;
  struct latencies latencies;
};

/** The session of the first connection. OpenSSL takes each for one resumption: it gets copies. */
static SSL_SESSION *session;

static int on_session(SSL *ssl, SSL_SESSION *given) {
  (void)ssl;
  if (session) return 0;
  session = given;
  return 1;
}

static volatile sig_atomic_t stopped;

static void on_signal(int number) {
  (void)number;
  stopped = 1;
}

static bool more(const struct run *run) {
  return run->options->count == 0 || run->started < run->options->count;
}

static void start(struct run *run, struct slot *slot) {
  slot->start = now();
  slot->established = false;
  SSL_SESSION *copy = run->options->resume ? SSL_SESSION_dup(session) : NULL;
  slot->connection = connection_open(run->options, run->ctx, copy);
  SSL_SESSION_free(copy);
  connection_nonblocking(&slot->connection);
  run->started++;
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = slot};
  if (epoll_ctl(run->epoll, EPOLL_CTL_ADD, slot->connection.fd, &event)) die("epoll_ctl");
}

/** True once the handshake is done. */
static bool handshake(struct slot *slot) {
  errno = 0;
  ERR_clear_error();
  int result = SSL_do_handshake(slot->connection.ssl);
  if (result == 1) return slot->established = true;
  if (SSL_get_error(slot->connection.ssl, result) != SSL_ERROR_WANT_READ) die("handshake");
  return false;
}

/** Establishes, says goodbye, and reads (tickets) until the other side has said it, too. */
static void step(struct run *run, struct slot *slot) {
  for (;;) {
    char buffer[4096];
    if (!slot->established) {
      if (!handshake(slot)) return;
      latencies_add(&run->latencies, now() - slot->start);
      run->resumed += SSL_session_reused(slot->connection.ssl);
      SSL_shutdown(slot->connection.ssl);
    }
    int got;
    while ((got = connection_read(&slot->connection, buffer, sizeof buffer)) > 0) continue;
    if (got == WAITING) return;
    connection_close(&slot->connection);
    run->finished++;
    if (!more(run)) return;
    start(run, slot);
  }
}

static void loop(struct run *run, void (*on_ready)(struct run *, struct slot *), long long until) {
  struct epoll_event events[64];
  while (!stopped && (until == 0 || run->finished < until)) {
    int count = epoll_wait(run->epoll, events, 64, -1);
    if (count < 0 && errno != EINTR) die("epoll_wait");
    for (int i = 0; i < count; i++) on_ready(run, events[i].data.ptr);
  }
}

static struct run prepare(const struct options *options) {
  struct run run = {.options = options, .ctx = client_context(options)};
  run.epoll = epoll_create1(EPOLL_CLOEXEC);
  if (run.epoll < 0) die("epoll_create1");
  if (options->resume) {
    SSL_CTX_set_session_cache_mode(run.ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(run.ctx, on_session);
  }
  return run;
}

/** One connection from which the others have their session; in TLS 1.3 it comes afterwards. */
static void first_session(struct run *run) {
  char buffer[4096];
  struct connection first = connection_open(run->options, run->ctx, NULL);
  SSL_clear_mode(first.ssl, SSL_MODE_AUTO_RETRY);
  connection_handshake(&first);
  while (!session && connection_read(&first, buffer, sizeof buffer) == WAITING) continue;
  if (!session) die("the server gave no session");
  SSL_shutdown(first.ssl);
  connection_close(&first);
}

void run_handshakes(const struct options *options) {
  struct run run = prepare(options);
  if (options->count == 0) signal(SIGTERM, on_signal);
  if (options->resume) first_session(&run);
  struct slot *slots = calloc((size_t)options->connections, sizeof *slots);
  double begin = now();
  for (int i = 0; i < options->connections && more(&run); i++) {
    start(&run, &slots[i]);
    step(&run, &slots[i]);
  }
  loop(&run, step, options->count);
  printf("{\"count\":%lld,\"resumed\":%lld,\"seconds\":%.6f,", run.finished, run.resumed,
         now() - begin);
  latencies_print(&run.latencies);
  printf(",");
  cpu_print();
  printf("}\n");
  if (options->resume && run.resumed != run.finished) die("not all of them were resumed");
}

// ---- hold ----

/** Establishes, has 64 bytes echoed, and stays: an idle connection is one that was used before. */
static void establish(struct run *run, struct slot *slot) {
  char frame[64] = {0};
  if (!slot->established) {
    if (slot->connection.ssl && !handshake(slot)) return;
    slot->established = true;
    if (!connection_write(&slot->connection, frame, sizeof frame)) die("write");
  }
  int got = connection_read(&slot->connection, frame, sizeof frame);
  if (got == WAITING) return;
  if (got <= 0) die("read");
  epoll_ctl(run->epoll, EPOLL_CTL_DEL, slot->connection.fd, NULL);
  run->finished++;
}

void run_hold(const struct options *options) {
  struct run run = prepare(options);
  struct slot *slots = calloc((size_t)options->connections, sizeof *slots);
  // A few handshakes at a time: the queue of connections that the server has not accepted is short.
  const int window = 32;
  for (int i = 0; i < options->connections; i++) {
    start(&run, &slots[i]);
    establish(&run, &slots[i]);
    if (run.started - run.finished >= window) loop(&run, establish, run.finished + 1);
  }
  loop(&run, establish, options->connections);
  printf("{\"held\":%d}\n", options->connections);
  fflush(stdout);
  char byte;
  while (read(STDIN_FILENO, &byte, 1) > 0) continue;
}
