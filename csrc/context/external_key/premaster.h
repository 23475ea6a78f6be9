// Finds the premaster secret of TLS 1.2's RSA key exchange in a block that was decrypted without
// padding (RFC 5246, 7.4.7.1; RFC 8017, 7.2.2).
#pragma once

#include <cstddef>
#include <cstdint>

#include "../../base/span.h"

namespace ownssl {

inline constexpr size_t kPremasterSize = 48;

// Leaves in `out` (kPremasterSize bytes) the secret of the block, or `random` (as many) if padding
// or version are not right. Which one it was can be told neither from what is returned nor from the
// time: who can tell can decrypt (Bleichenbacher's attack). The versions are as on the wire (0x0303
// for TLS 1.2), `other_version` 0 for none. False if the block is too short: its size is public.
bool TakePremaster(Span block, unsigned client_version, unsigned other_version,
                   const uint8_t* random, uint8_t* out);

}  // namespace ownssl
