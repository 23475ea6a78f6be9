// The strict profile of certificates, as lib/handshake/certificate-profile/ sees it. The rules are
// there; a session knows whether they are to hold, and resumes only what they were asked about.

#include "session_object.h"

namespace ownssl {

void SessionObject::RequireStrictProfile(Info info) { session(info)->strictness().required = true; }

// hasStrictProfile(): whether the connection or its context requires it.
Napi::Value SessionObject::HasStrictProfile(Info info) {
  return Napi::Boolean::New(info.Env(), session(info)->strict());
}

// failStrictProfile(): no session of this handshake is to be resumed.
void SessionObject::FailStrictProfile(Info info) { session(info)->strictness().failed = true; }

}  // namespace ownssl
