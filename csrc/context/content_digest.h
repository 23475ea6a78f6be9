// Tells options of equal content by a digest: two that have the same one may share a context.
#pragma once

#include <string>

#include "../base/span.h"

namespace ownssl {

// Returns HMAC-SHA256 of the content in hexadecimal, or an empty string where OpenSSL can't make
// one. Its key is made once for the process and leaves it nowhere: whoever reads memory could try
// passphrases against a digest without a key.
std::string ContentDigest(Span content);

}  // namespace ownssl
