// A stream socket of the kernel (TCP or Unix), which is read and written without waiting.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace ownssl {

class StreamSocket {
 public:
  // The socket has a duplicate of the descriptor, so that the other owner can close its own at any
  // time. Null if `fd` is no stream socket, if there is no descriptor to spare, and on Windows.
  static std::shared_ptr<StreamSocket> Duplicate(int fd);
  ~StreamSocket() { Close(); }
  StreamSocket(const StreamSocket&) = delete;
  StreamSocket& operator=(const StreamSocket&) = delete;

  // The number of the descriptor; -1 when it is closed.
  int fd() const { return fd_; }
  void Close();
  // Reads some of what nobody wants any more, before the connection is closed for good: the kernel
  // answers what is unread by a reset, which takes from the peer what was sent to it before.
  void DropUnread();

  // Ends the stream, as the peer sees it.
  int Shutdown();
  // Makes closing a reset (RST).
  int ResetOnClose();

  // Options and names. These, too, return 0 or the negative value of errno.
  int SetNoDelay(bool enable);
  // `delay` and `interval` are in seconds, where 0 is the system's. `count` probes without an
  // answer end the connection.
  int SetKeepAlive(bool enable, int delay, int interval, int count);
  int SetTypeOfService(int value);
  // The value is 0 to 255.
  int TypeOfService() const;

  struct Name {
    std::string address;
    bool is_ipv6 = false;
    int port = 0;
  };
  // Returns -ENOTSUP if it is not an IP socket's. The peer's is the one of Duplicate(): the kernel
  // forgets it when the connection is reset.
  int LocalName(Name* name) const;
  int PeerName(Name* name) const;

  // These return a number of bytes, or the negative value of errno, where -EAGAIN means to wait.
  // For Receive() 0 is the end of the stream. When the kernel had nothing more (-EAGAIN, or less
  // than there was room for), Receive() does not ask it again before Ready() was called: the event
  // loop knows when it is worth a system call.
  ptrdiff_t Receive(uint8_t* data, size_t size);
  // With `last` Shutdown() follows at once, and the kernel may wait for it: what was sent and the
  // end of the stream are one packet then.
  ptrdiff_t Send(const uint8_t* data, size_t size, bool last = false);
  // How the peer has ended, once the event loop has said that it has: 0, or with an error, where
  // it has `failed`. Nothing is read: -EAGAIN if there is something before the end, unless that is
  // told `whatever` there is.
  ptrdiff_t PeekEnd(bool failed, bool whatever) const;
  void Ready() { exhausted_ = false; }
  bool exhausted() const { return exhausted_; }

 private:
  explicit StreamSocket(int fd);
  int Set(int level, int name, int value);
  bool IsIpv6() const;

  // A `sockaddr`, which is cut off where it is longer than that of IPv6.
  struct alignas(8) Address {
    std::array<unsigned char, 28> bytes;
  };

  int fd_;
  bool exhausted_ = false;
  bool ended_ = false;   // The peer's end was received.
  bool resets_ = false;  // Closing is a reset.
  int peer_error_ = 0;
  Address peer_ = {};
};

}  // namespace ownssl
