// The functions that JavaScript has for the choice of OpenSSL.
#ifndef OWNSSL_NODE_OPENSSL_OBJECT_H_
#define OWNSSL_NODE_OPENSSL_OBJECT_H_

#include <napi.h>

namespace ownssl {

// Adds loadOpenSSL, openSSLInfo, loadProvider and liveAllocations; lib/native.ts declares them.
void ExportOpenSSL(Napi::Env env, Napi::Object exports);

}  // namespace ownssl

#endif  // OWNSSL_NODE_OPENSSL_OBJECT_H_
