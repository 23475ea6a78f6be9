#include "content_digest.h"

#include <array>

#include "../base/secret.h"
#include "../openssl/api.h"

namespace ownssl {
namespace {

constexpr size_t kSize = 32;

// It is kept for as long as the process runs: a thread may ask while another one exits.
const Secret& Key() {
  static const auto* const key = [] {
    auto* bytes = new Secret(kSize);
    if (ossl.RAND_bytes(bytes->data(), static_cast<int>(bytes->size())) != 1) bytes->Clear();
    return bytes;
  }();
  return *key;
}

}  // namespace

std::string ContentDigest(Span content) {
  const Secret& key = Key();
  std::array<unsigned char, kSize> digest{};
  size_t size = 0;
  if (key.empty() ||
      ossl.EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, key.data(), key.size(),
                     content.data, content.size, digest.data(), digest.size(), &size) == nullptr ||
      size != digest.size()) {
    ossl.ERR_clear_error();
    return "";
  }
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * kSize);
  for (const unsigned char byte : digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace ownssl
