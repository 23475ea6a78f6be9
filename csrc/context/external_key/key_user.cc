#include "key_user.h"

#include <utility>

namespace ownssl {
namespace {

thread_local KeyUser* current = nullptr;

}  // namespace

KeyUser* KeyUser::Current() { return current; }

KeyUser::Scope::Scope(KeyUser* user) : outer_(std::exchange(current, user)) {}

KeyUser::Scope::~Scope() { current = outer_; }

}  // namespace ownssl
