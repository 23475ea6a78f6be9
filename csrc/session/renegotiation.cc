// Renegotiations (TLS 1.2 and before), as OpenSSL reports them.

#include "session.h"

namespace ownssl {

void Session::RenegotiationStarts() {
  this_handshake_ = {};
  resumed_session_.reset();
  if (settings_.keeps_client_hello) {
    settings_.awaits_client_hello = true;
    WatchMessages();
  }
  if (!established()) return;
  const bool own = !handshake_.In(HandshakeState::kFinished);
  events_.push_back({own ? Event::Kind::kOwnHandshakeStart : Event::Kind::kHandshakeStart, {}, {}});
  if (!handshake_.In(HandshakeState::kRerunning)) Enter(HandshakeState::kRerunning);
}

void Session::RenegotiationEnds(bool invited) {
  if (!handshake_.In(HandshakeState::kRerunning)) return;
  Enter(invited ? HandshakeState::kInvited : HandshakeState::kFinished);
  // OpenSSL reports the end of a renegotiation, too, where it has only sent an alert.
  const bool refused = settings_.refuses_renegotiation &&
                       (role_ == Role::kClient || !this_handshake_.client_hello_seen);
  if (refused) handshake_done_ = false;
  renegotiated_ = renegotiated_ || !(refused || invited);
}

bool Session::MayRenegotiate() const { return ossl.SSL_version(ssl_.get()) < TLS1_3_VERSION; }

}  // namespace ownssl
