// What the OCSP response says that a server has stapled (RFC 6066, 8).
#pragma once

#include "../context/ocsp_response.h"
#include "session.h"

namespace ownssl {

// Client: what it says of the server's certificate. Needs Feature::kOcsp.
OcspJudgement JudgeStaple(const Session& session);
// Whether this certificate wants to come with one (RFC 7633).
bool PeerWantsStaple(const Session& session);

}  // namespace ownssl
