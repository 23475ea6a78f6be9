// Raw public keys in place of certificates (RFC 7250).

#include <vector>

#include "session.h"

namespace ownssl {
namespace {

// The types of certificates, by IANA's registry of TLS; older headers of OpenSSL have no names.
constexpr unsigned char kX509 = 0;
constexpr unsigned char kRawPublicKey = 2;

std::vector<unsigned char> TypesOf(RawKeys raw) {
  switch (raw) {
    case RawKeys::kNone:
      return {};
    case RawKeys::kAlso:
      return {kRawPublicKey, kX509};
    case RawKeys::kOnly:
      return {kRawPublicKey};
  }
  return {};
}

}  // namespace

bool Session::SetRawPublicKeys(bool own, RawKeys of_peer) {
  if (!configurable() || !Has(Feature::kRawPublicKeys)) return false;
  const bool certified = contexts_.front()->certificate() != nullptr;
  const auto ours = TypesOf(!own ? RawKeys::kNone : certified ? RawKeys::kAlso : RawKeys::kOnly);
  const auto theirs = TypesOf(of_peer);
  const bool server = role_ == Role::kServer;
  const auto& of_server = server ? ours : theirs;
  const auto& of_client = server ? theirs : ours;
  SSL* ssl = ssl_.get();
  return (of_server.empty() ||
          ossl.SSL_set1_server_cert_type(ssl, of_server.data(), of_server.size()) == 1) &&
         (of_client.empty() ||
          ossl.SSL_set1_client_cert_type(ssl, of_client.data(), of_client.size()) == 1);
}

EVP_PKEY* Session::PeerRawKey() const {
  if (!Has(Feature::kRawPublicKeys)) return nullptr;
  return verify_context_ != nullptr ? ossl.X509_STORE_CTX_get0_rpk(verify_context_)
                                    : ossl.SSL_get0_peer_rpk(ssl_.get());
}

}  // namespace ownssl
