// For looking into files: object_facts.h, chain_check.h.
#pragma once

#include <napi.h>

namespace ownssl {

// describeObject(kind, bytes, passphrase, legacy): what an object says. Throws OpenSSL's error for
// what is no such object.
Napi::Value DescribeObject(const Napi::CallbackInfo& info);

// checkChain(context, chain, server): null, or why the chain is refused.
Napi::Value CheckChainOf(const Napi::CallbackInfo& info);

}  // namespace ownssl
