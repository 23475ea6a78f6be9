#include "trust_digest.h"

#include <algorithm>

#include "../openssl/pointers.h"

namespace ownssl {

TrustDigest Extend(const TrustDigest& before, char kind, Span data) {
  const auto hash = [](const uint8_t* bytes, size_t size, uint8_t* out) {
    size_t written = 0;
    return ossl.EVP_Q_digest(nullptr, "SHA256", nullptr, bytes, size, out, &written) == 1;
  };
  constexpr size_t kSize = std::tuple_size<TrustDigest>::value;
  std::array<uint8_t, 2 * kSize + 1> both{};
  std::copy(before.begin(), before.end(), both.begin());
  both[kSize] = static_cast<uint8_t>(kind);
  TrustDigest result{};
  if (!hash(data.data, data.size, both.data() + kSize + 1) ||
      !hash(both.data(), both.size(), result.data())) {
    ossl.ERR_clear_error();
    ossl.RAND_bytes(result.data(), static_cast<int>(result.size()));
  }
  return result;
}

TrustDigest ExtendBy(X509* certificate, char kind, const TrustDigest& before) {
  unsigned char* der = nullptr;
  const int size = ossl.i2d_X509(certificate, &der);
  const OpenSSLMemory<unsigned char> owner(der);
  return Extend(before, kind, {der, static_cast<size_t>(std::max(size, 0))});
}

}  // namespace ownssl
