// The benchmark's peer: one thread, non-blocking where it holds several connections.
#pragma once

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct options {
  const char *mode;
  int port;
  bool plain;       // TCP without TLS
  bool resume;      // handshakes: with the session of the one before
  bool http;        // exchange, serve: requests and responses of HTTP/1.1
  int version;      // TLS1_2_VERSION, TLS1_3_VERSION, or 0 for either
  int connections;  // at a time
  long long count;  // handshakes, exchanges or bytes; 0: until SIGTERM
  double seconds;   // exchange: ends it, if not 0
  double rate;      // exchange: so many a second, if not 0
  int size;         // bytes of a frame
  const char *cert, *key;
  const char *serve;  // what a server does: echo, receive, send, small
};

// ---- connection.c ----

enum { CLOSED = 0, FAILED = -1, WAITING = -2 };

struct connection {
  int fd;
  SSL *ssl;  // NULL over plain TCP
};

_Noreturn void die(const char *what);
SSL_CTX *client_context(const struct options *);
SSL_CTX *server_context(const struct options *);
/** Connects, blocking: on loopback this takes no time. The handshake is still to be done. */
struct connection connection_open(const struct options *, SSL_CTX *, SSL_SESSION *);
void connection_nonblocking(struct connection *);
void connection_handshake(struct connection *);
/** Lets SSL_write() gather records into large writes; flush with BIO_flush(SSL_get_wbio(ssl)). */
void connection_gather(struct connection *);
/** Bytes, or CLOSED, FAILED or WAITING. */
int connection_read(struct connection *, void *, size_t);
/** All of it; waits where it has to. False when the connection has failed. */
bool connection_write(struct connection *, const void *, size_t);
void connection_finish(struct connection *);
void connection_close(struct connection *);

// ---- figures.c ----

double now(void);  // seconds
struct latencies {
  uint32_t *nanoseconds;
  size_t count, capacity;
};
void latencies_add(struct latencies *, double seconds);
/** `"mean":…,"p50":…,"p99":…,"max":…` in microseconds. */
void latencies_print(struct latencies *);
/** `"cpu":…` in microseconds: this process, which should not be the slower one. */
void cpu_print(void);
/** `{"cpu":…,"main":…,"wall":…,"rss":…}` */
void sample_print(void);

// ---- the modes ----

void run_source(const struct options *);
void run_sink(const struct options *);
void run_handshakes(const struct options *);
void run_hold(const struct options *);
void run_exchange(const struct options *);
void run_server(const struct options *);
