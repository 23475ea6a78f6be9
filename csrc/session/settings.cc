// Sets what can be set on a Session, most of it before its handshake.

#include <algorithm>

#include "../openssl/controls.h"
#include "callbacks/callbacks.h"
#include "session.h"

namespace ownssl {

void Session::AllowOffload() {
  if (!Fiber::Available()) return;
  offload_ = true;
  WatchCertificate();
}

// The certificate callback comes when it is known that no session is resumed, before keys are
// exchanged and anything is signed.
void Session::WatchCertificate() {
  client_authentication_.WatchIdentity();
  if (role_ != Role::kServer || (!offload_ && !settings_.asks_certificate)) return;
  ossl.SSL_set_cert_cb(ssl_.get(), &Callbacks::OnCertificate, nullptr);
}

void Session::KeepClientHello() {
  settings_.keeps_client_hello = settings_.keeps_client_hello || configurable();
}

void Session::WatchMessages() {
  const bool watches = settings_.trace || settings_.observed || settings_.awaits_client_hello;
  ossl.SSL_set_msg_callback(ssl_.get(), watches ? &Callbacks::OnMessage : nullptr);
}

void Session::AskForClientHello() {
  settings_.asks_client_hello = settings_.asks_client_hello || configurable();
}

void Session::AskForSession() { settings_.asks_session = settings_.asks_session || configurable(); }

void Session::AskForNewSession() {
  settings_.asks_new_session = settings_.asks_new_session || configurable();
}

void Session::EnablePsk() {
  if (!configurable()) return;
  abbreviated_ = true;
  if (role_ == Role::kClient) {
    ossl.SSL_set_psk_client_callback(ssl_.get(), &Callbacks::OnPskClient);
  } else {
    ossl.SSL_set_psk_server_callback(ssl_.get(), &Callbacks::OnPskServer);
    ossl.SSL_set_psk_find_session_callback(ssl_.get(), &Callbacks::OnPskIdentity);
  }
}

bool Session::SetPskIdentityHint(const std::string& hint) {
  if (!configurable()) return false;
  psk_.identity_hint = hint;
  return SetHint();
}

bool Session::SetHint() {
  return ossl.SSL_use_psk_identity_hint(ssl_.get(), psk_.identity_hint.c_str()) == 1;
}

void Session::EnableKeylog() {
  settings_.keylog = true;
  for (const auto& context : contexts_) context->EnableKeylog(&Callbacks::OnKeylog);
  if (chosen_context_) chosen_context_->EnableKeylog(&Callbacks::OnKeylog);
}

void Session::EnableSessionEvents() {
  settings_.session_events = true;
  // Each ticket has to be seen by itself (see Read()), so that getSession() gives the one that is
  // being announced.
  control::ClearMode(ssl_.get(), SSL_MODE_AUTO_RETRY);
}

void Session::Observe() {
  settings_.observed = true;
  WatchMessages();
}

void Session::EnableTrace() {
  offload_ = false;  // Several threads would mix up the lines.
  settings_.trace = true;
  WatchMessages();
}

void Session::SetVerify(bool request, bool require) {
  int mode = SSL_VERIFY_NONE;
  if (request) mode = SSL_VERIFY_PEER;
  if (request && require && role_ == Role::kServer) mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  // OnVerifyChain() gives the verdict, so no callback is set here.
  WhenUnwound([this, mode] { ossl.SSL_set_verify(ssl_.get(), mode, nullptr); });
}

void Session::SetAlpn(std::vector<uint8_t> protocols) {
  if (!configurable()) return;
  if (role_ == Role::kClient) {
    ossl.SSL_set_alpn_protos(ssl_.get(), protocols.data(),
                             static_cast<unsigned int>(protocols.size()));
  }
  alpn_ = std::move(protocols);
}

bool Session::SetServername(const std::string& name) {
  return configurable() && control::SetServername(ssl_.get(), name);
}

bool Session::SetSession(Span session) {
  if (!configurable()) return false;
  const unsigned char* data = session.data;
  SSLSessionPointer parsed(ossl.d2i_SSL_SESSION(nullptr, &data, static_cast<long>(session.size)));
  const bool set = parsed && ossl.SSL_set_session(ssl_.get(), parsed.get()) == 1;
  abbreviated_ = abbreviated_ || set;
  ossl.ERR_clear_error();
  return set;
}

void Session::RequestOcsp() {
  if (configurable()) control::RequestOcsp(ssl_.get());
}

void Session::RefuseRenegotiation() {
  if (!configurable()) return;
  settings_.refuses_renegotiation = true;
  if (role_ == Role::kServer) {
    // A server's own renegotiations stay possible.
    ossl.SSL_clear_options(ssl_.get(), SSL_OP_ALLOW_CLIENT_RENEGOTIATION);
  } else {
    ossl.SSL_set_options(ssl_.get(), SSL_OP_NO_RENEGOTIATION);
  }
}

bool Session::SetMaxSendFragment(long size) {
  constexpr long kLeast = 512;
  if (size < kLeast || size > SSL3_RT_MAX_PLAIN_LENGTH) return false;
  WhenUnwound([this, size] {
    if (control::SetMaxSendFragment(ssl_.get(), size)) {
      max_send_fragment_ = static_cast<size_t>(size);
    }
  });
  return true;
}

bool Session::SetContext(std::shared_ptr<SecureContext> context) {
  const bool chooses =
      waiting() && (question_ == Question::kClientHello || question_ == Question::kCertificate);
  if (chooses || !fiber_) return UseContext(std::move(context));
  WhenUnwound([this, context = std::move(context)] { UseContext(context); });
  return true;
}

bool Session::UseContext(std::shared_ptr<SecureContext> context) {
  if (ossl.SSL_set_SSL_CTX(ssl_.get(), context->ctx()) == nullptr) return false;
  // Which certificates are trusted comes along, and whether one that is no root may end a chain
  // does not.
  X509_VERIFY_PARAM* param = ossl.SSL_get0_param(ssl_.get());
  constexpr unsigned long kPartial = X509_V_FLAG_PARTIAL_CHAIN;
  ossl.X509_VERIFY_PARAM_clear_flags(param, kPartial);
  const unsigned long flags =
      ossl.X509_VERIFY_PARAM_get_flags(ossl.SSL_CTX_get0_param(context->ctx()));
  ossl.X509_VERIFY_PARAM_set_flags(param, flags & kPartial);
  // SSL_set_SSL_CTX() takes certificates and keys over; the names of acceptable client CAs and the
  // keys of TLS 1.2's key log are asked of the context itself.
  if (settings_.keylog) context->EnableKeylog(&Callbacks::OnKeylog);
  // With the certificates it takes over what OpenSSL keeps beside them.
  WatchCertificate();
  if (!psk_.identity_hint.empty()) SetHint();
  contexts_.push_back(std::move(context));
  ExcludeDecryption();
  costly_ = costly_ && MayOffload();
  return true;
}

void Session::AskForCertificate() {
  if (!configurable()) return;
  settings_.asks_certificate = true;
  WatchCertificate();
}

void Session::AskForAlpn() {
  if (!configurable()) return;
  settings_.asks_client_hello = true;
  settings_.asks_alpn = true;
  alpn_chosen_by_application_ = true;
}

bool Session::Apply(const ConnectionChoice& choice) {
  SSL* ssl = ssl_.get();
  if (choice.alpn) alpn_ = *choice.alpn;
  alpn_chosen_by_application_ = settings_.asks_alpn && !choice.alpn;
  this_handshake_.demand = choice.demand;
  client_authentication_.UseDemand();
  if (!choice.context && choice.min_version == 0 && choice.max_version == 0) return true;
  int min = control::MinVersion(ssl);
  int max = control::MaxVersion(ssl);
  if (choice.context) {
    const SecureContext& context = *choice.context;
    const SecureContext& own = *contexts_.front();
    // Its limits can narrow ours, and widen nothing by their defaults. Zero is no limit.
    min = std::max(min, context.min_version());
    if (context.max_version() != 0) {
      max = max == 0 ? context.max_version() : std::min(max, context.max_version());
    }
    if (!UseContext(choice.context)) return false;
    // Sessions stay those of this server: OpenSSL refuses to resume a client's with a certificate
    // where the context has no ID, and a context for a name has none.
    const std::string& id = own.session_id_context();
    const auto* bytes = reinterpret_cast<const unsigned char*>(id.data());
    if (ossl.SSL_set_session_id_context(ssl, bytes, static_cast<unsigned int>(id.size())) != 1) {
      return false;
    }
  }
  if (choice.min_version != 0) min = choice.min_version;
  if (choice.max_version != 0) max = choice.max_version;
  // First what is wider, because OpenSSL refuses limits between which there is no version.
  return control::SetMaxVersion(ssl, 0) && control::SetMinVersion(ssl, min) &&
         control::SetMaxVersion(ssl, max);
}

Session::Renegotiation Session::Renegotiate() {
  if (!handshake_.In(HandshakeState::kFinished) || fiber_) return Renegotiation::kUnderWay;
  ossl.ERR_clear_error();
  if (ossl.SSL_renegotiate(ssl_.get()) != 1) return Renegotiation::kFailed;
  Enter(HandshakeState::kRequested);
  return Renegotiation::kBegun;
}

}  // namespace ownssl
