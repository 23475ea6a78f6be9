// Encrypted ClientHello (RFC 9849) in one connection. All but EchAccepted() needs
// Feature::kEncryptedClientHello.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "../openssl/api.h"

namespace ownssl {

constexpr int kEchRequired = 121;  // The alert of a client whose offer is refused.

// What a client offers.
struct EchOffer {
  std::vector<uint8_t> config;            // An ECHConfigList of one; empty: GREASE.
  std::optional<std::string> outer_name;  // In place of the public name; empty: none is sent.
};

// How it stands. Part of the boundary.
enum class EchStatus : uint8_t { kNotConfigured, kNone, kAccepted, kRefused, kGrease, kBackend };

struct EchOutcome {
  EchStatus status = EchStatus::kNotConfigured;
  std::optional<std::string> inner_name;
  std::optional<std::string> outer_name;
};

// From the ServerHello on.
EchOutcome ReadEchOutcome(SSL* ssl);

// A server's, from the client hello callback on: the ClientHello is the inner one.
bool EchAccepted(SSL* ssl);

// Within the client hello callback, the message that OpenSSL goes by, with its header. It is put
// together from what OpenSSL keeps, which drops the extensions that it does not know.
std::vector<uint8_t> InnerClientHello(SSL* ssl);

// Which configurations a server that has refused ours wants. Empty if it has not said so, or not in
// due form.
std::vector<uint8_t> EchRetryConfigs(SSL* ssl);

}  // namespace ownssl
