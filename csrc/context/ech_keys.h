// Encrypted ClientHello (RFC 9849): the keys of a server, and what a configuration of a client
// says. Everything here needs Feature::kEncryptedClientHello.
#pragma once

#include <optional>
#include <string>

#include "../base/secret.h"
#include "../base/span.h"
#include "../openssl/api.h"
#include "../openssl/pointers.h"

namespace ownssl {

// OpenSSL's OSSL_ECHSTORE, a type that older headers do not have.
using EchStorePointer = OpenSSLPointer<void, &Api::OSSL_ECHSTORE_free>;

class EchKeys {
 public:
  enum class Result { kOk, kNoKey, kNoConfiguration, kOtherKey, kFailed };

  // Adds a private key and its configurations, in PEM (RFC 9934). `retry`: clients that come with
  // others are told to use these. What fails leaves the keys of no use, and its reason in the error
  // queue.
  Result Add(Span pem, bool retry);
  // For one server's connection, which gets a copy.
  bool UseOn(SSL* ssl) const;

 private:
  bool Take(int first);

  EchStorePointer store_;
  bool tries_all_ = false;  // Two configurations have the same number.
  bool known_[256] = {};    // Which numbers there are.
};

// A new key for X25519 and its configuration, in PEM. Empty if OpenSSL refuses the name.
Secret GenerateEchKey(const std::string& public_name, uint8_t max_name_length);

// The public name of the only configuration in an ECHConfigList; none if OpenSSL can't use it.
std::optional<std::string> EchPublicName(Span list);

}  // namespace ownssl
