// What a certificate says of its public key, in the words of Node's certificate objects
// (certificate_facts.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "../openssl/api.h"

namespace ownssl {

using Bytes = std::vector<uint8_t>;

struct KeyFacts {
  int bits = 0;
  Bytes encoded;         // RSA: a SubjectPublicKeyInfo. EC: the point, uncompressed.
  Bytes point;           // EC: as it stands in the certificate.
  std::string modulus;   // RSA: hexadecimal digits.
  std::string exponent;  // RSA: the same.
  bool pss = false;      // RSA: for RSASSA-PSS only.
  std::string curve;     // EC: OpenSSL's name, if it has one.
  std::string nist;      // EC: NIST's name, if it has one.
};

// Describes the certificate's key, which may be null. There is nothing to say of kinds other than
// RSA and EC.
std::optional<KeyFacts> KeyFactsOf(X509* certificate, const EVP_PKEY* key);

// Names the kind of key ("RSA", "ED25519", "ML-DSA-65"); for null it gives the algorithm's
// identifier.
std::string KeyTypeOf(X509* certificate, const EVP_PKEY* key);

}  // namespace ownssl
