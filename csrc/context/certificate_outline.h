// Reads as much of a certificate as is needed to find it by its subject. OpenSSL's parser would
// take two thousand times as long. What is not understood here is no error, but left to that
// parser.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "../base/span.h"

namespace ownssl {

// The DER in a PEM text that is one certificate and nothing else.
std::optional<std::vector<uint8_t>> SingleCertificate(Span pem);

// The subject's Name (RFC 5280, 4.1.2.6), as it stands in `certificate`.
std::optional<Span> SubjectOf(Span certificate);

// Equal for names that X509_NAME_cmp() finds equal: it compares without case, without regard to
// spaces, and across string types. Different names may be equal here as well.
std::optional<uint64_t> HashOfName(Span name);

}  // namespace ownssl
