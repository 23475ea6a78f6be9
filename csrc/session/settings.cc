// What is set on a Session before its handshake, and what can be asked of it afterwards.

#include "callbacks/callbacks.h"
#include "session.h"
#include "trace.h"

namespace ownssl {

void Session::AllowOffload() {
  if (!Fiber::Available()) return;
  offload_ = true;
  // The certificate callback comes when it is known that no session is resumed, before keys are
  // exchanged and anything is signed.
  if (role_ == Role::kServer) ossl.SSL_set_cert_cb(ssl_.get(), &Callbacks::OnCertificate, nullptr);
}

void Session::EnablePsk() {
  abbreviated_ = true;
  if (role_ == Role::kClient) {
    ossl.SSL_set_psk_client_callback(ssl_.get(), &Callbacks::OnPskClient);
  } else {
    ossl.SSL_set_psk_server_callback(ssl_.get(), &Callbacks::OnPskServer);
  }
}

bool Session::SetPskIdentityHint(const std::string& hint) {
  return ossl.SSL_use_psk_identity_hint(ssl_.get(), hint.c_str()) == 1;
}

void Session::EnableKeylog() {
  keylog_ = true;
  for (const auto& context : contexts_) context->EnableKeylog(&Callbacks::OnKeylog);
  if (chosen_context_) chosen_context_->EnableKeylog(&Callbacks::OnKeylog);
}

void Session::EnableSessionEvents() {
  session_events_ = true;
  // Each ticket is to be seen by itself (see Read()): getSession() is the one that is announced.
  ossl.SSL_ctrl(ssl_.get(), SSL_CTRL_CLEAR_MODE, SSL_MODE_AUTO_RETRY, nullptr);
}

void Session::EnableTrace() {
  offload_ = false;  // Lines of several threads would be mixed.
  TraceToStderr(ssl_.get());
}

void Session::SetVerify(bool request, bool require) {
  int mode = SSL_VERIFY_NONE;
  if (request) mode = SSL_VERIFY_PEER;
  if (request && require && role_ == Role::kServer) mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  // The verdict is OnVerifyChain()'s.
  ossl.SSL_set_verify(ssl_.get(), mode, nullptr);
}

void Session::SetAlpn(std::vector<uint8_t> protocols) {
  if (role_ == Role::kClient) {
    ossl.SSL_set_alpn_protos(ssl_.get(), protocols.data(),
                             static_cast<unsigned int>(protocols.size()));
  }
  alpn_ = std::move(protocols);
}

bool Session::SetServername(const std::string& name) {
  return ossl.SSL_ctrl(ssl_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                       const_cast<char*>(name.c_str())) == 1;
}

bool Session::SetSession(Span session) {
  const unsigned char* data = session.data;
  SSLSessionPointer parsed(ossl.d2i_SSL_SESSION(nullptr, &data, static_cast<long>(session.size)));
  const bool set = parsed && ossl.SSL_set_session(ssl_.get(), parsed.get()) == 1;
  abbreviated_ = abbreviated_ || set;
  ossl.ERR_clear_error();
  return set;
}

void Session::RequestOcsp() {
  ossl.SSL_ctrl(ssl_.get(), SSL_CTRL_SET_TLSEXT_STATUS_REQ_TYPE, TLSEXT_STATUSTYPE_ocsp, nullptr);
}

bool Session::SetMaxSendFragment(long size) {
  if (ossl.SSL_ctrl(ssl_.get(), SSL_CTRL_SET_MAX_SEND_FRAGMENT, size, nullptr) != 1) return false;
  max_send_fragment_ = static_cast<size_t>(size);
  return true;
}

bool Session::SetContext(std::shared_ptr<SecureContext> context) {
  if (ossl.SSL_set_SSL_CTX(ssl_.get(), context->ctx()) == nullptr) return false;
  // SSL_set_SSL_CTX() takes certificates and keys over; the names of acceptable client CAs and the
  // keys of TLS 1.2's key log are asked of the context itself.
  if (keylog_) context->EnableKeylog(&Callbacks::OnKeylog);
  contexts_.push_back(std::move(context));
  costly_ = costly_ && MayOffload();
  return true;
}

void Session::AskForCertificate() {
  asks_certificate_ = true;
  ossl.SSL_set_cert_cb(ssl_.get(), &Callbacks::OnCertificate, nullptr);
}

void Session::AskForAlpn() {
  asks_client_hello_ = true;
  alpn_chosen_by_application_ = true;
}

bool Session::Renegotiate() {
  ossl.ERR_clear_error();
  return ossl.SSL_renegotiate(ssl_.get()) == 1;
}

bool Session::PeerMatches(const std::string& name) const {
  const std::vector<X509*> chain = PeerChain();
  // A leading dot would mean "any subdomain" to OpenSSL.
  if (chain.empty() || name.empty() || name.front() == '.' || name.find('\0') != name.npos) {
    return false;
  }
  constexpr int kNoAddress = -2;
  constexpr unsigned int kFlags =
      X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT;
  // An address is no name: *.0.0.1 does not stand for 127.0.0.1.
  int matches = ossl.X509_check_ip_asc(chain.front(), name.c_str(), 0);
  if (matches == kNoAddress) {
    matches = ossl.X509_check_host(chain.front(), name.data(), name.size(), kFlags, nullptr);
  }
  ossl.ERR_clear_error();
  return matches == 1;
}

int Session::VerifyResult() const {
  if (question_ == Question::kVerify) return verify_error_;
  SSL* ssl = ssl_.get();
  if (!established_ || ossl.SSL_get0_peer_certificate(ssl) != nullptr) {
    return static_cast<int>(ossl.SSL_get_verify_result(ssl));
  }
  // Anonymous suites have no certificate either, and authenticate nobody.
  const SSL_CIPHER* cipher = ossl.SSL_get_current_cipher(ssl);
  const bool by_key =
      ossl.SSL_version(ssl) >= TLS1_3_VERSION
          ? ossl.SSL_session_reused(ssl) == 1
          : cipher != nullptr && ossl.SSL_CIPHER_get_auth_nid(cipher) == NID_auth_psk;
  return by_key ? X509_V_OK : X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT;
}

std::vector<X509*> Session::PeerChain() const {
  SSL* ssl = ssl_.get();
  std::vector<X509*> chain;
  X509* leaf = verify_context_ != nullptr ? ossl.X509_STORE_CTX_get0_cert(verify_context_)
                                          : ossl.SSL_get0_peer_certificate(ssl);
  if (leaf == nullptr) return chain;
  const STACK_OF(X509)* stack = verify_context_ != nullptr
                                    ? ossl.X509_STORE_CTX_get0_chain(verify_context_)
                                    : ossl.SSL_get0_verified_chain(ssl);
  if (stack == nullptr) stack = ossl.SSL_get_peer_cert_chain(ssl);
  const auto* plain = reinterpret_cast<const OPENSSL_STACK*>(stack);
  const int count = plain != nullptr ? ossl.OPENSSL_sk_num(plain) : 0;
  chain.push_back(leaf);
  for (int i = 0; i < count; ++i) {
    auto* certificate = static_cast<X509*>(ossl.OPENSSL_sk_value(plain, i));
    if (i == 0 && ossl.X509_cmp(certificate, leaf) == 0) continue;
    chain.push_back(certificate);
  }
  return chain;
}

}  // namespace ownssl
