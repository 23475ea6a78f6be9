// What the process counts of itself, for those who observe it (getStats()). A counter is raised
// where the thing happens, in whichever thread that is, and orders nothing.
#pragma once

#include <atomic>
#include <cstdint>

namespace ownssl {

class Counter {
 public:
  void Add(uint64_t amount = 1) { value_.fetch_add(amount, std::memory_order_relaxed); }
  // The counter becomes the greater of what it is and `value`.
  void Raise(uint64_t value) {
    uint64_t known = value_.load(std::memory_order_relaxed);
    while (known < value &&
           !value_.compare_exchange_weak(known, value, std::memory_order_relaxed)) {
    }
  }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

struct Counters {
  Counter contexts;           // SSL_CTXs made
  Counter encrypted;          // bytes of plaintext
  Counter decrypted;          // bytes of plaintext
  Counter steps;              // of handshakes, done in threads
  Counter refused_steps;      // that the queue had no room for, so that the loop did them
  Counter worked_ns;          // by threads, in steps
  Counter queued_ns;          // that steps waited for a thread
  Counter longest_queued_ns;  // of these waits
};

inline Counters counters;

}  // namespace ownssl
