// Where a handshake begins and ends: for renegotiations (TLS 1.2 and before), and for what OpenSSL
// resets at the beginning.

#include "../session.h"
#include "callbacks.h"

namespace ownssl {
namespace {

// OpenSSL's room for ciphertext: what it takes from a socket at once. It is freed while a
// connection is idle (SSL_MODE_RELEASE_BUFFERS).
constexpr size_t kReadBufferSize = size_t{64} * 1024;

}  // namespace

void Callbacks::OnInfo(const SSL* ssl, int where, int) {
  Session* session = Of(ssl);
  if (session == nullptr) return;
  if ((where & SSL_CB_HANDSHAKE_START) != 0) {
    // Not before: with more room for the first record OpenSSL (from 3.2 on) gives another reason
    // for what is no TLS at all than it gives Node.
    ossl.SSL_set_default_read_buffer_len(const_cast<SSL*>(ssl), kReadBufferSize);
    session->client_hello_seen_ = false;
    session->certificate_asked_ = false;
    session->session_id_.clear();
    session->session_refused_ = false;
    session->resumed_session_.reset();
    // The first handshake is no news.
    if (session->role_ == Role::kServer && session->established_) {
      session->events_.push_back({Event::Kind::kHandshakeStart, {}, {}});
    }
  }
  if ((where & SSL_CB_HANDSHAKE_DONE) != 0) session->resumed_session_.reset();
  // A server's HelloRequest ends a handshake of its own, in OpenSSL's eyes.
  if ((where & SSL_CB_HANDSHAKE_DONE) != 0 && session->established_ &&
      ossl.SSL_renegotiate_pending(ssl) == 0) {
    session->handshake_done_ = true;
  }
}

}  // namespace ownssl
