#include "target.h"

#include <cstdio>
#include <cstdlib>

namespace ownssl::fuzz {
namespace {

bool HasLargeNumber(const std::string& der) {
  constexpr uint64_t kMostRounds = 20'000;
  for (size_t i = 0; i + 2 < der.size(); ++i) {
    const size_t size = static_cast<uint8_t>(der[i + 1]);
    if (der[i] != 0x02 || size > 8 || i + 2 + size > der.size()) continue;
    uint64_t number = 0;
    for (size_t j = 0; j < size; ++j) number = number << 8 | static_cast<uint8_t>(der[i + 2 + j]);
    if (number > kMostRounds && number <= INT32_MAX) return true;
  }
  return false;
}

// The bodies of PEM blocks; whatever is no digit is passed over.
std::string DecodedBodies(Span text) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::string digits = kDigits;
  std::string decoded;
  uint32_t group = 0;
  int count = 0;
  bool in_label = false;
  for (size_t i = 0; i < text.size; ++i) {
    const char c = static_cast<char>(text.data[i]);
    if (c == '-') {
      in_label = i + 1 < text.size && text.data[i + 1] != '\n' && text.data[i + 1] != '\r';
      count = 0;
      continue;
    }
    const size_t digit = in_label ? digits.npos : digits.find(c);
    if (digit == digits.npos) continue;
    group = group << 6 | static_cast<uint32_t>(digit);
    if (++count % 4 != 0) continue;
    for (const int shift : {16, 8, 0}) decoded += static_cast<char>(group >> shift);
  }
  return decoded;
}

}  // namespace

const std::vector<Target>& Targets() {
  static const std::vector<Target> targets = {
      {"bio", FuzzBio, 512},
      {"client", FuzzClient, 2048},
      {"server", FuzzServer, 2048},
      {"client_hello", FuzzClientHello, 2048},
      {"psk", FuzzPsk, 512},
      {"session", FuzzSession, 4096},
      {"pem", FuzzPem, 8192},
      {"pkcs12", FuzzPkcs12, 4096},
      {"crl", FuzzCrl, 4096},
      {"ocsp", FuzzOcsp, 4096},
      {"ocsp_response", FuzzOcspResponse, 4096},
      {"certificate", FuzzCertificate, 8192},
      {"public_key", FuzzPublicKey, 4096},
      {"dane", FuzzDane, 4096},
  };
  return targets;
}

void Broken(const char* promise, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: broken promise: %s\n", file, line, promise);
  std::abort();
}

bool MayDeriveForLong(Span bytes) {
  const std::string raw(reinterpret_cast<const char*>(bytes.data), bytes.size);
  return HasLargeNumber(raw) || HasLargeNumber(DecodedBodies(bytes));
}

}  // namespace ownssl::fuzz
