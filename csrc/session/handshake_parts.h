// What a Session knows of one handshake, apart from OpenSSL.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "../base/secret.h"

namespace ownssl {

// Whether the application has chosen a context.
enum class HandshakeChoice : uint8_t { kOpen, kMade, kRefused };

// Whether a server asks for a client's certificate, and ends the handshake without one that holds.
struct CertificateDemand {
  bool request = false;
  bool require = false;
};

// What a session was told to do.
struct SessionSettings {
  bool trace = false;
  bool observed = false;
  bool keeps_client_hello = false;
  bool awaits_client_hello = false;  // It is yet to pass in this handshake.
  bool asks_client_hello = false;
  bool asks_alpn = false;
  bool asks_certificate = false;
  bool asks_session = false;
  bool asks_new_session = false;
  bool session_events = false;
  bool keylog = false;
  bool refuses_renegotiation = false;
};

// Begins anew with each renegotiation.
struct ThisHandshake {
  bool client_hello_seen = false;
  HandshakeChoice context = HandshakeChoice::kOpen;
  std::vector<uint8_t> session_id;  // The ID that OpenSSL looks for.
  bool session_refused = false;
  // What the context that the application has chosen says of client certificates, if anything.
  std::optional<CertificateDemand> demand;
};

// A pre-shared key as the application has answered.
struct PreSharedKey {
  std::string identity_hint;        // Server: what clients are told.
  std::optional<std::string> hint;  // Client: what it was told.
  std::string identity;
  bool cut = false;  // Server: the identity that is looked at goes on behind a zero byte.
  Secret key;
};

// The TLSA record (RFC 6698) that a server was verified by, and the certificate it is about.
struct DaneMatch {
  uint8_t usage, selector, type;
  int depth;  // In the chain.
};

// The strict profile of certificates, which lib/handshake/certificate-profile/ has.
struct Strictness {
  bool required = false;  // By the connection, whatever its context says.
  bool failed = false;    // What a client has shown in this handshake does not hold.
};

struct EarlyData {
  Secret unsent;         // Client.
  bool reading = false;  // Server: there may be more.
};

}  // namespace ownssl
