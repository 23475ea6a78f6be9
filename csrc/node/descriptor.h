// The descriptor of a stream socket, read and written on Node's event loop: ciphertext on its way
// between the kernel and a Session passes no stream of JavaScript. lib/descriptor-path.ts uses it.
#pragma once

#include <napi.h>

namespace ownssl {

// Exports `Descriptor` and `watchDescriptors`; nothing where libuv's headers or POSIX are missing.
void ExportDescriptor(Napi::Env env, Napi::Object exports);

}  // namespace ownssl
