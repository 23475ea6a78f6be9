#define _GNU_SOURCE
// A server on epoll: the other side of client measurements, and the limit that a program in C sets.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "peer.h"

struct client {
  struct connection connection;
  bool established;
};

struct server {
  const struct options *options;
  SSL_CTX *ctx;
  int epoll, listener;
};

static const char response[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 64\r\n"
    "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n\r\n"
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

static char chunk[64 * 1024];

/** Writes what was asked for, then says goodbye: one connection, to its end. */
static void serve_bulk(const struct server *server, struct client *client, long long count) {
  bool bursts = !strcmp(server->options->serve, "small");
  struct connection *connection = &client->connection;
  connection_gather(connection);
  BIO *bio = connection->ssl ? SSL_get_wbio(connection->ssl) : NULL;
  for (long long left = bursts ? count * 5000 : count; left > 0;) {
    // A burst of 50 writes of 100 bytes: who writes in C gathers them.
    size_t size = bursts ? 5000 : sizeof chunk;
    if ((long long)size > left) size = (size_t)left;
    if (!connection_write(connection, chunk, size)) return;
    if (bursts && bio) (void)BIO_flush(bio);
    left -= (long long)size;
  }
  connection_finish(connection);
}

/** False when the connection is over. */
static bool answer(const struct server *server, struct client *client, size_t got) {
  const char *serve = server->options->serve;
  if (server->options->http) {
    // The peer sends a request at a time, in one record.
    return connection_write(&client->connection, response, sizeof response - 1);
  }
  if (!strcmp(serve, "receive")) return true;
  if (!strcmp(serve, "echo")) return connection_write(&client->connection, chunk, got);
  chunk[got < sizeof chunk ? got : sizeof chunk - 1] = 0;
  long long count = atoll(chunk);
  fcntl(client->connection.fd, F_SETFL, 0);
  serve_bulk(server, client, count);
  return false;
}

static void close_client(struct client *client) {
  connection_finish(&client->connection);
  connection_close(&client->connection);
  free(client);
}

static void step(const struct server *server, struct client *client) {
  if (!client->established && client->connection.ssl) {
    errno = 0;
    ERR_clear_error();
    int result = SSL_do_handshake(client->connection.ssl);
    if (result != 1) {
      if (SSL_get_error(client->connection.ssl, result) != SSL_ERROR_WANT_READ)
        close_client(client);
      return;
    }
    client->established = true;
  }
  for (;;) {
    int got = connection_read(&client->connection, chunk, sizeof chunk);
    if (got == WAITING) return;
    if (got <= 0 || !answer(server, client, (size_t)got)) {
      close_client(client);
      return;
    }
  }
}

static void accept_client(const struct server *server) {
  int fd = accept4(server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return;
  struct client *client = calloc(1, sizeof *client);
  if (!client) die("memory");
  client->connection.fd = fd;
  if (server->ctx) {
    client->connection.ssl = SSL_new(server->ctx);
    if (!client->connection.ssl || !SSL_set_fd(client->connection.ssl, fd)) die("SSL_new");
    SSL_set_accept_state(client->connection.ssl);
  }
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
  if (epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event)) die("epoll_ctl");
}

static void listen_anywhere(struct server *server) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t length = sizeof address;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  server->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (server->listener < 0 || bind(server->listener, (struct sockaddr *)&address, length) ||
      listen(server->listener, 4096) ||
      getsockname(server->listener, (struct sockaddr *)&address, &length)) {
    die("listen");
  }
  printf("{\"port\":%d}\n", ntohs(address.sin_port));
  fflush(stdout);
}

/** Standard input: a line asks for the figures so far, its end ends the server. */
static void command(void) {
  char line[256];
  ssize_t got = read(STDIN_FILENO, line, sizeof line);
  if (got <= 0) exit(0);
  sample_print();
}

void run_server(const struct options *options) {
  struct server server = {.options = options, .ctx = server_context(options)};
  server.epoll = epoll_create1(EPOLL_CLOEXEC);
  if (server.epoll < 0) die("epoll_create1");
  memset(chunk, 'x', sizeof chunk);
  listen_anywhere(&server);
  struct epoll_event listening = {.events = EPOLLIN, .data.ptr = &server};
  struct epoll_event input = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(server.epoll, EPOLL_CTL_ADD, server.listener, &listening);
  epoll_ctl(server.epoll, EPOLL_CTL_ADD, STDIN_FILENO, &input);
  for (;;) {
    struct epoll_event events[64];
    int count = epoll_wait(server.epoll, events, 64, -1);
    if (count < 0 && errno != EINTR) die("epoll_wait");
    for (int i = 0; i < count; i++) {
      void *what = events[i].data.ptr;
      if (what == NULL)
        command();
      else if (what == &server)
        accept_client(&server);
      else
        step(&server, what);
    }
  }
}
