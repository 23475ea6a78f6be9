// Fibers on stacks of our own, guarded by a page that faults.
#include "fiber.h"
#include "stack_context.h"

#ifdef OWNSSL_STACK_SWITCH

#include <sys/mman.h>
#include <unistd.h>

#include <cassert>
#include <cstdint>
#include <utility>

// gcc defines macros for its sanitizers, clang has features.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) && !defined(__SANITIZE_ADDRESS__)
#define __SANITIZE_ADDRESS__ 1
#endif
#if __has_feature(thread_sanitizer) && !defined(__SANITIZE_THREAD__)
#define __SANITIZE_THREAD__ 1
#endif
#endif

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
// Each call and return is recorded for the fiber that is current. A function that changes fibers
// would be recorded as entered on one and left on the other.
#define OWNSSL_CHANGES_FIBERS __attribute__((no_sanitize_thread, noinline))
#else
#define OWNSSL_CHANGES_FIBERS
#endif

namespace ownssl {
namespace {

// This is address space, not memory: the kernel commits only the pages that a handshake touches
// (about 20 KiB).
constexpr size_t kStackSize = size_t{512} * 1024;

class Stack {
 public:
  Stack() = default;
  Stack(Stack&& other) noexcept
      : base_(std::exchange(other.base_, nullptr)), guard_(other.guard_) {}
  Stack& operator=(Stack&& other) noexcept {
    std::swap(base_, other.base_);
    std::swap(guard_, other.guard_);
    return *this;
  }
  ~Stack() {
    if (base_ != nullptr) munmap(base_, guard_ + kStackSize);
  }

  static Stack Map() {
    Stack stack;
    stack.guard_ = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    void* base = mmap(nullptr, stack.guard_ + kStackSize, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED) return stack;
    // Stacks grow down, so the guard is the lowest page: running into it faults instead of writing
    // over somebody's memory.
    if (mprotect(base, stack.guard_, PROT_NONE) != 0) {
      munmap(base, stack.guard_ + kStackSize);
      return stack;
    }
    stack.base_ = base;
    return stack;
  }

  explicit operator bool() const { return base_ != nullptr; }
  void* bottom() const { return static_cast<char*>(base_) + guard_; }

 private:
  void* base_ = nullptr;
  size_t guard_ = 0;
};

}  // namespace

struct Fiber::Impl {
  Stack stack;
  StackContext caller;
  StackContext self;
  Entry entry = nullptr;
  void* argument = nullptr;
#if defined(__SANITIZE_ADDRESS__)
  const void* caller_bottom = nullptr;
  size_t caller_size = 0;
#endif
#if defined(__SANITIZE_THREAD__)
  void* tsan_self = __tsan_create_fiber(0);
  void* tsan_caller = nullptr;
  ~Impl() { __tsan_destroy_fiber(tsan_self); }
#endif

  OWNSSL_CHANGES_FIBERS static void Run(void* self) {
    auto* impl = static_cast<Impl*>(self);
    impl->Arrived(nullptr);
    impl->entry(impl->argument);
    impl->Leave(nullptr, impl->caller_stack_bottom(), impl->caller_stack_size());
#if defined(__SANITIZE_THREAD__)
    __tsan_switch_to_fiber(impl->tsan_caller, 0);
#endif
    StackContext::Switch(&impl->self, &impl->caller);  // Nobody switches back.
  }

  // AddressSanitizer has to be told of each change of stack.
#if defined(__SANITIZE_ADDRESS__)
  void Leave(void** save, const void* bottom, size_t size) {
    __sanitizer_start_switch_fiber(save, bottom, size);
  }
  void Arrived(void* saved) {
    __sanitizer_finish_switch_fiber(saved, &caller_bottom, &caller_size);
  }
  void Returned(void* saved) { __sanitizer_finish_switch_fiber(saved, nullptr, nullptr); }
  const void* caller_stack_bottom() const { return caller_bottom; }
  size_t caller_stack_size() const { return caller_size; }
#else
  void Leave(void**, const void*, size_t) {}
  void Arrived(void*) {}
  void Returned(void*) {}
  const void* caller_stack_bottom() const { return nullptr; }
  size_t caller_stack_size() const { return 0; }
#endif
};

bool Fiber::Available() { return true; }

Fiber::Fiber() : impl_(std::make_unique<Impl>()) {}

Fiber::~Fiber() { assert(!suspended_); }

bool Fiber::Start(Entry entry, void* argument) {
  if (!impl_->stack) impl_->stack = Stack::Map();
  if (!impl_->stack) return false;
  impl_->entry = entry;
  impl_->argument = argument;
  impl_->self.Prepare(impl_->stack.bottom(), kStackSize, &Impl::Run, impl_.get());
  Switch();
  return true;
}

void Fiber::Resume() {
  assert(suspended_);
  suspended_ = false;
  Switch();
}

OWNSSL_CHANGES_FIBERS void Fiber::Switch() {
  void* fake_stack = nullptr;
  running_ = true;
  impl_->Leave(&fake_stack, impl_->stack.bottom(), kStackSize);
#if defined(__SANITIZE_THREAD__)
  impl_->tsan_caller = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(impl_->tsan_self, 0);
#endif
  StackContext::Switch(&impl_->caller, &impl_->self);
  impl_->Returned(fake_stack);
  running_ = false;
}

OWNSSL_CHANGES_FIBERS void Fiber::Suspend() {
  assert(running_);
  void* fake_stack = nullptr;
  suspended_ = true;
  impl_->Leave(&fake_stack, impl_->caller_stack_bottom(), impl_->caller_stack_size());
#if defined(__SANITIZE_THREAD__)
  __tsan_switch_to_fiber(impl_->tsan_caller, 0);
#endif
  StackContext::Switch(&impl_->self, &impl_->caller);
  impl_->Arrived(fake_stack);
}

}  // namespace ownssl

#endif
