// Reads numbers out of bytes that nobody vouches for. What lies outside of them is 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
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
  uint16_t U16(uint64_t offset) const { return Fixed<uint16_t>(offset); }
  uint32_t U32(uint64_t offset) const { return Fixed<uint32_t>(offset); }
  uint64_t U64(uint64_t offset) const { return Fixed<uint64_t>(offset); }
  uint8_t U8(uint64_t offset) const { return Fixed<uint8_t>(offset); }

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
  // Tens of thousands are read at each start, nearly all in the order of this machine: these are
  // one load. Number() is the same, byte by byte.
  template <typename T>
  T Fixed(uint64_t offset) const {
    const uint16_t probe = 1;
    unsigned char first = 0;
    std::memcpy(&first, &probe, 1);
    const bool host_is_big = first == 0;
    if (big_endian_ != host_is_big) return static_cast<T>(Number(offset, sizeof(T)));
    T value = 0;
    if (Has(offset, sizeof(T))) std::memcpy(&value, data_ + static_cast<size_t>(offset), sizeof(T));
    return value;
  }

  const unsigned char* data_;
  size_t size_;
  bool big_endian_;
};

}  // namespace ownssl
