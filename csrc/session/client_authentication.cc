#include "client_authentication.h"

#include <algorithm>
#include <string>
#include <utility>

#include "../openssl/controls.h"
#include "callbacks/callbacks.h"
#include "session.h"

namespace ownssl {
namespace {

int ModeOf(CertificateDemand demand) {
  if (!demand.request) return SSL_VERIFY_NONE;
  return SSL_VERIFY_PEER | (demand.require ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0);
}

}  // namespace

// --- Server ---

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

ClientAuthentication::Request ClientAuthentication::RequestCertificate(bool require) {
  if (session_->MayRenegotiate()) return Request::kOldVersion;
  if (!session_->client_hello_.post_handshake_auth) return Request::kNotOffered;
  if (step_ != Step::kNone || !session_->handshake_.In(HandshakeState::kFinished)) {
    return Request::kUnderWay;
  }
  // OpenSSL would send nothing else before the request, which has to wait for a crossing.
  step_ = Step::kDue;
  require_ = require;
  return Request::kBegun;
}

// --- Client ---

void ClientAuthentication::Offer() {
  if (!session_->configurable()) return;
  offered_ = true;
  ossl.SSL_set_post_handshake_auth(session_->ssl(), 1);
}

void ClientAuthentication::AskForIdentity() {
  if (!session_->configurable()) return;
  asks_ = true;
  WatchIdentity();
}

void ClientAuthentication::WatchIdentity() {
  if (asks_) ossl.SSL_set_cert_cb(session_->ssl(), &Callbacks::OnClientCertificate, nullptr);
}

std::vector<const X509_NAME*> ClientAuthentication::Authorities() const {
  std::vector<const X509_NAME*> names;
  if (session_->question() != Question::kClientCertificate) return names;
  const auto* stack =
      reinterpret_cast<const OPENSSL_STACK*>(ossl.SSL_get0_peer_CA_list(session_->ssl()));
  const int count = stack != nullptr ? ossl.OPENSSL_sk_num(stack) : 0;
  for (int i = 0; i < count; ++i) {
    names.push_back(static_cast<const X509_NAME*>(ossl.OPENSSL_sk_value(stack, i)));
  }
  return names;
}

void ClientAuthentication::Answer(std::shared_ptr<SecureContext> identity) {
  if (!session_->Take(Question::kClientCertificate)) return;
  if (identity) {
    if (session_->settings_.keylog) identity->EnableKeylog(&Callbacks::OnKeylog);
    if (identity->has_token()) session_->costly_ = false;
  }
  // The lock of a context that is used soon is among those that the next crossing takes.
  session_->chosen_context_ = std::move(identity);
}

bool ClientAuthentication::ChooseIdentity() {
  if (!session_->Ask(Question::kClientCertificate)) return false;
  std::shared_ptr<SecureContext> chosen = std::exchange(session_->chosen_context_, nullptr);
  if (!chosen && !foreign_) return true;
  return Use(chosen ? std::move(chosen) : session_->contexts_.back());
}

bool ClientAuthentication::Use(std::shared_ptr<SecureContext> identity) {
  SSL* ssl = session_->ssl();
  auto& contexts = session_->contexts_;
  const SecureContext& own = *contexts.back();
  foreign_ = identity.get() != &own;
  if (ossl.SSL_set_SSL_CTX(ssl, identity->ctx()) == nullptr) return false;
  // With the certificates it takes over what OpenSSL keeps beside them, and what verifies the
  // server.
  WatchIdentity();
  const std::string& id = own.session_id_context();
  const auto* bytes = reinterpret_cast<const unsigned char*>(id.data());
  if (!control::SetVerifyStore(ssl, ossl.SSL_CTX_get_cert_store(own.ctx())) ||
      ossl.SSL_set_session_id_context(ssl, bytes, static_cast<unsigned int>(id.size())) != 1) {
    return false;
  }
  // The last one is that which verifies.
  const bool known = std::find(contexts.begin(), contexts.end(), identity) != contexts.end();
  if (!known) contexts.insert(contexts.end() - 1, std::move(identity));
  return true;
}

// --- For the session ---

bool ClientAuthentication::Expected() const {
  return (offered_ || step_ != Step::kNone) && !session_->MayRenegotiate();
}

bool ClientAuthentication::BeforeReading() {
  if (step_ != Step::kDue || session_->life_.In(LifeState::kShutDown)) return true;
  SSL* ssl = session_->ssl();
  ossl.SSL_set_verify(ssl, ModeOf({true, require_}), nullptr);
  if (ossl.SSL_verify_client_post_handshake(ssl) != 1) return false;
  step_ = Step::kAsked;
  session_->Enter(HandshakeState::kRequested);
  return true;
}

void ClientAuthentication::AfterReading() {
  if (!Expected() || ossl.SSL_in_init(session_->ssl()) == 1) return;
  if (session_->handshake_.In(HandshakeState::kRequested)) {
    session_->Enter(HandshakeState::kRerunning);
    session_->Enter(HandshakeState::kInvited);
  }
  const bool over = session_->role() == Role::kServer
                        ? step_ == Step::kAnswered
                        : session_->handshake_.In(HandshakeState::kRerunning);
  if (!over) return;
  Rerun();
  step_ = Step::kNone;
  session_->Enter(HandshakeState::kFinished);
}

void ClientAuthentication::Rerun() {
  const auto& handshake = session_->handshake_;
  if (handshake.In(HandshakeState::kFinished) || handshake.In(HandshakeState::kInvited)) {
    session_->Enter(HandshakeState::kRerunning);
  }
}

void ClientAuthentication::Asks() { Rerun(); }

void ClientAuthentication::OnState(const SSL* ssl) {
  if (step_ == Step::kAsked && Trail::HasReadFinished(ssl)) step_ = Step::kAnswered;
}

}  // namespace ownssl
