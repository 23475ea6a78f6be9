// The process's fibers, wherever they come from.
#include "fiber.h"

#include <mutex>
#include <utility>
#include <vector>

namespace ownssl {

namespace {

constexpr size_t kPooledFibers = 32;

struct Pool {
  std::mutex mutex;
  std::vector<std::unique_ptr<Fiber>> fibers;
};

Pool& ThePool() {
  static auto* pool = new Pool;  // Never destroyed: threads may still use it at the exit.
  return *pool;
}

}  // namespace

std::unique_ptr<Fiber> Fiber::Take() {
  Pool& pool = ThePool();
  {
    std::lock_guard<std::mutex> lock(pool.mutex);
    if (!pool.fibers.empty()) {
      std::unique_ptr<Fiber> fiber = std::move(pool.fibers.back());
      pool.fibers.pop_back();
      return fiber;
    }
  }
  return std::make_unique<Fiber>();
}

void Fiber::Return(std::unique_ptr<Fiber> fiber) {
  Pool& pool = ThePool();
  std::lock_guard<std::mutex> lock(pool.mutex);
  if (pool.fibers.size() < kPooledFibers) pool.fibers.push_back(std::move(fiber));
  // A fiber that finds no room in the pool is destroyed, when the lock has been released.
}

}  // namespace ownssl
