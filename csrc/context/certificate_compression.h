// Compression of the certificate message of TLS 1.3 (RFC 8879).
#pragma once

#include <string>
#include <vector>

#include "../openssl/api.h"

namespace ownssl {

struct CertificateCompression {
  int number;  // IANA's, and OpenSSL's
  const char* name;
  const char* build_option;
};

// All that have a name. Null for a name of something else.
const CertificateCompression* FindCertificateCompression(const std::string& name);

// What the library in use was built with, and can load: it may open zlib only now.
std::vector<CertificateCompression> CertificateCompressions();

// "certificate compression with zlib needs OpenSSL 3.2 or later ...", if this library can't do it.
std::string CertificateCompressionUnavailable(const CertificateCompression& algorithm);

}  // namespace ownssl
