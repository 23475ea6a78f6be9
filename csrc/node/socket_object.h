// A stream socket of the kernel in JavaScript's hands: `StreamSocket` (socket_methods.h). An I/O
// thread reads and writes it. lib/stream/io-path.ts uses it.
#pragma once

#include <napi.h>

#include <memory>

#include "../io/stream_socket.h"

namespace ownssl {

// Exports `StreamSocket`; there is nothing on Windows.
void ExportSocket(Napi::Env env, Napi::Object exports);

// Returns null if `value` is no socket, or was given up.
std::shared_ptr<StreamSocket> ToStreamSocket(const Napi::Value& value);

}  // namespace ownssl
