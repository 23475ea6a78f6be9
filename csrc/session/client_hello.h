// The ClientHello of a connection (RFC 8446, 4.1.2): what is kept of it, and what the application
// makes of it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "../context/secure_context.h"
#include "handshake_parts.h"

namespace ownssl {

// What ALPN, SNI and OCSP need.
struct ClientHello {
  std::string servername;
  std::vector<uint8_t> alpn;  // As on the wire: a length byte before each name.
  bool wants_ocsp = false;
  bool post_handshake_auth = false;  // The client may be asked for a certificate later.
};

// The message as it was sent or received, put together from its records, with its header of four
// bytes. A client that can still speak SSL 2.0 sends its first hello in that format, which has
// other fields: `sslv2`.
struct ClientHelloMessage {
  std::vector<uint8_t> bytes;
  bool sslv2 = false;
};

// What the application chooses for this connection. What is empty stays as it was.
struct ConnectionChoice {
  std::shared_ptr<SecureContext> context;
  std::optional<std::vector<uint8_t>> alpn;  // What the server offers, in its order.
  int min_version = 0;
  int max_version = 0;
  std::optional<CertificateDemand> demand;
};

}  // namespace ownssl
