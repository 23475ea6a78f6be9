// Where stacks can't be changed everything runs on the caller's stack, and nothing can wait.
#include "fiber.h"
#include "stack_context.h"

#if !defined(OWNSSL_STACK_SWITCH) && !defined(_WIN32)

namespace ownssl {

struct Fiber::Impl {};

bool Fiber::Available() { return false; }
Fiber::Fiber() = default;
Fiber::~Fiber() = default;
bool Fiber::Start(Entry, void*) { return false; }
void Fiber::Resume() {}
void Fiber::Switch() {}
void Fiber::Suspend() {}

}  // namespace ownssl

#endif
