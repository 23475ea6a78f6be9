// Counts OpenSSL's memory. That this can be counted is also a proof of isolation: when libssl
// allocates through these functions, its calls reach the libcrypto that was given them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ownssl {

// Has to be called before OpenSSL allocates for the first time. False when it is too late for that.
bool InstallMemoryFunctions();

struct LiveMemory {
  int64_t allocations = 0;
  int64_t bytes = 0;
};

// Counts what OpenSSL holds at this moment, all threads together. Zero where the functions aren't
// installed.
LiveMemory LiveAllocations();

// Says whether a new SSL_CTX takes its memory from here.
enum class Canary { kSings, kSilent, kNoContext };
Canary ListenToCanary();

}  // namespace ownssl
