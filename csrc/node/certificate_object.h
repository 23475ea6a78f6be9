// Gives what a certificate says to lib/handshake/certificate-object.ts, which gives it the shape of
// the running Node.
#pragma once

#include <napi.h>

#include "../context/certificate_facts.h"

namespace ownssl {

// describeCertificate(der) returns a CertificateFacts (lib/native/boundary.ts); undefined for what
// is no certificate.
Napi::Value DescribeCertificate(const Napi::CallbackInfo& info);

// A NameFacts.
Napi::Value ToName(Napi::Env env, const CertificateFacts::Name& name);

}  // namespace ownssl
