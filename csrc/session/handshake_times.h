// What the handshakes of a session have taken so far.
#pragma once

#include <chrono>
#include <cstdint>

namespace ownssl {

struct HandshakeTimes {
  std::chrono::nanoseconds worked{0};  // By OpenSSL, in whichever thread.
  std::chrono::nanoseconds queued{0};  // Waiting for a thread.
  uint32_t steps = 0;                  // Done in threads.
};

}  // namespace ownssl
