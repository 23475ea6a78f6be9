// To which symbols an ELF library refers, and where the dynamic linker writes their addresses.
// Tables are read as bytes, so that those of every processor can be tested on every one.
#pragma once

#include <cstdint>
#include <vector>

#include "byte_view.h"

namespace ownssl {

// A library as it lies in memory, or as it would.
struct ElfImage {
  ByteView bytes;        // from the library's address 0 on, in its own byte order
  bool wide = true;      // 64 bits
  uint16_t machine = 0;  // e_machine
  uint64_t base = 0;     // where `bytes` lies in memory
  uint64_t dynamic = 0;  // where the dynamic section is in `bytes`

  uint64_t Address(uint64_t place) const { return wide ? bytes.U64(place) : bytes.U32(place); }
};

// Both are places in the image.
struct ElfReference {
  uint64_t address;  // of what the dynamic linker has written
  uint64_t name;     // of the symbol's name
};

// Empty for a processor whose relocations aren't known here.
std::vector<ElfReference> ReadElfReferences(const ElfImage& image);

}  // namespace ownssl
