// The process's I/O threads, which start when they are needed.
#pragma once

#include "available.h"
#if OWNSSL_IO_THREADS

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "thread.h"

namespace ownssl {

class IoThreads {
 public:
  // There are half as many threads as cores, since the application has one of them at least and
  // often its peer another; but no more than this.
  static constexpr size_t kMost = 4;
  static size_t DefaultCount();

  // The threads are joined at the exit, when all that was commanded is done.
  static IoThreads& Shared();

  // Says how many there may be. This has no effect on those that run.
  void SetCount(size_t count);
  // The thread with the fewest connections, whose load is raised by one; null if none can be had.
  IoThread* Choose();
  void Release(IoThread* thread) { --thread->load; }

 private:
  std::mutex mutex_;
  size_t count_ = DefaultCount();
  std::vector<std::unique_ptr<IoThread>> threads_;
};

}  // namespace ownssl

#endif
