// Counts what changes for the whole process and shows in contexts that are made afterwards: the
// default trust, and the providers. Who keeps contexts for later compares.
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
