// One connection with a lot of bytes: blocking, and with large writes.
#include <stdio.h>
#include <string.h>

#include "peer.h"

static char chunk[256 * 1024];

static void report(long long bytes, long long wire, double start) {
  printf("{\"count\":%lld,\"wire\":%lld,\"seconds\":%.6f,", bytes, wire, now() - start);
  cpu_print();
  printf("}\n");
}

void run_source(const struct options *options) {
  SSL_CTX *ctx = client_context(options);
  struct connection peer = connection_open(options, ctx, NULL);
  connection_handshake(&peer);
  connection_gather(&peer);
  memset(chunk, 'x', sizeof chunk);
  double start = now();
  for (long long left = options->count; left > 0;) {
    size_t size = left < (long long)sizeof chunk ? (size_t)left : sizeof chunk;
    if (!connection_write(&peer, chunk, size)) die("write");
    left -= (long long)size;
  }
  connection_finish(&peer);
  // The other side ends when it has read everything.
  while (connection_read(&peer, chunk, sizeof chunk) > 0) continue;
  report(options->count, 0, start);
  connection_close(&peer);
  SSL_CTX_free(ctx);
}

void run_sink(const struct options *options) {
  SSL_CTX *ctx = client_context(options);
  if (ctx) {
    SSL_CTX_set_read_ahead(ctx, 1);
    SSL_CTX_set_default_read_buffer_len(ctx, sizeof chunk);
  }
  struct connection peer = connection_open(options, ctx, NULL);
  connection_handshake(&peer);
  BIO *bio = peer.ssl ? SSL_get_rbio(peer.ssl) : NULL;
  char ask[32];
  int length = snprintf(ask, sizeof ask, "%lld\n", options->count);
  long long before = bio ? (long long)BIO_number_read(bio) : 0;
  double start = now();
  if (!connection_write(&peer, ask, (size_t)length)) die("write");
  long long bytes = 0;
  int got;
  while ((got = connection_read(&peer, chunk, sizeof chunk)) > 0) bytes += got;
  if (got == FAILED) die("read");
  report(bytes, bio ? (long long)BIO_number_read(bio) - before : bytes, start);
  connection_finish(&peer);
  connection_close(&peer);
  SSL_CTX_free(ctx);
}
