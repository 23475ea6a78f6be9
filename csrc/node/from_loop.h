// What libuv calls stands between no JavaScript and Node-API: an exception of C++ that left it
// would end the process.
#pragma once

#include <napi.h>

namespace ownssl {

// In a worker that is being terminated any call of Node-API may throw, though nothing of JavaScript
// did: it may not even look at a value. The environment is about to end, and what was still to be
// done goes with it. What JavaScript throws never gets here (Turn::Call()).
template <typename Function>
void FromLoop(const Function& function) noexcept {
  try {
    function();
  } catch (const Napi::Error&) {
  }
}

}  // namespace ownssl
