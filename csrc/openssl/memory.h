// OpenSSL's memory, counted. That it is ours to count is also the proof of isolation: when libssl
// allocates through these functions, its calls reach the libcrypto that we gave them to.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ownssl {

// Before OpenSSL's first allocation. False when it is too late for that.
bool InstallMemoryFunctions();

struct LiveMemory {
  int64_t allocations = 0;
  int64_t bytes = 0;
};

// What OpenSSL holds at this moment, all threads together. Zero where the functions aren't
// installed.
LiveMemory LiveAllocations();

// Whether a new SSL_CTX takes its memory from here.
enum class Canary { kSings, kSilent, kNoContext };
Canary ListenToCanary();

}  // namespace ownssl
