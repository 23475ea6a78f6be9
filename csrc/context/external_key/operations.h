// The operations of the provider of external keys, as tables for OpenSSL.
#pragma once

#include "../../openssl/api.h"

namespace ownssl {

// By OpenSSL's cast: in its tables all functions have the same type.
template <typename Function>
OSSL_DISPATCH Entry(int id, Function* function) {
  return {id, reinterpret_cast<void (*)(void)>(function)};
}
inline OSSL_DISPATCH LastEntry() { return {0, nullptr}; }

// Keys, in key_management.cc.
const OSSL_DISPATCH* KeyManagementOperations();
// Signatures, in signature.cc.
const OSSL_DISPATCH* SignatureOperations();
// The decryption of premaster secrets (TLS 1.2), in decryption.cc.
const OSSL_DISPATCH* DecryptionOperations();

// The name of both in the provider: OpenSSL looks for it in its other providers first.
inline constexpr char kOperationName[] = "OWNSSL-EXTERNAL";

// The parameter by which MakeExternalKey() gives a key to key management: a pointer to it.
inline constexpr char kKeyParameter[] = "ownssl-external-key";

}  // namespace ownssl
