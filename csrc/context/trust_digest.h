// What a context trusts, in 32 bytes: contexts of the same digest accept the same chains.
#pragma once

#include <array>
#include <cstdint>

#include "../base/span.h"

namespace ownssl {

using TrustDigest = std::array<uint8_t, 32>;

// The digest of what was there before and then `data`, of a kind. An OpenSSL that fails here makes
// a digest that is equal to no other.
TrustDigest Extend(const TrustDigest& before, char kind, Span data);

}  // namespace ownssl
