// A std::shared_mutex in which a writer does not starve: with glibc's default, readers that come
// later pass one that waits, again and again.
#pragma once

#include <mutex>
#include <shared_mutex>

namespace ownssl {

class FairSharedMutex {
 public:
  void lock_shared() {
    std::lock_guard<std::mutex> turn(turn_);
    mutex_.lock_shared();
  }
  void unlock_shared() { mutex_.unlock_shared(); }
  void lock() {
    std::lock_guard<std::mutex> turn(turn_);
    mutex_.lock();
  }
  void unlock() { mutex_.unlock(); }

 private:
  std::mutex turn_;  // Held by whoever waits, so that the others queue up behind.
  std::shared_mutex mutex_;
};

}  // namespace ownssl
