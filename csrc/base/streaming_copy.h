// Copies what another thread is to read, and this one is not.
//
// A block that goes back and forth between two threads is in the other's cache when it is written
// again, and each of its lines has to be fetched from there first: that is 4 to 15 times slower
// than memcpy() elsewhere (2 to 9 GB/s were measured, depending on how far the two cores are
// apart), more than encryption takes. Stores past the caches need not fetch anything.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ownssl {

void StreamingCopy(uint8_t* to, const uint8_t* from, size_t size);

}  // namespace ownssl
