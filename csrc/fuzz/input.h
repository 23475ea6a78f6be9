// The fuzzer's bytes, as the decisions that a target takes one after the other. When they are used
// up, every decision is zero.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "../base/span.h"

namespace ownssl::fuzz {

class Input {
 public:
  Input(const uint8_t* data, size_t size) : rest_{data, size} {}

  bool empty() const { return rest_.size == 0; }
  size_t size() const { return rest_.size; }

  uint8_t Byte() {
    if (rest_.size == 0) return 0;
    --rest_.size;
    return *rest_.data++;
  }
  size_t Word() {
    const size_t high = Byte();
    return high << 8 | Byte();
  }
  bool Flag() { return (Byte() & 1) != 0; }
  // Below `limit`, which is not zero.
  size_t Below(size_t limit) { return (limit > 256 ? Word() : Byte()) % limit; }

  Span Take(size_t size) {
    const Span taken{rest_.data, std::min(size, rest_.size)};
    rest_.data += taken.size;
    rest_.size -= taken.size;
    return taken;
  }
  Span Rest() { return Take(rest_.size); }
  std::string Text(size_t size) {
    const Span taken = Take(size);
    return {reinterpret_cast<const char*>(taken.data), taken.size};
  }

 private:
  Span rest_;
};

inline Span SpanOf(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

}  // namespace ownssl::fuzz
