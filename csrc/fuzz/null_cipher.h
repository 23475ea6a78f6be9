// AES-128-GCM without encryption and without authentication, for fuzzing alone.
//
// Where it is in use, what one end says can be changed on its way to the other behind the
// encryption, too: all of TLS 1.3's handshake but the hellos, tickets, key updates, data.
#pragma once

namespace ownssl::fuzz {

// From now on it is the AES-128-GCM of this process. False if OpenSSL refuses.
bool InstallNullCipher();

// From now on OpenSSL's random numbers are those of a simple generator, so that an input does the
// same each time.
bool InstallPredictableRandom();
void RestartRandom();

}  // namespace ownssl::fuzz
