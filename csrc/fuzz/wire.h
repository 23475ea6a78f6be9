// What an attacker can do to bytes on their way, as decisions of the fuzzer.
#pragma once

#include <string>

#include "input.h"

namespace ownssl::fuzz {

// Changes some of `bytes`, which are records of TLS as long as nobody has damaged them.
void Damage(Input* input, std::string* bytes);

// A record of its own, with the fuzzer's content.
std::string Record(uint8_t type, Span content);
// A handshake message.
std::string Message(uint8_t type, Span body);

}  // namespace ownssl::fuzz
