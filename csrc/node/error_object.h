// Makes errors as JavaScript sees them.
#pragma once

#include <napi.h>

#include <string>

#include "../openssl/errors.h"

namespace ownssl {

// Makes an Error with a `code`.
Napi::Error MakeError(Napi::Env env, const std::string& code, const std::string& message);
Napi::TypeError MakeTypeError(Napi::Env env, const std::string& code, const std::string& message);

// Makes an Error with the properties that Node gives one from OpenSSL: `opensslErrorStack` when
// more than one error was queued, then `library`, `reason`, `code`, each only if known.
Napi::Error MakeError(Napi::Env env, const OpenSSLError& error);

}  // namespace ownssl
