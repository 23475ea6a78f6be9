#include "stream_socket.h"

#ifndef _WIN32

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace ownssl {
namespace {

#ifdef MSG_NOSIGNAL
constexpr int kSendFlags = MSG_DONTWAIT | MSG_NOSIGNAL;
#else
constexpr int kSendFlags = MSG_DONTWAIT;  // SIGPIPE needs no flag, because Node ignores it.
#endif

#ifdef MSG_MORE
constexpr int kMore = MSG_MORE;
#else
constexpr int kMore = 0;
#endif

// So much is read, and so often, of what nobody wants any more: as much as Node reads ahead of its
// application. Who has sent more than that is told by the reset that it was lost.
constexpr size_t kDropAtOnce = size_t{16} * 1024;
constexpr int kMostDrops = 4;

}  // namespace

std::shared_ptr<StreamSocket> StreamSocket::Duplicate(int fd) {
  int type = 0;
  socklen_t size = sizeof(type);
  if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_STREAM) return nullptr;
  const int duplicate = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (duplicate < 0) return nullptr;
  return std::shared_ptr<StreamSocket>(new StreamSocket(duplicate));
}

StreamSocket::StreamSocket(int fd) : fd_(fd) {
  socklen_t size = sizeof(peer_);
  if (getpeername(fd_, reinterpret_cast<sockaddr*>(&peer_), &size) != 0) peer_error_ = -errno;
}

void StreamSocket::Close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void StreamSocket::DropUnread() {
  if (fd_ < 0 || ended_ || resets_) return;
  uint8_t room[kDropAtOnce];
  for (int i = 0; i < kMostDrops; ++i) {
    if (::recv(fd_, room, sizeof(room), MSG_DONTWAIT) < static_cast<ssize_t>(sizeof(room))) return;
  }
}

ptrdiff_t StreamSocket::Receive(uint8_t* data, size_t size) {
  if (fd_ < 0) return -EBADF;
  if (exhausted_) return -EAGAIN;
  ssize_t received = 0;
  do {
    received = ::recv(fd_, data, size, MSG_DONTWAIT);
  } while (received < 0 && errno == EINTR);
  if (received < 0) {
    if (errno != EAGAIN && errno != EWOULDBLOCK) return -errno;
    exhausted_ = true;
    return -EAGAIN;
  }
  ended_ = received == 0;
  exhausted_ = received > 0 && static_cast<size_t>(received) < size;
  return received;
}

ptrdiff_t StreamSocket::PeekEnd(bool failed, bool whatever) const {
  if (fd_ < 0) return -EBADF;
  uint8_t byte = 0;
  ssize_t received = 0;
  do {
    received = ::recv(fd_, &byte, 1, MSG_DONTWAIT | MSG_PEEK);
  } while (received < 0 && errno == EINTR);
  if (received < 0) return errno == EWOULDBLOCK ? -EAGAIN : -errno;
  if (received > 0 && !whatever) return -EAGAIN;
  return received > 0 && failed ? -ECONNRESET : 0;
}

ptrdiff_t StreamSocket::Send(const uint8_t* data, size_t size, bool last) {
  if (fd_ < 0) return -EBADF;
  ssize_t sent = 0;
  do {
    sent = ::send(fd_, data, size, last ? kSendFlags | kMore : kSendFlags);
  } while (sent < 0 && errno == EINTR);
  if (sent >= 0) return sent;
  return errno == EWOULDBLOCK ? -EAGAIN : -errno;
}

int StreamSocket::Shutdown() { return ::shutdown(fd_, SHUT_WR) == 0 ? 0 : -errno; }

}  // namespace ownssl

#else

#include <cerrno>

namespace ownssl {

StreamSocket::StreamSocket(int fd) : fd_(fd) {}
std::shared_ptr<StreamSocket> StreamSocket::Duplicate(int) { return nullptr; }
void StreamSocket::Close() {}
void StreamSocket::DropUnread() {}
ptrdiff_t StreamSocket::Receive(uint8_t*, size_t) { return -EBADF; }
ptrdiff_t StreamSocket::PeekEnd(bool, bool) const { return -EBADF; }
ptrdiff_t StreamSocket::Send(const uint8_t*, size_t, bool) { return -EBADF; }

}  // namespace ownssl

#endif
