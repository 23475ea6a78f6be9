// Counts the changes that show in contexts that are made afterwards: those of a thread's default
// trust, and those of the process's providers. Whoever keeps contexts for later compares the count.
#pragma once

#include <atomic>
#include <cstdint>

namespace ownssl {

class Generation {
 public:
  static uint64_t Current() { return count_; }
  static void Next() { ++count_; }

 private:
  static inline std::atomic<uint64_t> count_{0};
};

}  // namespace ownssl
