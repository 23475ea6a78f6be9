/* What the peers in C share: settings, facts, sockets, and the pipe. Each gives four functions and calls run_pipe().
   What they are told to do stands in ../peers/program.mjs. */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *setting(const char *name) {
  char full[64];
  snprintf(full, sizeof full, "INTEROP_%s", name);
  const char *value = getenv(full);
  return value && *value ? value : NULL;
}

static int is(const char *name, const char *value) {
  return setting(name) && strcmp(setting(name), value) == 0;
}

static void tell(const char *name, const char *value) {
  if (value && *value) fprintf(stderr, "%s=%s\n", name, value);
}

static void fail(const char *what, int code) {
  fprintf(stderr, "%s failed: %d (-0x%x)\n", what, code, -code);
  exit(1);
}

/* At most four names, separated by commas, as a list that ends with NULL. */
__attribute__((unused)) static const char **names_of(const char *list) {
  static const char *names[5];
  static char copy[256];
  int count = 0;
  snprintf(copy, sizeof copy, "%s", list);
  for (char *name = strtok(copy, ","); name && count < 4; name = strtok(NULL, ",")) names[count++] = name;
  names[count] = NULL;
  return names;
}

/* Two digits a byte; returns the number of bytes. */
__attribute__((unused)) static int from_hex(const char *text, unsigned char *bytes, int room) {
  int count = 0;
  for (; text[2 * count] && count < room; count++) {
    unsigned value;
    sscanf(text + 2 * count, "%2x", &value);
    bytes[count] = (unsigned char)value;
  }
  return count;
}

static int listen_on_loopback(void) {
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  char port[16];
  if (bind(listener, (struct sockaddr *)&address, length) || listen(listener, 5)) fail("listen", -1);
  getsockname(listener, (struct sockaddr *)&address, &length);
  snprintf(port, sizeof port, "%d", ntohs(address.sin_port));
  tell("port", port);
  return listener;
}

static int connect_to_loopback(void) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  address.sin_port = htons((unsigned short)atoi(setting("PORT")));
  if (connect(fd, (struct sockaddr *)&address, sizeof address)) fail("connect", -1);
  return fd;
}

/* Blocking. read: bytes, 0 at close_notify, negative for failures, -1000 for "nothing yet". write: all of it. */
struct tls {
  void *state;
  int fd;
  int (*pending)(void *state);
  int (*read)(void *state, char *data, int room);
  void (*write)(void *state, const char *data, int length);
  void (*shutdown)(void *state);
};

static void write_out(const char *data, int length) {
  while (length > 0) {
    int done = (int)write(1, data, (size_t)length);
    if (done <= 0) exit(1);
    data += done;
    length -= done;
  }
}

/* Until both directions have ended; without HALF_CLOSE the end of what is received ends all. */
static void run_pipe(struct tls *tls) {
  static char data[65536];
  int receiving = 1, sending = 1;
  while (receiving || sending) {
    struct pollfd fds[2] = {{sending ? 0 : -1, POLLIN, 0}, {receiving ? tls->fd : -1, POLLIN, 0}};
    int waiting = receiving && tls->pending(tls->state);
    if (poll(fds, 2, waiting ? 0 : -1) < 0) exit(1);
    if (fds[0].revents) {
      int length = (int)read(0, data, sizeof data);
      if (length > 0) {
        tls->write(tls->state, data, length);
      } else {
        tls->shutdown(tls->state);
        sending = 0;
      }
    }
    if (waiting || fds[1].revents) {
      int length = tls->read(tls->state, data, sizeof data);
      if (length == -1000) continue;
      if (length > 0) {
        write_out(data, length);
        continue;
      }
      if (length < 0) fail("read", length);
      tell("eof", "close_notify");
      receiving = 0;
      if (setting("HALF_CLOSE"))
        close(1);
      else
        break;
    }
  }
  if (sending) tls->shutdown(tls->state);
}
