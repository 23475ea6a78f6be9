// Everything of TLS that lib/native/boundary.ts sees, on the exports of the addon.
#pragma once

#include <napi.h>

namespace ownssl {

void ExportTls(Napi::Env env, Napi::Object exports);

}  // namespace ownssl
