// Public keys: reads what programs give, and writes what they compare.
#pragma once

#include <vector>

#include "../base/span.h"
#include "../openssl/api.h"
#include "../openssl/pointers.h"

namespace ownssl {

// A SubjectPublicKeyInfo in PEM or DER, or a certificate in PEM that has the key. Null if it is
// none of these; the error queue may tell why.
EVPKeyPointer ReadPublicKey(Span bytes);

// The DER of its SubjectPublicKeyInfo; empty if OpenSSL can't write it.
std::vector<uint8_t> EncodePublicKey(const EVP_PKEY* key);

}  // namespace ownssl
