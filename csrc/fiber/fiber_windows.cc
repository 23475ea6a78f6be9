// Windows has fibers of its own. They bring a guarded stack, and tell the system where it is: the
// handling of exceptions and the growth of stacks ask the thread's block for its bounds.
#ifdef _WIN32

#include <cassert>

#include "../base/windows_names.h"
#include "fiber.h"

namespace ownssl {
namespace {

// The address space of a stack, and how much of it is memory from the start. The system commits
// more page by page.
constexpr size_t kStackSize = size_t{512} * 1024;
constexpr size_t kStackCommit = size_t{32} * 1024;

// Only a fiber can change to another, so this makes a fiber of the thread. A thread that was a
// fiber before stays one; one that became a fiber here stops being one when it ends, or its block
// would leak.
class ThisThread {
 public:
  ~ThisThread() {
    if (made_ && IsThreadAFiber() != FALSE) ConvertFiberToThread();
  }

  void* AsFiber() {
    if (IsThreadAFiber() != FALSE) return GetCurrentFiber();
    void* fiber = ConvertThreadToFiberEx(nullptr, FIBER_FLAG_FLOAT_SWITCH);
    made_ = fiber != nullptr;
    return fiber;
  }

 private:
  bool made_ = false;
};

ThisThread& Here() {
  thread_local ThisThread here;
  return here;
}

}  // namespace

struct Fiber::Impl {
  void* self = nullptr;
  void* caller = nullptr;
  Entry entry = nullptr;
  void* argument = nullptr;

  ~Impl() {
    if (self != nullptr) DeleteFiber(self);
  }

  // The thread would end if this returned, so it waits for its next entry.
  static void CALLBACK Run(void* self) {
    auto* impl = static_cast<Impl*>(self);
    while (true) {
      impl->entry(impl->argument);
      SwitchToFiber(impl->caller);
    }
  }
};

bool Fiber::Available() { return true; }

Fiber::Fiber() : impl_(std::make_unique<Impl>()) {}

Fiber::~Fiber() { assert(!suspended_); }

bool Fiber::Start(Entry entry, void* argument) {
  if (Here().AsFiber() == nullptr) return false;
  if (impl_->self == nullptr) {
    impl_->self =
        CreateFiberEx(kStackCommit, kStackSize, FIBER_FLAG_FLOAT_SWITCH, &Impl::Run, impl_.get());
  }
  if (impl_->self == nullptr) return false;
  impl_->entry = entry;
  impl_->argument = argument;
  Switch();
  return true;
}

void Fiber::Resume() {
  assert(suspended_);
  suspended_ = false;
  Switch();
}

void Fiber::Switch() {
  // A thread that resumes a fiber has most often started one before. Where the system has no memory
  // left for a new one's block, the fiber stays suspended, and its session with it.
  impl_->caller = Here().AsFiber();
  if (impl_->caller == nullptr) {
    suspended_ = true;
    return;
  }
  running_ = true;
  SwitchToFiber(impl_->self);
  running_ = false;
}

void Fiber::Suspend() {
  assert(running_);
  suspended_ = true;
  SwitchToFiber(impl_->caller);
}

}  // namespace ownssl

#endif
