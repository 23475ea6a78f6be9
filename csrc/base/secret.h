// Bytes that are wiped when they are no longer needed: pre-shared keys, passphrases, ticket keys,
// sessions, and lines of the key log.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

namespace ownssl {

// Overwrites bytes that nobody reads again. A plain memset() could be optimised away; of a volatile
// pointer the compiler can't know that it leads to one.
inline void Cleanse(void* data, size_t size) {
  static void* (*const volatile fill)(void*, int, size_t) = memset;
  fill(data, 0, size);
}

template <typename T>
struct CleansingAllocator {
  using value_type = T;

  CleansingAllocator() = default;
  template <typename U>
  explicit CleansingAllocator(const CleansingAllocator<U>&) {}

  T* allocate(size_t count) { return std::allocator<T>().allocate(count); }
  void deallocate(T* memory, size_t count) {
    Cleanse(memory, count * sizeof(T));
    std::allocator<T>().deallocate(memory, count);
  }
  bool operator==(const CleansingAllocator&) const { return true; }
  bool operator!=(const CleansingAllocator&) const { return false; }
};

// Secrets that grow, or are copied. Where neither is wanted, Secret keeps them in one place.
using SecretBytes = std::vector<uint8_t, CleansingAllocator<uint8_t>>;

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
