// A stream socket of the kernel (TCP or Unix), which is read and written without waiting.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace ownssl {

class StreamSocket {
 public:
  // The socket has a duplicate of the descriptor, so that the other owner can close its own at any
  // time. Null if `fd` is no stream socket, if there is no descriptor to spare, and on Windows.
  static std::shared_ptr<StreamSocket> Duplicate(int fd);
  ~StreamSocket() { Close(); }
  StreamSocket(const StreamSocket&) = delete;
  StreamSocket& operator=(const StreamSocket&) = delete;

  // The descriptor; -1 when it is closed.
  int fd() const { return fd_; }
  void Close();

  // These return a number of bytes, or the negative value of errno, where -EAGAIN means to wait.
  // For Receive() 0 is the end of the stream. When the kernel had nothing more (-EAGAIN, or less
  // than there was room for), Receive() does not ask it again before Ready() was called: the event
  // loop knows when it is worth a system call.
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
