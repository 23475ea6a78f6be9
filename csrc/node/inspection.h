// describeObject(kind, bytes, passphrase, legacy): what an object in a file says (object_facts.h).
#pragma once

#include <napi.h>

namespace ownssl {

// Throws OpenSSL's error for what is no such object.
Napi::Value DescribeObject(const Napi::CallbackInfo& info);

}  // namespace ownssl
