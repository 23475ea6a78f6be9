// The descriptor of a stream socket, which is read and written on Node's event loop, so that
// ciphertext between the kernel and a Session passes through no stream of JavaScript.
// lib/stream/descriptor-path.ts uses it.
#pragma once

#include <napi.h>

#include <memory>

#include "../io/stream_socket.h"

namespace ownssl {

// Exports `Descriptor` and `watchDescriptors`; nothing where libuv's headers or POSIX are missing.
void ExportDescriptor(Napi::Env env, Napi::Object exports);

// The socket of a Descriptor, which from now on leaves the reading to others and only tells them
// when there is something. Null if `value` is none, or closed.
std::shared_ptr<StreamSocket> ConnectDescriptor(const Napi::Value& value);

// The socket of a Descriptor, or of a StreamSocket; null if `value` is neither, or was given up.
std::shared_ptr<StreamSocket> ToAnySocket(const Napi::Value& value);

}  // namespace ownssl
