// Gives a SecureContext keys that are elsewhere.

#include <utility>

#include "external_key/external_key.h"
#include "pem.h"
#include "secure_context.h"

namespace ownssl {
namespace {

constexpr uint8_t kSequence = 0x30;  // The DER of a SubjectPublicKeyInfo begins with this.

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

}  // namespace

// The key takes the place of an earlier one of its kind, which may have been external.
bool SecureContext::UseKey(EVP_PKEY* key) {
  if (ossl.SSL_CTX_use_PrivateKey(ctx_.get(), key) != 1) return false;
  if (ossl.EVP_PKEY_is_a(key, "RSA") == 1) ciphers_without_decryption_.clear();
  return true;
}

SecureContext::ExternalKeyResult SecureContext::SetExternalKey(Span public_key, bool decrypts,
                                                               uint64_t* number) {
  ossl.ERR_clear_error();
  EVPKeyPointer key = ReadPublicKey(public_key);
  if (!key) return ExternalKeyResult::kUnreadable;
  ossl.ERR_clear_error();
  if (!CanBeExternal(key.get())) return ExternalKeyResult::kOtherKind;
  const bool rsa = ossl.EVP_PKEY_is_a(key.get(), "RSA") == 1;
  const EVPKeyPointer external = MakeExternalKey(std::move(key), decrypts, number);
  if (!external || !UseKey(external.get())) return ExternalKeyResult::kFailed;
  if (rsa && !decrypts && !ciphers_.empty()) {
    ciphers_without_decryption_ = ciphers_ + ":!kRSA:!kRSAPSK";
  }
  return ExternalKeyResult::kOk;
}

}  // namespace ownssl
