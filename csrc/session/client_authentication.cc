#include "client_authentication.h"

#include "session.h"

namespace ownssl {
namespace {

int ModeOf(CertificateDemand demand) {
  if (!demand.request) return SSL_VERIFY_NONE;
  return SSL_VERIFY_PEER | (demand.require ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0);
}

}  // namespace

bool ClientAuthentication::MayDemand() const { return depends_on_context_ || Demand().request; }

CertificateDemand ClientAuthentication::Demand() const {
  const std::optional<CertificateDemand>& chosen = session_->this_handshake_.demand;
  if (chosen) return *chosen;
  const int mode = ossl.SSL_get_verify_mode(session_->ssl());
  return {(mode & SSL_VERIFY_PEER) != 0, (mode & SSL_VERIFY_FAIL_IF_NO_PEER_CERT) != 0};
}

void ClientAuthentication::UseDemand() {
  if (session_->this_handshake_.demand) {
    ossl.SSL_set_verify(session_->ssl(), ModeOf(Demand()), nullptr);
  }
}

}  // namespace ownssl
