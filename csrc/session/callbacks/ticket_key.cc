// Protection of session tickets (RFC 5077, 4), by the server's ring of keys.
//
// Tickets are encrypted by AES-CBC and HMAC-SHA256. With the keys of 48 bytes that Node's API has
// it is AES-128, as Node does it, so that the processes of a cluster can share keys, whether they
// run on ownssl or on the built-in tls; with those of 80 bytes it is AES-256.

#include <cstring>

#include "../session.h"
#include "callbacks.h"

namespace ownssl {
namespace {

constexpr size_t kIvSize = 16;

bool SetMacKey(EVP_MAC_CTX* mac, Span key) {
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {
      {OSSL_MAC_PARAM_KEY, OSSL_PARAM_OCTET_STRING, const_cast<uint8_t*>(key.data), key.size,
       OSSL_PARAM_UNMODIFIED},
      {OSSL_MAC_PARAM_DIGEST, OSSL_PARAM_UTF8_STRING, digest, sizeof(digest) - 1,
       OSSL_PARAM_UNMODIFIED},
      {nullptr, 0, nullptr, 0, 0}};
  return ossl.EVP_MAC_CTX_set_params(mac, parameters) == 1;
}

bool SetKeys(const TicketKey& key, int encrypt, const unsigned char* iv, EVP_CIPHER_CTX* cipher,
             EVP_MAC_CTX* mac) {
  const auto initialize = encrypt != 0 ? ossl.EVP_EncryptInit_ex : ossl.EVP_DecryptInit_ex;
  const EVP_CIPHER* algorithm = key.large() ? ossl.EVP_aes_256_cbc() : ossl.EVP_aes_128_cbc();
  return initialize(cipher, algorithm, nullptr, key.cipher_key().data, iv) == 1 &&
         SetMacKey(mac, key.mac_key());
}

}  // namespace

int Callbacks::OnTicketKey(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                           EVP_MAC_CTX* mac, int encrypt) noexcept {
  constexpr int kError = -1;
  constexpr int kUnknown = 0;  // A full handshake follows, with a new ticket.
  constexpr int kOk = 1;
  constexpr int kOkAndRenew = 2;
  Session* session = Of(ssl);
  if (session == nullptr) return kError;
  // The keys are the server's, whichever context SNI has chosen.
  TicketKeys& keys = session->contexts_.front()->ticket_keys();
  if (encrypt != 0) {
    const TicketKey key = keys.Newest();
    memcpy(name, key.name().data, TicketKey::kNameSize);
    const bool ready = ossl.RAND_bytes(iv, kIvSize) == 1 && SetKeys(key, encrypt, iv, cipher, mac);
    return ready ? kOk : kError;
  }
  const std::optional<TicketKeys::Found> found = keys.Find(name);
  if (!found) return kUnknown;
  if (!SetKeys(found->key, encrypt, iv, cipher, mac)) return kError;
  const bool used_up = found->single_use && ossl.SSL_version(ssl) >= TLS1_3_VERSION;
  return found->newest && !used_up ? kOk : kOkAndRenew;
}

}  // namespace ownssl
