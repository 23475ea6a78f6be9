// Gives a SecureContext keys that are elsewhere.

#include <utility>

#include "external_key/external_key.h"
#include "public_key.h"
#include "secure_context.h"

namespace ownssl {
namespace {

// With such a key (P-256, Ed25519) OpenSSL signs in less time than it takes to hand the step to
// another thread and back. RSA takes ten to a hundred times as long.
constexpr int kMostBitsOfFastKey = 256;

}  // namespace

// The key takes the place of an earlier one of its kind, which may have been external.
bool SecureContext::UseKey(EVP_PKEY* key) {
  if (ossl.SSL_CTX_use_PrivateKey(ctx_.get(), key) != 1) return false;
  if (ossl.EVP_PKEY_is_a(key, "RSA") == 1) ciphers_without_decryption_.clear();
  has_slow_key_ = has_slow_key_ || ossl.EVP_PKEY_get_bits(key) > kMostBitsOfFastKey;
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
