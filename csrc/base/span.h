// Bytes that belong to somebody else: those to be read (Span), and those to be written (Room).
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
