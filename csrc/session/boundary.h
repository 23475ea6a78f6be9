// The values by which sessions and JavaScript understand each other; lib/native/boundary.ts
// has them, too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "../base/secret.h"

namespace ownssl {

enum class Role { kClient, kServer };

// A suspended handshake waits for one of these.
enum class Question : uint32_t {
  kNone = 0,
  kClientHello = 1,         // Which application protocol does the server choose?
  kCertificate = 2,         // Which context (SNI) does the server use, and which OCSP response?
  kPskClient = 3,           // Which identity and key does the client use, for an optional hint?
  kPskServer = 4,           // Which key does the server have for an identity?
  kVerify = 5,              // Is the peer's chain, which was verified with this result, accepted?
  kNewSession = 6,          // The server keeps a session before the client may use it.
  kOcsp = 7,                // The client looks at what the server stapled, if anything.
  kSession = 8,             // Which session does the server have for the ID that is to be resumed?
  kPrivateKey = 9,          // Either side's key, which is elsewhere, is to sign, or to decrypt.
  kClientCertificate = 10,  // Which certificate does the client show, if any?
};

// These bits are a crossing's result.
enum Status : uint32_t {
  kHandshakeDone = 1 << 0,  // A handshake, or a renegotiation, ended in this crossing.
  kSuspended = 1 << 1,      // The handshake waits for an answer.
  kOutputFull = 1 << 2,     // Call again with a fresh output buffer.
  kPlaintextFull = 1 << 3,  // Call again with a fresh plaintext buffer.
  kCloseNotify = 1 << 4,    // The peer will send no more data (RFC 8446, 6.1).
  kFailed = 1 << 5,      // The connection has failed; error() says why. Output may hold the alert.
  kEvents = 1 << 6,      // TakeEvents() has something.
  kBlocked = 1 << 7,     // A write waits for a handshake in progress.
  kOffloaded = 1 << 8,   // The handshake goes on in a thread (offloaded_session.h).
  kInputEnded = 1 << 9,  // The socket has no more; progress.error tells whether it is an error.
};

// What is taken of raw public keys (RFC 7250), where Feature::kRawPublicKeys is there. Our own key
// is shown in place of a certificate, or it is not, to peers that take it so. Part of the boundary.
enum class RawKeys : uint8_t { kNone, kAlso, kOnly };

// OpenSSL reported this in passing. It is told when the crossing is over.
struct Event {
  enum class Kind : uint32_t {
    kKeylog = 1,
    kSession = 2,
    kHandshakeStart = 3,     // The peer begins a renegotiation.
    kOwnHandshakeStart = 4,  // A renegotiation begins that our side has asked for.
    // Of a session that is observed; the first byte of the data is 1 for what was sent.
    kAlert = 5,      // Then come its level and its description (RFC 8446, 6).
    kKeyUpdate = 6,  // Then 1 where the other side is asked to do the same (RFC 8446, 4.6.3).
    kEarlyData = 7,  // Server: what came with the ClientHello.
  };
  Kind kind;
  std::vector<uint8_t> id;  // kSession: the session's ID.
  SecretBytes data;         // A line of the key log, or a session with its master secret.
};

// The numbers that a crossing leaves.
struct CrossingProgress {
  size_t consumed = 0;   // of the input
  size_t plaintext = 0;  // bytes read into the plaintext buffer
  size_t output = 0;     // bytes of ciphertext in the output buffer
  size_t written = 0;    // bytes of plaintext taken by Write()
  size_t received = 0;   // bytes of ciphertext read from the socket
  int error = 0;         // kInputEnded: 0, or the value of errno
  ptrdiff_t sent = 0;    // bytes of the output that the socket took, or the negative of errno
};

enum class ChannelBindingKind : uint32_t { kExporter = 0, kServerEndPoint = 1, kUnique = 2 };

struct ChannelBinding {
  std::vector<uint8_t> data;
  const char* missing = nullptr;  // Why there is none.
};

}  // namespace ownssl
