// Bytes that are wiped when they are no longer needed: pre-shared keys, passphrases, ticket keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

namespace ownssl {

// Overwrites bytes that nobody reads again. A plain memset() could be optimised away; of a volatile
// pointer the compiler can't know that it leads to one.
inline void Cleanse(void* data, size_t size) {
  static void* (*const volatile fill)(void*, int, size_t) = memset;
  fill(data, 0, size);
}

class Secret {
 public:
  Secret() = default;
  Secret(const uint8_t* data, size_t size) : bytes_(data, data + size) {}
  explicit Secret(size_t size) : bytes_(size) {}
  Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) { other.bytes_.clear(); }
  Secret& operator=(Secret&& other) noexcept {
    bytes_.swap(other.bytes_);
    return *this;
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { Clear(); }

  void Clear() {
    if (!bytes_.empty()) Cleanse(bytes_.data(), bytes_.size());
    bytes_.clear();
  }

  const uint8_t* data() const { return bytes_.data(); }
  uint8_t* data() { return bytes_.data(); }
  size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }

 private:
  std::vector<uint8_t> bytes_;
};

}  // namespace ownssl
