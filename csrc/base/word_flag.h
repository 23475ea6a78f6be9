// A flag that threads exchange. It is a whole word: for an exchange of a byte, GCC before 13 calls
// libatomic on riscv64, which the addon does not link to.
#pragma once

#include <atomic>

namespace ownssl {

using WordFlag = std::atomic<int>;

}  // namespace ownssl
