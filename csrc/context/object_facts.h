// Says what is in keys, requests, revocation lists, PKCS#7 files and sessions, for people who look
// into files (`ownssl inspect`). OpenSSL has parsed them, but nobody has verified them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "../base/secret.h"
#include "../base/span.h"
#include "certificate_facts.h"

namespace ownssl {

struct PublicKeyOutline {
  std::string type;   // OpenSSL's name: "RSA", "EC", "ED25519".
  std::string group;  // OpenSSL's name of the curve; empty for keys that are on none.
  int bits = 0;
  int security_bits = 0;  // The strength by NIST SP 800-57, as OpenSSL computes it.
  Bytes spki;             // SubjectPublicKeyInfo.
};

// Describes the signature of anything that is signed.
struct SignatureOutline {
  std::string algorithm;  // "sha256WithRSAEncryption"
  Bytes spki;             // For a certificate, its key's.
};

struct RequestFacts {
  CertificateFacts::Name subject;
  std::string alternative_names;
  std::string signature;
  PublicKeyOutline key;
  bool proven = false;  // Its signature is by its own key.
};

struct CrlFacts {
  CertificateFacts::Name issuer;
  std::string this_update;
  std::string next_update;
  std::string signature;
  int revoked = 0;
};

struct SessionFacts {
  int protocol = 0;  // TLS1_3_VERSION and the like.
  std::string cipher;
  std::string server_name;
  double lifetime = 0;  // Seconds.
  bool ticket = false;
  double early_data = 0;
};

// All of these return nothing for bytes that are not the DER of such an object, or that go on
// behind it; OpenSSL's error queue then says why.
std::optional<SignatureOutline> OutlineOfCertificate(Span der);
std::optional<PublicKeyOutline> OutlineOfPublicKey(Span der);
std::optional<RequestFacts> FactsOfRequest(Span der);
std::optional<CrlFacts> FactsOfCrl(Span der);
std::optional<SessionFacts> FactsOfSession(Span der);
// The certificates in a PKCS#7 file (DER), as DER.
std::optional<std::vector<Bytes>> CertificatesOfPkcs7(Span der);

// A private key, as PEM or DER.
std::optional<PublicKeyOutline> OutlineOfPrivateKey(Span bytes, const Secret* passphrase);

struct Pkcs12Facts {
  std::vector<Bytes> certificates;
  std::optional<PublicKeyOutline> key;
};
std::optional<Pkcs12Facts> FactsOfPkcs12(Span der, const Secret* passphrase, bool legacy);

}  // namespace ownssl
