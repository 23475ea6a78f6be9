// A stream socket of the kernel (TCP or Unix), read and written without waiting. No Node in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace ownssl {

class StreamSocket {
 public:
  // Of a duplicate, so that the other owner of the descriptor can close it at any time. Null if
  // `fd` is no stream socket, if there is no descriptor to spare, and on Windows.
  static std::shared_ptr<StreamSocket> Duplicate(int fd);
  ~StreamSocket() { Close(); }
  StreamSocket(const StreamSocket&) = delete;
  StreamSocket& operator=(const StreamSocket&) = delete;

  // -1 when it is closed.
  int fd() const { return fd_; }
  void Close();

  // These return a number of bytes, or the negative value of errno; -EAGAIN: wait. For Receive() 0
  // is the end of the stream. It asks the kernel again after -EAGAIN, or a part of what it could
  // have had, only when Ready() was called: the event loop knows better.
  ptrdiff_t Receive(uint8_t* data, size_t size);
  ptrdiff_t Send(const uint8_t* data, size_t size);
  void Ready() { exhausted_ = false; }
  bool exhausted() const { return exhausted_; }

 private:
  explicit StreamSocket(int fd) : fd_(fd) {}

  int fd_;
  bool exhausted_ = false;
};

}  // namespace ownssl
