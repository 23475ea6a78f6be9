// What a certificate (RFC 5280) says, in the words of Node's certificate objects
// (X509Certificate.toLegacyObject()). OpenSSL has parsed it, but nobody has verified it: any field
// may be odd, or missing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../openssl/api.h"
#include "key_facts.h"

namespace ownssl {

// Text is UTF-8 unless something else is said, and may hold zeros and invalid sequences.
struct CertificateFacts {
  // An extension that is absent, or present and not readable, or read.
  struct Extension {
    bool present = false;
    std::optional<std::string> text;
  };
  // Types (short names, or digits) with values, in the certificate's order. A value that is no text
  // is missing.
  using Name = std::vector<std::pair<std::string, std::optional<std::string>>>;

  Name subject;
  Name issuer;
  Extension alternative_names;  // "DNS:a.example, DNS:b.example" (general_names.h)
  Extension info_access;        // "OCSP - URI:http://a.example/\nCA Issuers - URI:…"
  bool authority = false;
  // Only keys of the kinds RSA and EC that this OpenSSL can decode are here.
  std::optional<KeyFacts> key;
  std::string valid_from;  // "Jan  1 00:00:00 2026 GMT"
  std::string valid_to;
  std::string sha1, sha256, sha512;  // "AB:CD:…"; empty where there is no such hash.
  // Extended key usages, as object identifiers in digits.
  std::optional<std::vector<std::string>> usages;
  std::string serial_number;  // Hexadecimal digits.
  Bytes der;

  bool self_issued = false;
  // The kind of key ("RSA", "ED25519", "ML-DSA-65"); an algorithm's identifier where this OpenSSL
  // cannot decode the key.
  std::string key_type;
};

CertificateFacts FactsOf(X509* certificate);

CertificateFacts::Name DistinguishedNameOf(const X509_NAME* name);

// "DNS:a.example, DNS:b.example"
std::string TextOfNames(const GENERAL_NAMES* names);

// "Jan  1 00:00:00 2026 GMT"; empty for none.
std::string TextOf(const ASN1_TIME* time);

}  // namespace ownssl
