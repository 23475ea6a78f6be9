// Reads PEM. Nobody is ever asked for a password on the terminal.
#pragma once

#include <vector>

#include "../base/secret.h"
#include "../base/span.h"
#include "../openssl/api.h"
#include "../openssl/pointers.h"

namespace ownssl {

BIOPointer ReadOnlyBio(Span bytes);

// Reads the certificates in a PEM text; other blocks and text around them are skipped. `complete`
// is false if there was none, or where a broken one ended the reading; the error queue then has the
// reason.
std::vector<X509Pointer> ReadCertificates(Span pem, bool* complete);

// Is a pem_password_cb, whose argument is a `const Secret*` that may be null.
int GivePassphrase(char* buffer, int size, int, void* argument) noexcept;

// `passphrase` may be null.
EVPKeyPointer ReadPrivateKey(Span pem, const Secret* passphrase);

}  // namespace ownssl
