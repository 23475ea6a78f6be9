// Reads a PKCS#12 file (PFX): a private key, its certificate and others, encrypted with a
// passphrase.
#pragma once

#include <vector>

#include "../base/secret.h"
#include "../base/span.h"
#include "../openssl/pointers.h"

namespace ownssl {

struct Pkcs12Content {
  EVPKeyPointer key;
  X509Pointer certificate;
  std::vector<X509Pointer> others;
};

// Returns false with OpenSSL's reason in the queue. With `legacy`, files can be opened, too, whose
// encryption is so old (RC2, RC4, DES) that only the legacy provider has it. The provider is loaded
// for this file, in a library context of its own, and unloaded again; what comes out of the file is
// used as anything else. Under FIPS that is refused.
bool OpenPkcs12(Span der, const Secret* passphrase, bool legacy, Pkcs12Content* content);

}  // namespace ownssl
