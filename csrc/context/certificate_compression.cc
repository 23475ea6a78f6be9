#include "certificate_compression.h"

namespace ownssl {
namespace {

constexpr CertificateCompression kAll[] = {
    {1, "zlib", "enable-zlib"},
    {2, "brotli", "enable-brotli"},
    {3, "zstd", "enable-zstd"},
};

// An algorithm that was left out of the build has no filter. libssl itself asks in this way.
bool IsBuiltIn(int number) {
  if (!Has(Feature::kCertificateCompression)) return false;
  if (number == 1) return ossl.BIO_f_zlib() != nullptr;
  if (number == 2) return ossl.BIO_f_brotli() != nullptr;
  return ossl.BIO_f_zstd() != nullptr;
}

}  // namespace

const CertificateCompression* FindCertificateCompression(const std::string& name) {
  for (const CertificateCompression& algorithm : kAll) {
    if (name == algorithm.name) return &algorithm;
  }
  return nullptr;
}

std::vector<CertificateCompression> CertificateCompressions() {
  std::vector<CertificateCompression> found;
  for (const CertificateCompression& algorithm : kAll) {
    if (IsBuiltIn(algorithm.number)) found.push_back(algorithm);
  }
  return found;
}

std::string CertificateCompressionUnavailable(const CertificateCompression& algorithm) {
  if (IsBuiltIn(algorithm.number)) return "";
  const FeatureInfo& info = InfoOf(Feature::kCertificateCompression);
  return std::string(info.text) + " with " + algorithm.name + " needs OpenSSL " +
         std::to_string(info.major) + "." + std::to_string(info.minor) +
         " or later that is built with " + algorithm.build_option + "; this is OpenSSL " +
         LibraryVersion();
}

}  // namespace ownssl
