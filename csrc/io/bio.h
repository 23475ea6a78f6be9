// The two byte streams below an SSL, in memory that the caller lends for one crossing.
//
// OpenSSL reads ciphertext from the caller's chunk, and then from a socket if there is one, and
// writes ciphertext into the caller's buffer; where either runs out, the BIO asks for a retry and
// the SSL waits. Nothing is stored here between crossings, so nothing can be kept too long and no
// peer can make it grow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "../base/span.h"
#include "../openssl/api.h"
#include "../openssl/pointers.h"
#include "stream_socket.h"

namespace ownssl {

class MemoryBio {
 public:
  // bio() is null if OpenSSL is out of memory.
  MemoryBio();
  MemoryBio(const MemoryBio&) = delete;
  MemoryBio& operator=(const MemoryBio&) = delete;

  // Both are borrowed until Release().
  void Lend(const uint8_t* input, size_t input_size, uint8_t* output, size_t output_size);
  void Release();
  // From now on, OpenSSL reads from the socket when the chunk is used up.
  void Connect(std::shared_ptr<StreamSocket> socket) { socket_ = std::move(socket); }

  // Sends without OpenSSL: returns how many bytes the socket took, or the negative value of errno.
  ptrdiff_t Send(Span data) const;

  size_t consumed() const { return consumed_; }
  size_t produced() const { return produced_; }
  size_t room() const { return output_size_ - produced_; }
  bool input_left() const {
    return consumed_ < input_size_ || (socket_ && !ended_ && !socket_->exhausted());
  }
  // Whether OpenSSL has asked for bytes and got none since this was last called.
  bool TakeStarved() { return std::exchange(starved_, false); }

  // How many bytes came from the socket since Lend(), and whether no more will come. If so, error()
  // is 0 at the end of the stream, or the value of errno.
  size_t received() const { return received_; }
  bool ended() const { return ended_; }
  int error() const { return error_; }

  BIO* bio() const { return bio_.get(); }

 private:
  static const BIO_METHOD* Method();
  static int Read(BIO* bio, char* data, size_t size, size_t* done) noexcept;
  static int Write(BIO* bio, const char* data, size_t size, size_t* done) noexcept;
  static long Control(BIO* bio, int command, long number, void* pointer) noexcept;
  size_t Receive(char* data, size_t size);

  const uint8_t* input_ = nullptr;
  size_t input_size_ = 0;
  size_t consumed_ = 0;
  uint8_t* output_ = nullptr;
  size_t output_size_ = 0;
  size_t produced_ = 0;
  std::shared_ptr<StreamSocket> socket_;
  size_t received_ = 0;
  bool ended_ = false;
  int error_ = 0;
  bool starved_ = false;
  BIOPointer bio_;
};

}  // namespace ownssl
