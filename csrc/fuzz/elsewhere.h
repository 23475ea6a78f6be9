// The place where external keys are, for fuzzers and tests.
#pragma once

#include <string>

#include "../base/secret.h"
#include "../context/external_key/key_user.h"

namespace ownssl::fuzz {

// What a key in PEM answers to a request for a signature.
Secret SignElsewhere(const std::string& pem, const KeyRequest& request);

}  // namespace ownssl::fuzz
