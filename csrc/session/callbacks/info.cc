// Notices where a handshake begins and ends, which matters for renegotiations (TLS 1.2 and before),
// and for what OpenSSL resets at the beginning.
// The way there is noted, for errors.

#include "../session.h"
#include "callbacks.h"

namespace ownssl {
namespace {

// OpenSSL takes as much ciphertext from a socket at once as its buffer has room for: many programs
// write 64 KiB, which are four records, each of them with its header, padding and tag. Without room
// for these the last few bytes would need a system call of their own. The buffer is freed while a
// connection is idle (SSL_MODE_RELEASE_BUFFERS).
constexpr size_t kReadBufferSize = size_t{66} * 1024;

}  // namespace

void Callbacks::OnInfo(const SSL* ssl, int where, int value) noexcept {
  Session* session = Of(ssl);
  if (session == nullptr) return;
  session->trail_.OnInfo(ssl, where, value);
  if ((where & SSL_CB_LOOP) != 0) session->client_authentication_.OnState(ssl);
  if ((where & SSL_CB_HANDSHAKE_START) != 0) {
    // This can't be set before. With more room for the first record OpenSSL (from 3.2 on) gives
    // another reason for what is no TLS at all than it gives in Node.
    ossl.SSL_set_default_read_buffer_len(const_cast<SSL*>(ssl), kReadBufferSize);
    session->RenegotiationStarts();
  }
  if ((where & SSL_CB_HANDSHAKE_DONE) != 0) {
    session->resumed_session_.reset();
    // A server's HelloRequest ends a handshake of its own, in OpenSSL's eyes.
    session->RenegotiationEnds(ossl.SSL_renegotiate_pending(ssl) != 0);
  }
}

}  // namespace ownssl
