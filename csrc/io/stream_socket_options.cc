// What a program sets on a connection and asks of it: setNoDelay(), setKeepAlive(), address() …

#include "stream_socket.h"

#ifndef _WIN32

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace ownssl {
namespace {

#ifdef TCP_KEEPIDLE
constexpr int kKeepAliveDelay = TCP_KEEPIDLE;
#else
constexpr int kKeepAliveDelay = TCP_KEEPALIVE;  // macOS.
#endif

int Describe(const sockaddr* address, StreamSocket::Name* name) {
  std::array<char, INET6_ADDRSTRLEN> text = {};
  if (address->sa_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
    name->port = ntohs(v4->sin_port);
    inet_ntop(AF_INET, &v4->sin_addr, text.data(), text.size());
    name->address = text.data();
    return 0;
  }
  if (address->sa_family != AF_INET6) return -ENOTSUP;
  const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address);
  name->is_ipv6 = true;
  name->port = ntohs(v6->sin6_port);
  inet_ntop(AF_INET6, &v6->sin6_addr, text.data(), text.size());
  name->address = text.data();
  std::array<char, IF_NAMESIZE> interface = {};
  if (v6->sin6_scope_id != 0 && if_indextoname(v6->sin6_scope_id, interface.data()) != nullptr) {
    name->address += '%';
    name->address += interface.data();
  }
  return 0;
}

}  // namespace

int StreamSocket::Set(int level, int name, int value) {
  return setsockopt(fd_, level, name, &value, sizeof(value)) == 0 ? 0 : -errno;
}

int StreamSocket::ResetOnClose() {
  const linger now = {1, 0};
  resets_ = true;
  return setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof(now)) == 0 ? 0 : -errno;
}

int StreamSocket::SetNoDelay(bool enable) { return Set(IPPROTO_TCP, TCP_NODELAY, enable ? 1 : 0); }

int StreamSocket::SetKeepAlive(bool enable, int delay, int interval, int count) {
  int error = Set(SOL_SOCKET, SO_KEEPALIVE, enable ? 1 : 0);
  if (!enable || delay == 0 || error != 0) return error;
  error = Set(IPPROTO_TCP, kKeepAliveDelay, delay);
  if (error == 0 && interval != 0) error = Set(IPPROTO_TCP, TCP_KEEPINTVL, interval);
  if (error == 0 && count != 0) error = Set(IPPROTO_TCP, TCP_KEEPCNT, count);
  return error;
}

bool StreamSocket::IsIpv6() const {
  sockaddr_storage address = {};
  socklen_t size = sizeof(address);
  return getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
         address.ss_family == AF_INET6;
}

int StreamSocket::SetTypeOfService(int value) {
  return IsIpv6() ? Set(IPPROTO_IPV6, IPV6_TCLASS, value) : Set(IPPROTO_IP, IP_TOS, value);
}

int StreamSocket::TypeOfService() const {
  int value = 0;
  socklen_t size = sizeof(value);
  const int result = IsIpv6() ? getsockopt(fd_, IPPROTO_IPV6, IPV6_TCLASS, &value, &size)
                              : getsockopt(fd_, IPPROTO_IP, IP_TOS, &value, &size);
  return result == 0 ? value : -errno;
}

int StreamSocket::LocalName(Name* name) const {
  sockaddr_storage address = {};
  socklen_t size = sizeof(address);
  auto* any = reinterpret_cast<sockaddr*>(&address);
  return getsockname(fd_, any, &size) == 0 ? Describe(any, name) : -errno;
}

int StreamSocket::PeerName(Name* name) const {
  if (peer_error_ != 0) return peer_error_;
  return Describe(reinterpret_cast<const sockaddr*>(&peer_), name);
}

}  // namespace ownssl

#endif
