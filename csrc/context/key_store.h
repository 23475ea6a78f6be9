// Private keys by URI: in files, and in tokens that a provider opens ("pkcs11:...").
#pragma once

#include "../base/secret.h"
#include "../openssl/api.h"
#include "../openssl/pointers.h"

namespace ownssl {

// The first private key at `uri`. Null if there is none; the error queue then has the reason, or is
// empty when the URI could be opened and holds no key. `passphrase` (or PIN) may be null.
EVPKeyPointer LoadPrivateKey(const Secret& uri, const Secret* passphrase);

}  // namespace ownssl
