// Compresses the certificate message of TLS 1.3 (RFC 8879).
#pragma once

#include <string>
#include <vector>

#include "../openssl/api.h"

namespace ownssl {

struct CertificateCompression {
  int number;  // The number that IANA gave it, which OpenSSL uses, too.
  const char* name;
  const char* build_option;
};

// The algorithm of a name; null if there is none.
const CertificateCompression* FindCertificateCompression(const std::string& name);

// The algorithms that the library in use was built with and can load: it may open zlib's own
// library only now.
std::vector<CertificateCompression> CertificateCompressions();

// "certificate compression with zlib needs OpenSSL 3.2 or later ...", if this library can't do it.
std::string CertificateCompressionUnavailable(const CertificateCompression& algorithm);

}  // namespace ownssl
