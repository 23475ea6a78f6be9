// Adds everything about TLS (lib/native/boundary.ts) to the exports of the addon.
#pragma once

#include <napi.h>

namespace ownssl {

void ExportTls(Napi::Env env, Napi::Object exports);

}  // namespace ownssl
