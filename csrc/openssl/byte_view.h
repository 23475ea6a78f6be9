// Reads numbers out of bytes that nobody vouches for. What lies outside of them is 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace ownssl {

class ByteView {
 public:
  ByteView(const unsigned char* data, size_t size, bool big_endian = false)
      : data_(data), size_(size), big_endian_(big_endian) {}

  size_t size() const { return size_; }
  bool Has(uint64_t offset, uint64_t length) const {
    return offset <= size_ && length <= size_ - offset;
  }

  uint64_t Number(uint64_t offset, size_t bytes) const {
    if (!Has(offset, bytes)) return 0;
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++) {
      const size_t at = big_endian_ ? i : bytes - 1 - i;
      value = value << 8 | data_[static_cast<size_t>(offset) + at];
    }
    return value;
  }
  uint16_t U16(uint64_t offset) const { return static_cast<uint16_t>(Number(offset, 2)); }
  uint32_t U32(uint64_t offset) const { return static_cast<uint32_t>(Number(offset, 4)); }
  uint64_t U64(uint64_t offset) const { return Number(offset, 8); }
  uint8_t U8(uint64_t offset) const { return static_cast<uint8_t>(Number(offset, 1)); }

  // The text up to the next zero, or, where there is none, as far as the bytes go.
  std::string Text(uint64_t offset) const {
    std::string text;
    for (; Has(offset, 1) && U8(offset) != 0; offset++) text += static_cast<char>(U8(offset));
    return text;
  }

  ByteView From(uint64_t offset, bool big_endian) const {
    const auto start = static_cast<size_t>(offset < size_ ? offset : size_);
    return ByteView(data_ + start, size_ - start, big_endian);
  }

 private:
  const unsigned char* data_;
  size_t size_;
  bool big_endian_;
};

}  // namespace ownssl
