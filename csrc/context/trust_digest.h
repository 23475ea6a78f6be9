// Says in 32 bytes what a context trusts: contexts of the same digest accept the same chains.
#pragma once

#include <array>
#include <cstdint>

#include "../base/span.h"
#include "../openssl/api.h"

namespace ownssl {

using TrustDigest = std::array<uint8_t, 32>;

// Returns the digest of what was there before and then `data`, which is of this kind. An OpenSSL
// that fails here makes a digest that is equal to no other.
TrustDigest Extend(const TrustDigest& before, char kind, Span data);

// The same with a certificate.
TrustDigest ExtendBy(X509* certificate, char kind, const TrustDigest& before);

}  // namespace ownssl
