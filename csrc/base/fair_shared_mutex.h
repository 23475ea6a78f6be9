// A std::shared_mutex in which who wants to change something is not passed by ever new readers, as
// it is by default in glibc.
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
  std::mutex turn_;  // Held while waiting.
  std::shared_mutex mutex_;
};

}  // namespace ownssl
