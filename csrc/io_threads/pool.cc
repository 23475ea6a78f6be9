#include "pool.h"

#if OWNSSL_IO_THREADS

#include <algorithm>
#include <thread>
#include <utility>

namespace ownssl {

size_t IoThreads::DefaultCount() {
  const size_t cores = std::thread::hardware_concurrency();
  return std::clamp<size_t>(cores / 2, 1, kMost);
}

IoThreads& IoThreads::Shared() {
  static IoThreads threads;
  return threads;
}

void IoThreads::SetCount(size_t count) {
  const std::lock_guard<std::mutex> lock(mutex_);
  count_ = count;
}

IoThread* IoThreads::Choose() {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto least = std::min_element(
      threads_.begin(), threads_.end(),
      [](const auto& a, const auto& b) { return a->load.load() < b->load.load(); });
  IoThread* chosen = least == threads_.end() ? nullptr : least->get();
  if (threads_.size() < count_ && (chosen == nullptr || chosen->load > 0)) {
    if (std::unique_ptr<IoThread> started = IoThread::Start()) {
      chosen = started.get();
      threads_.push_back(std::move(started));
    }
  }
  if (chosen != nullptr) ++chosen->load;
  return chosen;
}

}  // namespace ownssl

#endif
