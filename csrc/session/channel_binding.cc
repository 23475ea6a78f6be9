// Makes channel bindings (RFC 5056), which an authentication above TLS mixes in, so that nobody
// gets through who passes it on over a TLS connection of his own.

#include <algorithm>
#include <cstring>

#include "../openssl/controls.h"
#include "session.h"

namespace ownssl {
namespace {

ChannelBinding None(const char* why) { return {{}, why}; }

// The hash that the certificate is signed with, as OpenSSL's peers find it (RFC 5929, 4.1):
// RSASSA-PSS names it in its parameters. Null where the signature has none of its own, as with
// Ed25519, Ed448 and ML-DSA.
const char* HashOfSignature(X509* certificate) {
  int hash = NID_undef;
  const int known = ossl.X509_get_signature_info(certificate, &hash, nullptr, nullptr, nullptr);
  if (known != 1 || hash == NID_undef) return nullptr;
  return hash == NID_md5 || hash == NID_sha1 ? "SHA256" : ossl.OBJ_nid2sn(hash);
}

ChannelBinding HashOf(X509* certificate) {
  const char* hash = HashOfSignature(certificate);
  if (hash == nullptr) {
    return None("the certificate's signature algorithm has no single hash (RFC 5929, 4.1)");
  }
  unsigned char* der = nullptr;
  const int size = ossl.i2d_X509(certificate, &der);
  const OpenSSLMemory<unsigned char> owner(der);
  uint8_t digest[EVP_MAX_MD_SIZE];
  size_t digest_size = 0;
  if (size <= 0 || ossl.EVP_Q_digest(nullptr, hash, nullptr, der, static_cast<size_t>(size), digest,
                                     &digest_size) != 1) {
    return None("this OpenSSL does not have the hash of the certificate's signature");
  }
  return {{digest, digest + digest_size}, nullptr};
}

}  // namespace

ChannelBinding Session::BindTo(Binding kind) const {
  if (!flows()) return None("a handshake is under way");
  ChannelBinding binding = kind == Binding::kServerEndPoint ? BindToServer() : BindToSecret(kind);
  ossl.ERR_clear_error();
  return binding;
}

// The binding is made of the server's certificate, whichever side asks (RFC 5929, 4).
ChannelBinding Session::BindToServer() const {
  static constexpr char kNone[] = "the server has shown no certificate";
  SSL* ssl = ssl_.get();
  const SSL_CIPHER* cipher = ossl.SSL_get_current_cipher(ssl);
  const int authentication = cipher != nullptr ? ossl.SSL_CIPHER_get_auth_nid(cipher) : NID_undef;
  if (authentication == NID_auth_psk || authentication == NID_auth_null) return None(kNone);
  if (role_ == Role::kClient) {
    X509* certificate = ossl.SSL_get0_peer_certificate(ssl);
    return certificate != nullptr ? HashOf(certificate) : None(kNone);
  }
  // A session does not say with which of the server's certificates it began. On a server
  // `abbreviated_` stands for pre-shared keys, which look like a resumed session.
  const bool sure = !settings_.asks_certificate && !abbreviated_ && contexts_.size() == 1 &&
                    contexts_.front()->has_one_certificate();
  if (ossl.SSL_session_reused(ssl) == 1 && !sure) {
    return None("the session is resumed, and the server has several certificates or keys");
  }
  X509* certificate = ossl.SSL_get_certificate(ssl);
  return certificate != nullptr ? HashOf(certificate) : None(kNone);
}

// These are made of secrets (RFC 9266; RFC 5929, 3), which have to be of this connection alone.
// Before TLS 1.3 that takes the extended master secret (RFC 7627), or a man in the middle gets two
// connections with the same.
ChannelBinding Session::BindToSecret(Binding kind) const {
  SSL* ssl = ssl_.get();
  if (ossl.SSL_version(ssl) >= TLS1_3_VERSION) {
    if (kind == Binding::kUnique) return None("TLS 1.3 does not define it (RFC 9266): use another");
  } else if (!control::HasExtendedMasterSecret(ssl)) {
    return None("the extended master secret was not negotiated (RFC 7627)");
  } else if (renegotiated_) {
    return None("the connection was renegotiated");
  }
  if (kind == Binding::kExporter) {
    constexpr char kLabel[] = "EXPORTER-Channel-Binding";
    constexpr size_t kSize = 32;
    // The context is empty, which before TLS 1.3 is not the same as none.
    constexpr int kWithContext = 1;
    std::vector<uint8_t> data(kSize);
    if (ossl.SSL_export_keying_material(ssl, data.data(), kSize, kLabel, strlen(kLabel), nullptr, 0,
                                        kWithContext) != 1) {
      return None("OpenSSL did not export the key material");
    }
    return {std::move(data), nullptr};
  }
  // The first of the two Finished messages is a client's, or, in a resumed session, the server's.
  const bool own = (role_ == Role::kClient) != (ossl.SSL_session_reused(ssl) == 1);
  uint8_t finished[EVP_MAX_MD_SIZE];
  const size_t size = own ? ossl.SSL_get_finished(ssl, finished, sizeof(finished))
                          : ossl.SSL_get_peer_finished(ssl, finished, sizeof(finished));
  return {{finished, finished + std::min(size, sizeof(finished))}, nullptr};
}

}  // namespace ownssl
