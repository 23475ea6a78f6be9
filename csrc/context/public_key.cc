#include "public_key.h"

#include <algorithm>

#include "pem.h"

namespace ownssl {
namespace {

constexpr uint8_t kSequence = 0x30;  // DER of a SubjectPublicKeyInfo begins with it.

}  // namespace

EVPKeyPointer ReadPublicKey(Span bytes) {
  if (bytes.size > 0 && bytes.data[0] == kSequence) {
    const unsigned char* data = bytes.data;
    return EVPKeyPointer(ossl.d2i_PUBKEY(nullptr, &data, static_cast<long>(bytes.size)));
  }
  const BIOPointer bio = ReadOnlyBio(bytes);
  if (!bio) return nullptr;
  EVPKeyPointer key(ossl.PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
  if (key) return key;
  bool complete = false;
  const std::vector<X509Pointer> chain = ReadCertificates(bytes, &complete);
  if (chain.empty()) return nullptr;
  EVP_PKEY* of_certificate = ossl.X509_get0_pubkey(chain.front().get());
  if (of_certificate == nullptr || ossl.EVP_PKEY_up_ref(of_certificate) != 1) return nullptr;
  return EVPKeyPointer(of_certificate);
}

std::vector<uint8_t> EncodePublicKey(const EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = ossl.i2d_PUBKEY(key, &der);
  const OpenSSLMemory<unsigned char> owner(der);
  return {der, der + std::max(size, 0)};
}

}  // namespace ownssl
