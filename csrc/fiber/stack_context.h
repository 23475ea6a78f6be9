// A stack that was left, and can be returned to. swapcontext() offers the same, but makes a system
// call for the signal mask at each change, and musl does not have it.
#pragma once

#include <cstddef>

#if (defined(__x86_64__) || defined(__aarch64__)) && (defined(__ELF__) || defined(__APPLE__)) && \
    !defined(__ILP32__)
#define OWNSSL_STACK_SWITCH 1
#elif defined(__linux__) && defined(__GLIBC__)
#define OWNSSL_STACK_SWITCH 1
#define OWNSSL_UCONTEXT 1
#include <ucontext.h>
#endif

#ifdef OWNSSL_STACK_SWITCH

namespace ownssl {

class StackContext {
 public:
  using Entry = void (*)(void* argument);

  // Switching to it for the first time calls `entry`, which must never return. `bottom` is the
  // lowest address of the stack.
  void Prepare(void* bottom, size_t size, Entry entry, void* argument);

  // Leaves `from`, the stack of the caller, and returns when somebody switches to it.
  static void Switch(StackContext* from, StackContext* to);

 private:
#ifdef OWNSSL_UCONTEXT
  static void Enter(unsigned high, unsigned low);

  ucontext_t* context() { return reinterpret_cast<ucontext_t*>(context_); }

  // They are kept as bytes: on some processors the structure ends in an array without a size, which
  // ISO C++ does not take as a member.
  alignas(ucontext_t) unsigned char context_[sizeof(ucontext_t)]{};
  Entry entry_ = nullptr;
  void* argument_ = nullptr;
#else
  // The other registers lie on the stack itself.
  void* pointer_ = nullptr;
#endif
};

}  // namespace ownssl

#endif
