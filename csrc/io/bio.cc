#include "bio.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace ownssl {
namespace {

// OpenSSL's own BIOs return -1 to be called again. It can't be zero, which ssl3_shutdown() takes
// for success.
constexpr int kRetry = -1;

}  // namespace

MemoryBio::MemoryBio() : bio_(ossl.BIO_new(Method())) {
  if (!bio_) return;
  ossl.BIO_set_data(bio_.get(), this);
  ossl.BIO_set_init(bio_.get(), 1);
}

void MemoryBio::Lend(const uint8_t* input, size_t input_size, uint8_t* output, size_t output_size) {
  input_ = input;
  input_size_ = input_size;
  consumed_ = 0;
  output_ = output;
  output_size_ = output_size;
  produced_ = 0;
  received_ = 0;
}

void MemoryBio::Release() {
  input_ = nullptr;
  output_ = nullptr;
  input_size_ = output_size_ = consumed_ = produced_ = 0;
}

const BIO_METHOD* MemoryBio::Method() {
  static BIO_METHOD* method = [] {
    BIO_METHOD* made =
        ossl.BIO_meth_new(ossl.BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "ownssl memory");
    if (made == nullptr) return made;
    ossl.BIO_meth_set_read_ex(made, &MemoryBio::Read);
    ossl.BIO_meth_set_write_ex(made, &MemoryBio::Write);
    ossl.BIO_meth_set_ctrl(made, &MemoryBio::Control);
    return made;
  }();
  return method;
}

int MemoryBio::Read(BIO* bio, char* data, size_t size, size_t* done) noexcept {
  auto* self = static_cast<MemoryBio*>(ossl.BIO_get_data(bio));
  ossl.BIO_clear_flags(bio, BIO_FLAGS_RWS | BIO_FLAGS_SHOULD_RETRY);
  *done = std::min(size, self->input_size_ - self->consumed_);
  if (*done > 0) {
    memcpy(data, self->input_ + self->consumed_, *done);
    self->consumed_ += *done;
    return 1;
  }
  *done = self->Receive(data, size);
  if (*done > 0) return 1;
  self->starved_ = true;
  ossl.BIO_set_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY);
  return kRetry;
}

size_t MemoryBio::Receive(char* data, size_t size) {
  // The kernel answers a recv() of no bytes as it does at the end of the stream, so it is not
  // asked.
  if (!socket_ || ended_ || size == 0) return 0;
  const ptrdiff_t received = socket_->Receive(reinterpret_cast<uint8_t*>(data), size);
  if (received > 0) {
    received_ += static_cast<size_t>(received);
    return static_cast<size_t>(received);
  }
  if (received == -EAGAIN) return 0;
  ended_ = true;
  error_ = static_cast<int>(-received);
  return 0;
}

ptrdiff_t MemoryBio::Send(Span data) const {
  if (!socket_) return -EBADF;
  const ptrdiff_t sent = socket_->Send(data.data, data.size);
  return sent == -EAGAIN ? 0 : sent;
}

int MemoryBio::Write(BIO* bio, const char* data, size_t size, size_t* done) noexcept {
  auto* self = static_cast<MemoryBio*>(ossl.BIO_get_data(bio));
  ossl.BIO_clear_flags(bio, BIO_FLAGS_RWS | BIO_FLAGS_SHOULD_RETRY);
  *done = std::min(size, self->room());
  if (*done == 0) {
    ossl.BIO_set_flags(bio, BIO_FLAGS_WRITE | BIO_FLAGS_SHOULD_RETRY);
    return kRetry;
  }
  memcpy(self->output_ + self->produced_, data, *done);
  self->produced_ += *done;
  return 1;
}

long MemoryBio::Control(BIO*, int command, long, void*) noexcept {
  // OpenSSL flushes after each flight, and there is nothing to do then. What else it asks is about
  // kernel TLS and datagrams, and is declined.
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

}  // namespace ownssl
