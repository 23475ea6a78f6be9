#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "peer.h"

void die(const char *what) {
  fprintf(stderr, "peer: %s: %s\n", what, errno ? strerror(errno) : "failed");
  ERR_print_errors_fp(stderr);
  exit(1);
}

static SSL_CTX *context(const struct options *options, const SSL_METHOD *method) {
  if (options->plain) return NULL;
  SSL_CTX *ctx = SSL_CTX_new(method);
  if (!ctx) die("SSL_CTX_new");
  // What is exchanged must not depend on which OpenSSL is on the other side: newer ones prefer
  // ML-KEM, which costs more. P-256 is there for the certificate in TLS 1.2.
  if (!SSL_CTX_set1_groups_list(ctx, "X25519:P-256")) die("groups");
  if (options->version) {
    SSL_CTX_set_min_proto_version(ctx, options->version);
    SSL_CTX_set_max_proto_version(ctx, options->version);
  }
  SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY |
                            SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  return ctx;
}

SSL_CTX *client_context(const struct options *options) {
  return context(options, TLS_client_method());
}

SSL_CTX *server_context(const struct options *options) {
  SSL_CTX *ctx = context(options, TLS_server_method());
  if (!ctx) return NULL;
  if (SSL_CTX_use_certificate_chain_file(ctx, options->cert) != 1) die("certificate");
  if (SSL_CTX_use_PrivateKey_file(ctx, options->key, SSL_FILETYPE_PEM) != 1) die("key");
  if (!strcmp(options->serve, "receive")) {
    SSL_CTX_set_read_ahead(ctx, 1);
    SSL_CTX_set_default_read_buffer_len(ctx, 256 * 1024);
  }
  SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"bench", 5);
  return ctx;
}

struct connection connection_open(const struct options *options, SSL_CTX *ctx,
                                  SSL_SESSION *session) {
  struct connection self = {.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(options->port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (self.fd < 0 || connect(self.fd, (struct sockaddr *)&address, sizeof address)) die("connect");
  int on = 1;
  setsockopt(self.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (ctx) {
    self.ssl = SSL_new(ctx);
    if (!self.ssl || !SSL_set_fd(self.ssl, self.fd)) die("SSL_new");
    SSL_set_tlsext_host_name(self.ssl, "localhost");
    if (session) SSL_set_session(self.ssl, session);
    SSL_set_connect_state(self.ssl);
  }
  return self;
}

void connection_nonblocking(struct connection *self) {
  fcntl(self->fd, F_SETFL, fcntl(self->fd, F_GETFL) | O_NONBLOCK);
}

void connection_handshake(struct connection *self) {
  if (self->ssl && SSL_do_handshake(self->ssl) != 1) die("handshake");
}

void connection_gather(struct connection *self) {
  if (!self->ssl) return;
  BIO *buffer = BIO_new(BIO_f_buffer());
  BIO *socket = BIO_new_socket(self->fd, BIO_NOCLOSE);
  if (!buffer || !socket || BIO_set_write_buffer_size(buffer, 256 * 1024) != 1) die("BIO");
  SSL_set0_wbio(self->ssl, BIO_push(buffer, socket));
}

int connection_read(struct connection *self, void *buffer, size_t size) {
  errno = 0;
  if (!self->ssl) {
    ssize_t got = recv(self->fd, buffer, size, 0);
    if (got >= 0) return (int)got;
    return errno == EAGAIN ? WAITING : FAILED;
  }
  ERR_clear_error();
  int got = SSL_read(self->ssl, buffer, (int)size);
  if (got > 0) return got;
  switch (SSL_get_error(self->ssl, got)) {
    case SSL_ERROR_ZERO_RETURN:
      return CLOSED;
    case SSL_ERROR_WANT_READ:
      return WAITING;
    default:
      return FAILED;
  }
}

bool connection_write(struct connection *self, const void *data, size_t size) {
  const char *from = data;
  while (size > 0) {
    errno = 0;
    int taken;
    bool wait;
    if (self->ssl) {
      ERR_clear_error();
      taken = SSL_write(self->ssl, from, size > 1 << 30 ? 1 << 30 : (int)size);
      wait = taken <= 0 && SSL_get_error(self->ssl, taken) == SSL_ERROR_WANT_WRITE;
    } else {
      taken = (int)send(self->fd, from, size, 0);
      wait = taken < 0 && errno == EAGAIN;
    }
    if (wait) {
      struct pollfd ready = {.fd = self->fd, .events = POLLOUT};
      poll(&ready, 1, -1);
    } else if (taken <= 0) {
      return false;
    } else {
      from += taken;
      size -= (size_t)taken;
    }
  }
  return true;
}

void connection_finish(struct connection *self) {
  if (self->ssl) {
    SSL_shutdown(self->ssl);
    (void)BIO_flush(SSL_get_wbio(self->ssl));
  } else {
    shutdown(self->fd, SHUT_WR);
  }
}

void connection_close(struct connection *self) {
  SSL_free(self->ssl);
  close(self->fd);
  self->ssl = NULL;
  self->fd = -1;
}
