// The operations of the provider of external keys, as tables for OpenSSL.
#pragma once

#include "../../openssl/api.h"

namespace ownssl {

// OpenSSL's tables have one type for all functions, so each is cast.
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

// By this parameter MakeExternalKey() gives a key to key management, as a pointer to it.
inline constexpr char kKeyParameter[] = "ownssl-external-key";

}  // namespace ownssl
