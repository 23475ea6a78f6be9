// Turns JavaScript's values into C++'s, and back. Arguments were validated in lib/; what is still
// wrong here becomes a TypeError, never a crash.
#pragma once

#include <napi.h>

#include <string>
#include <vector>

#include "../base/secret.h"
#include "../base/span.h"
#include "../openssl/api.h"
#include "error_object.h"

namespace ownssl {

// Returns the bytes of an ArrayBufferView; none for null and undefined.
Span ToSpan(const Napi::Value& value);
// For one crossing: a part of the bytes, if they are so many that an int32_t could not count them.
Span ToInput(const Napi::Value& value);
Room ToRoom(const Napi::Value& value);
// A string is taken as UTF-8 and kept alive in `storage`.
Span TextOrBytes(const Napi::Value& value, std::string* storage);
// Returns the bytes of a string (as UTF-8) or of a view, which are wiped when they are no longer
// needed.
Secret ToSecret(const Napi::Value& value);

Napi::Value ToBuffer(Napi::Env env, const void* data, size_t size);
Napi::Value ToBuffer(Napi::Env env, const std::vector<uint8_t>& bytes);
Napi::Value ToStringOrUndefined(Napi::Env env, const char* text);
// Returns the DER of a certificate; undefined for null.
Napi::Value ToDer(Napi::Env env, X509* certificate);

// Throws what the error queue holds.
[[noreturn]] void ThrowOpenSSL(Napi::Env env, const char* fallback);

}  // namespace ownssl
