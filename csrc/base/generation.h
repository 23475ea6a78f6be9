// Counts what changes and shows in contexts that are made afterwards: a thread's default trust, and
// the providers of the process. Who keeps contexts for later compares.
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
