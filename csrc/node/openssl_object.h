// The functions that JavaScript has for the choice of OpenSSL.
#pragma once

#include <napi.h>

namespace ownssl {

// Adds loadOpenSSL, openSSLInfo, loadProvider and liveAllocations; lib/native/addon.ts declares
// them.
void ExportOpenSSL(Napi::Env env, Napi::Object exports);

}  // namespace ownssl
