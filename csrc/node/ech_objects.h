// Encrypted ClientHello, as lib/native/ech-boundary.ts has it.
#pragma once

#include <napi.h>

namespace ownssl {

void ExportEch(Napi::Env env, Napi::Object exports);

}  // namespace ownssl
