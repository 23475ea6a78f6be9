// Bytes that belong to somebody else.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ownssl {

struct Span {
  const uint8_t* data = nullptr;
  size_t size = 0;
};

struct Room {
  uint8_t* data = nullptr;
  size_t size = 0;
};

}  // namespace ownssl
