#include "memory.h"

#include <atomic>
#include <cstdlib>

#if defined(__linux__) || defined(_WIN32)
#include <malloc.h>
#elif defined(__APPLE__)
#include <malloc/malloc.h>
#endif

#include "pointers.h"

namespace ownssl {

namespace {

// One number holds both counts, allocations * 2^40 + bytes, so that counting is one atomic
// addition: a handshake allocates a thousand times. Good for 8 million allocations and 1 TiB.
constexpr int kBytesBits = 40;
constexpr int64_t kOneAllocation = int64_t{1} << kBytesBits;

std::atomic<int64_t> live{0};

int64_t SizeOf(void* memory) {
#if defined(__linux__)
  return static_cast<int64_t>(malloc_usable_size(memory));
#elif defined(__APPLE__)
  return static_cast<int64_t>(malloc_size(memory));
#elif defined(_WIN32)
  return static_cast<int64_t>(_msize(memory));
#else
  (void)memory;
  return 0;
#endif
}

void Count(int64_t change) { live.fetch_add(change, std::memory_order_relaxed); }

void* Allocate(size_t size, const char*, int) noexcept {
  if (size == 0) return nullptr;
  void* memory = std::malloc(size);
  if (memory) Count(kOneAllocation + SizeOf(memory));
  return memory;
}

void Release(void* memory, const char*, int) noexcept {
  if (!memory) return;
  Count(-(kOneAllocation + SizeOf(memory)));
  std::free(memory);
}

void* Reallocate(void* memory, size_t size, const char* file, int line) noexcept {
  if (!memory) return Allocate(size, file, line);
  if (size == 0) {
    Release(memory, file, line);
    return nullptr;
  }
  const int64_t before = SizeOf(memory);
  void* moved = std::realloc(memory, size);
  if (moved) Count(SizeOf(moved) - before);
  return moved;
}

}  // namespace

bool InstallMemoryFunctions() {
  return ossl.CRYPTO_set_mem_functions(Allocate, Reallocate, Release) == 1;
}

LiveMemory LiveAllocations() {
  const int64_t value = live.load(std::memory_order_relaxed);
  return {value >> kBytesBits, value & (kOneAllocation - 1)};
}

Canary ListenToCanary() {
  const int64_t before = LiveAllocations().allocations;
  SSLCtxPointer context(ossl.SSL_CTX_new(ossl.TLS_method()));
  if (!context) return Canary::kNoContext;
  return LiveAllocations().allocations > before ? Canary::kSings : Canary::kSilent;
}

}  // namespace ownssl
