// Says who the peer of a Session is: its certificates, what verifying them came to, and its name.

#include "session.h"

namespace ownssl {

bool Session::PeerMatches(const std::string& name) const {
  const std::vector<X509*> chain = PeerChain();
  // To OpenSSL a leading dot would mean "any subdomain".
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
  if (!established() || ossl.SSL_get0_peer_certificate(ssl) != nullptr || PeerRawKey() != nullptr) {
    return static_cast<int>(ossl.SSL_get_verify_result(ssl));
  }
  // Anonymous suites have no certificate either, and they authenticate nobody.
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
