// A private key that is elsewhere, as an EVP_PKEY: it has its public half, and what needs the
// private one is asked of the session that is in a handshake (key_user.h).
//
// The EVP_PKEY belongs to a provider of ours in an OSSL_LIB_CTX of its own. OpenSSL runs the
// operations of a key by the provider that the key came from, wherever that is; and as nobody else
// uses that library context, no fetch for an ordinary key can find ours, whatever the properties
// are (`fips=yes` among them), and openssl.cnf and the fallback to the default provider mean what
// they meant before.
//
// What of a key is public (its type, its size, its parameters, whether it fits a certificate) is
// answered by OpenSSL's own implementation of the public half; nobody is asked.
#pragma once

#include <cstdint>

#include "../../openssl/api.h"
#include "../../openssl/pointers.h"

namespace ownssl {

// What the provider keeps of a key.
struct ExternalKey {
  EVPKeyPointer public_key;
  uint64_t number = 0;
  bool decrypts = false;
};

// Whether keys of this kind can sign here: RSA, RSA-PSS, EC, Ed25519, Ed448 and ML-DSA.
bool CanBeExternal(const EVP_PKEY* public_key);

// Makes a key, and leaves a number for it in `number`, which is unique in the process. Null if
// OpenSSL refuses; the error queue tells why.
EVPKeyPointer MakeExternalKey(EVPKeyPointer public_key, bool decrypts, uint64_t* number);

}  // namespace ownssl
