// The values by which sessions and JavaScript understand each other; lib/native/boundary.ts
// has them, too.
#pragma once

#include <cstdint>
#include <vector>

#include "../base/secret.h"

namespace ownssl {

enum class Role { kClient, kServer };

// What a suspended handshake waits for. The values are part of the boundary
// (lib/native/boundary.ts).
enum class Question : uint32_t {
  kNone = 0,
  kClientHello = 1,  // Server: which application protocol?
  kCertificate = 2,  // Server: which context (SNI)? a stapled OCSP response?
  kPskClient = 3,    // Client: identity and key, for an optional hint.
  kPskServer = 4,    // Server: the key of an identity.
  kVerify = 5,       // Both: the peer's chain was verified with this result; is it accepted?
  kNewSession = 6,   // Server: the application keeps a session before the client may use it.
  kOcsp = 7,         // Client: what the server stapled, if anything.
  kSession = 8,      // Server: the session that the client wants to resume by this ID.
  kPrivateKey = 9,   // Both: a key that is elsewhere is to sign, or to decrypt.
};

// Bits of a crossing's result. Part of the boundary.
enum Status : uint32_t {
  kHandshakeDone = 1 << 0,  // An edge: a (re)negotiation ended in this crossing.
  kSuspended = 1 << 1,      // Waits for an answer.
  kOutputFull = 1 << 2,     // Call again with a fresh output buffer.
  kPlaintextFull = 1 << 3,  // Call again with a fresh plaintext buffer.
  kCloseNotify = 1 << 4,    // The peer will send no more data (RFC 8446, 6.1).
  kFailed = 1 << 5,         // Fatal; error() tells. Output may hold the alert for the peer.
  kEvents = 1 << 6,         // TakeEvents() has something.
  kBlocked = 1 << 7,        // A write waits for a handshake in progress.
  kOffloaded = 1 << 8,      // The handshake goes on in a thread (steps.h).
  kInputEnded = 1 << 9,     // The socket has no more; progress.error tells whether it is an error.
};

// What OpenSSL reported in passing, delivered when the crossing is over. Part of the boundary.
struct Event {
  enum class Kind : uint32_t {
    kKeylog = 1,
    kSession = 2,
    kHandshakeStart = 3,     // The peer begins a renegotiation.
    kOwnHandshakeStart = 4,  // A renegotiation begins that our side has asked for.
  };
  Kind kind;
  std::vector<uint8_t> id;  // kSession: the session's ID.
  SecretBytes data;         // A line of the key log, or a session with its master secret.
};

}  // namespace ownssl
