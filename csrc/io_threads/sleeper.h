// A thread that waits for messages. It says when it is about to wait, and only then is it woken: a
// wake-up is a system call, and under load there is none.
//
// Nothing is lost, because both sides are sequentially consistent: the consumer says that it is
// asleep and then looks once more; the producer publishes and then asks whether it is asleep.
#pragma once

#include <atomic>
#include <cstdint>

#include "../base/word_flag.h"

namespace ownssl {

class Sleeper {
 public:
  virtual ~Sleeper() = default;

  // The consumer calls this. After Doze() it looks for messages once more, and waits if there are
  // none.
  void Doze() { asleep_.store(true); }
  void Rise() { asleep_.store(false); }

  // A producer calls this, after it has published.
  void Rouse() {
    if (!asleep_.load() || !asleep_.exchange(false)) return;
    wakes_.fetch_add(1, std::memory_order_relaxed);
    Wake();
  }
  // How often that was, to be shown.
  uint64_t wakes() const { return wakes_.load(std::memory_order_relaxed); }

 protected:
  virtual void Wake() = 0;

 private:
  WordFlag asleep_{false};
  std::atomic<uint64_t> wakes_{0};
};

}  // namespace ownssl
