// Finds private keys by URI, in files and in tokens that a provider opens ("pkcs11:...").
#pragma once

#include "../base/secret.h"
#include "../openssl/api.h"
#include "../openssl/pointers.h"

namespace ownssl {

// Returns the first private key at `uri`; null if there is none. The error queue then has the
// reason, or is empty when the URI could be opened and holds no key. `passphrase` (or PIN) may be
// null.
EVPKeyPointer LoadPrivateKey(const Secret& uri, const Secret* passphrase);

}  // namespace ownssl
