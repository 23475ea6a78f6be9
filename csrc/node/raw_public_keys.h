// Raw public keys, as programs ask for and compare them.
#pragma once

#include <napi.h>

namespace ownssl {

// checkRawPublicKeys(): throws where the OpenSSL in use has none (RFC 7250).
void CheckRawPublicKeys(const Napi::CallbackInfo& info);

// encodePublicKey(key): the DER of its SubjectPublicKeyInfo, as OpenSSL writes it.
Napi::Value EncodePublicKeyOf(const Napi::CallbackInfo& info);

}  // namespace ownssl
