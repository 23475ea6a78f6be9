// Judges what an OCSP responder says of a certificate (RFC 6960). The response is anybody's bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "../base/span.h"
#include "../openssl/api.h"

namespace ownssl {

// The names that JavaScript gets are in NameOf().
enum class OcspVerdict : uint8_t {
  kGood,
  kRevoked,
  kUnknown,       // The responder does not know the certificate.
  kMissing,       // There is no response.
  kMalformed,     // It is no response, or has critical extensions, which nobody here understands.
  kUnsuccessful,  // The responder has no answer; response_status says why.
  kUntrusted,     // Neither the issuer nor somebody whom the issuer has appointed has signed it.
  kMismatch,      // It is about other certificates.
  kNotYetValid,
  kExpired,
};
const char* NameOf(OcspVerdict verdict);

// Times are seconds since 1970. They are there where the response was understood so far.
struct OcspJudgement {
  OcspVerdict verdict = OcspVerdict::kMalformed;
  int response_status = 0;  // OCSPResponseStatus (RFC 6960, 4.2.1).
  int reason = -1;          // CRLReason (RFC 5280, 5.3.1) of what is revoked; -1: none is given.
  std::optional<int64_t> produced_at;
  std::optional<int64_t> this_update;
  std::optional<int64_t> next_update;
  std::optional<int64_t> revoked_at;
};

// `issuer` has to be the one that has signed `leaf`. What is weaker than `security_level` (as in
// SSL_get_security_level()) is no signature. Needs Feature::kOcsp.
OcspJudgement JudgeOcspResponse(Span der, X509* leaf, X509* issuer, int security_level);

// When a response that is good is no longer to be shown, in seconds since 1970.
int64_t EndOf(const OcspJudgement& judgement);

// The certificate among these that has signed `leaf`, by its name and by the signature; null if
// there is none.
X509* FindIssuer(X509* leaf, const std::vector<X509*>& candidates);

// Whether the certificate wants an OCSP response to be stapled (RFC 7633).
bool WantsStaple(X509* certificate);

// An OCSP request about `leaf` (RFC 6960, 4.1.1), without a nonce, so that responders may have the
// answer ready (RFC 5019). Empty if OpenSSL refuses. Needs Feature::kOcsp.
std::vector<uint8_t> OcspRequestFor(X509* leaf, X509* issuer);

// Where the certificate says that its responder is (RFC 5280, 4.2.2.1).
std::vector<std::string> OcspRespondersOf(X509* certificate);

}  // namespace ownssl
