// The two byte streams below an SSL, in memory that the caller lends for one crossing.
//
// OpenSSL reads ciphertext from the caller's chunk and writes ciphertext into the caller's buffer;
// where either runs out, the BIO asks for a retry and the SSL waits. Nothing is stored here between
// crossings, so nothing can be kept too long and no peer can make it grow.
#pragma once

#include <cstddef>
#include <cstdint>

#include "openssl/api.h"
#include "openssl/pointers.h"

namespace ownssl {

class MemoryBio {
 public:
  // Null `bio()` if OpenSSL is out of memory.
  MemoryBio();
  MemoryBio(const MemoryBio&) = delete;
  MemoryBio& operator=(const MemoryBio&) = delete;

  // Borrowed until Release().
  void Lend(const uint8_t* input, size_t input_size, uint8_t* output, size_t output_size);
  void Release();

  size_t consumed() const { return consumed_; }
  size_t produced() const { return produced_; }
  size_t room() const { return output_size_ - produced_; }
  bool input_left() const { return consumed_ < input_size_; }

  BIO* bio() const { return bio_.get(); }

 private:
  static const BIO_METHOD* Method();
  static int Read(BIO* bio, char* data, size_t size, size_t* done);
  static int Write(BIO* bio, const char* data, size_t size, size_t* done);
  static long Control(BIO* bio, int command, long number, void* pointer);

  const uint8_t* input_ = nullptr;
  size_t input_size_ = 0;
  size_t consumed_ = 0;
  uint8_t* output_ = nullptr;
  size_t output_size_ = 0;
  size_t produced_ = 0;
  BIOPointer bio_;
};

}  // namespace ownssl
