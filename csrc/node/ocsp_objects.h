// What lib/ sees of OCSP, beside the methods of contexts and sessions.
#pragma once

#include <napi.h>

#include "../context/ocsp_response.h"

namespace ownssl {

// checkOcsp(): throws where the OpenSSL in use is built without it.
void CheckOcsp(const Napi::CallbackInfo& info);

// An OcspStatus (lib/native/ocsp-boundary.ts).
Napi::Object ToObject(Napi::Env env, const OcspJudgement& judgement);

}  // namespace ownssl
