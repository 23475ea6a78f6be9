// Where a handshake begins and ends, of interest for renegotiations (TLS 1.2 and before).

#include "../session.h"
#include "callbacks.h"

namespace ownssl {

void Callbacks::OnInfo(const SSL* ssl, int where, int) {
  Session* session = Of(ssl);
  if (session == nullptr) return;
  if ((where & SSL_CB_HANDSHAKE_START) != 0) {
    session->client_hello_seen_ = false;
    session->certificate_asked_ = false;
    // The first handshake is no news.
    if (session->role_ == Role::kServer && session->established_) {
      session->events_.push_back({Event::Kind::kHandshakeStart, {}, {}});
    }
  }
  // A server's HelloRequest ends a handshake of its own, in OpenSSL's eyes.
  if ((where & SSL_CB_HANDSHAKE_DONE) != 0 && session->established_ &&
      ossl.SSL_renegotiate_pending(ssl) == 0) {
    session->handshake_done_ = true;
  }
}

}  // namespace ownssl
