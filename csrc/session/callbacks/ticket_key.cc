// Protection of session tickets (RFC 5077, 4), with the 48 bytes of keys that Node's API has.
//
// Tickets are encrypted by AES-128-CBC and HMAC-SHA256, as Node does it, so that the processes of a
// cluster can share keys, whether they run on ownssl or on the built-in tls.

#include <cstring>

#include "../session.h"
#include "callbacks.h"

namespace ownssl {
namespace {

constexpr size_t kPart = 16;

bool SetMacKey(EVP_MAC_CTX* mac, const uint8_t* key) {
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {{OSSL_MAC_PARAM_KEY, OSSL_PARAM_OCTET_STRING,
                                    const_cast<uint8_t*>(key), kPart, OSSL_PARAM_UNMODIFIED},
                                   {OSSL_MAC_PARAM_DIGEST, OSSL_PARAM_UTF8_STRING, digest,
                                    sizeof(digest) - 1, OSSL_PARAM_UNMODIFIED},
                                   {nullptr, 0, nullptr, 0, 0}};
  return ossl.EVP_MAC_CTX_set_params(mac, parameters) == 1;
}

}  // namespace

int Callbacks::OnTicketKey(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                           EVP_MAC_CTX* mac, int encrypt) noexcept {
  constexpr int kError = -1;
  constexpr int kUnknown = 0;  // A full handshake follows, with a new ticket.
  constexpr int kOk = 1;
  Session* session = Of(ssl);
  if (session == nullptr) return kError;
  // The keys are the server's, whichever context SNI has chosen.
  const Secret copy = session->contexts_.front()->ticket_keys();
  const uint8_t* keys = copy.data();
  const uint8_t* mac_key = keys + kPart;
  const uint8_t* aes_key = keys + 2 * kPart;

  if (encrypt != 0) {
    memcpy(name, keys, kPart);
    if (ossl.RAND_bytes(iv, kPart) != 1) return kError;
  } else if (memcmp(name, keys, kPart) != 0) {
    return kUnknown;
  }
  const auto initialize = encrypt != 0 ? ossl.EVP_EncryptInit_ex : ossl.EVP_DecryptInit_ex;
  if (initialize(cipher, ossl.EVP_aes_128_cbc(), nullptr, aes_key, iv) != 1 ||
      !SetMacKey(mac, mac_key)) {
    return kError;
  }
  return kOk;
}

}  // namespace ownssl
