#include "stack_context.h"

#ifdef OWNSSL_STACK_SWITCH

#include <cstdint>

#ifdef OWNSSL_UCONTEXT

namespace ownssl {

void StackContext::Prepare(void* bottom, size_t size, Entry entry, void* argument) {
  getcontext(context());
  context()->uc_stack.ss_sp = bottom;
  context()->uc_stack.ss_size = size;
  context()->uc_link = nullptr;
  entry_ = entry;
  argument_ = argument;
  // makecontext() passes ints only, so the pointer comes in two halves.
  const auto address = static_cast<uint64_t>(reinterpret_cast<uintptr_t>(this));
  makecontext(context(), reinterpret_cast<void (*)()>(&StackContext::Enter), 2,
              static_cast<unsigned>(address >> 32), static_cast<unsigned>(address));
}

void StackContext::Enter(unsigned high, unsigned low) {
  const uint64_t address = (static_cast<uint64_t>(high) << 32) | low;
  auto* context = reinterpret_cast<StackContext*>(static_cast<uintptr_t>(address));
  context->entry_(context->argument_);
}

void StackContext::Switch(StackContext* from, StackContext* to) {
  swapcontext(from->context(), to->context());
}

}  // namespace ownssl

#else

// What a function has to preserve (System V ABI, AMD64 supplement, 3.2.1; Procedure Call Standard
// for the Arm 64-bit Architecture, 6.1) is pushed on the stack that is left and popped from the
// other one. A new stack holds the same, with the address of ownssl_stack_enter to return to.

#ifdef __APPLE__
#define OWNSSL_SYMBOL(name) "_" name
#define OWNSSL_HIDDEN(name) ".private_extern _" name "\n"
#else
#define OWNSSL_SYMBOL(name) name
#define OWNSSL_HIDDEN(name) ".hidden " name "\n"
#endif
#define OWNSSL_FUNCTION(name) \
  ".p2align 4\n.globl " OWNSSL_SYMBOL(name) "\n" OWNSSL_HIDDEN(name) OWNSSL_SYMBOL(name) ":\n"

extern "C" {
// Saves the caller's stack pointer at `save` and goes on at `stack`.
void ownssl_stack_switch(void** save, void* stack);
void ownssl_stack_enter();
}

#ifdef __x86_64__

namespace {

// What ownssl_stack_switch() pops, from the lowest address up.
struct Frame {
  uint32_t mxcsr;  // Rounding and exceptions of SSE,
  uint32_t x87;    // and of the x87: the ABI preserves both.
  uintptr_t r15;
  uintptr_t r14;
  uintptr_t r13;
  uintptr_t r12;
  uintptr_t rbx;
  uintptr_t rbp;
  uintptr_t address;
};

Frame FirstFrame(uintptr_t entry, uintptr_t argument) {
  Frame frame{};
  asm("stmxcsr %0" : "=m"(frame.mxcsr));
  asm("fnstcw %0" : "=m"(frame.x87));
  frame.rbx = argument;
  frame.r12 = entry;
  frame.address = reinterpret_cast<uintptr_t>(&ownssl_stack_enter);
  return frame;
}

}  // namespace

asm(".text\n" OWNSSL_FUNCTION("ownssl_stack_switch") R"(
  .cfi_startproc
  endbr64
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  subq $8, %rsp
  stmxcsr (%rsp)
  fnstcw 4(%rsp)
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  ldmxcsr (%rsp)
  fldcw 4(%rsp)
  addq $8, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
  .cfi_endproc
)" OWNSSL_FUNCTION("ownssl_stack_enter") R"(
  .cfi_startproc
  .cfi_undefined rip
  endbr64
  movq %rbx, %rdi
  callq *%r12
  ud2
  .cfi_endproc
)");

#else  // AArch64

namespace {

struct Frame {
  uintptr_t x19_to_x28[10];
  uintptr_t x29;
  uintptr_t x30;
  uint64_t d8_to_d15[8];
};

Frame FirstFrame(uintptr_t entry, uintptr_t argument) {
  Frame frame{};
  frame.x19_to_x28[0] = argument;
  frame.x19_to_x28[1] = entry;
  frame.x30 = reinterpret_cast<uintptr_t>(&ownssl_stack_enter);
  return frame;
}

}  // namespace

asm(".text\n" OWNSSL_FUNCTION("ownssl_stack_switch") R"(
  .cfi_startproc
  hint #34
  sub sp, sp, #160
  stp x19, x20, [sp, #0]
  stp x21, x22, [sp, #16]
  stp x23, x24, [sp, #32]
  stp x25, x26, [sp, #48]
  stp x27, x28, [sp, #64]
  stp x29, x30, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x2, sp
  str x2, [x0]
  mov sp, x1
  ldp x19, x20, [sp, #0]
  ldp x21, x22, [sp, #16]
  ldp x23, x24, [sp, #32]
  ldp x25, x26, [sp, #48]
  ldp x27, x28, [sp, #64]
  ldp x29, x30, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  add sp, sp, #160
  ret
  .cfi_endproc
)" OWNSSL_FUNCTION("ownssl_stack_enter") R"(
  .cfi_startproc
  .cfi_undefined x30
  hint #34
  mov x0, x19
  blr x20
  brk #0
  .cfi_endproc
)");

#endif

namespace ownssl {

void StackContext::Prepare(void* bottom, size_t size, Entry entry, void* argument) {
  const uintptr_t top = (reinterpret_cast<uintptr_t>(bottom) + size) & ~uintptr_t{15};
  static_assert(sizeof(Frame) % 16 == 0, "The stack is aligned where a function is called");
  auto* frame = reinterpret_cast<Frame*>(top - sizeof(Frame));
  *frame = FirstFrame(reinterpret_cast<uintptr_t>(entry), reinterpret_cast<uintptr_t>(argument));
  pointer_ = frame;
}

void StackContext::Switch(StackContext* from, StackContext* to) {
  ownssl_stack_switch(&from->pointer_, to->pointer_);
}

}  // namespace ownssl

#endif
#endif
