// Signs by external keys.
//
// Each signature is prepared as the verification of itself: OpenSSL's own implementation of the
// public half then knows which digests, paddings and salts the key allows, and whether what came
// back is a signature at all. A wrong one must not leave: the peer would refuse it, and nobody here
// would know why; and a fault in an RSA signature can give the key away.

#include <openssl/core_dispatch.h>
#include <openssl/rsa.h>

#include <cstring>
#include <string>
#include <utility>

#include "external_key.h"
#include "key_user.h"
#include "operations.h"

namespace ownssl {
namespace {

constexpr char kWrong[] = "ERR_OWNSSL_SIGNATURE_INVALID";

struct Signature {
  const ExternalKey* key = nullptr;
  MessageDigestContextPointer verification;
  EVP_PKEY_CTX* parameters = nullptr;  // It belongs to the verification.
  std::string hash;
};

void* New(void*, const char*) noexcept { return new Signature(); }

void Free(void* self) noexcept { delete static_cast<Signature*>(self); }

int Initialize(void* self, const char* hash, void* key, const OSSL_PARAM parameters[]) noexcept {
  auto* signature = static_cast<Signature*>(self);
  if (key != nullptr) signature->key = static_cast<ExternalKey*>(key);
  if (signature->key == nullptr) return 0;
  signature->hash = hash != nullptr ? hash : "";
  signature->verification.reset(ossl.EVP_MD_CTX_new());
  return signature->verification &&
         ossl.EVP_DigestVerifyInit_ex(signature->verification.get(), &signature->parameters, hash,
                                      nullptr, nullptr, signature->key->public_key.get(),
                                      parameters) == 1;
}

int SetParameters(void* self, const OSSL_PARAM parameters[]) noexcept {
  auto* signature = static_cast<Signature*>(self);
  return signature->parameters != nullptr &&
         ossl.EVP_PKEY_CTX_set_params(signature->parameters, parameters) == 1;
}

const OSSL_PARAM* SettableParameters(void*, void*) noexcept {
  static const OSSL_PARAM types[] = {
      OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, nullptr, 0),
      OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, nullptr, 0),
      OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_MGF1_DIGEST, nullptr, 0),
      OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, nullptr, 0), OSSL_PARAM_END};
  return types;
}

// Names the algorithm as WebCrypto does, with the parameters of RSA.
bool Describe(const Signature& signature, KeyRequest* request) {
  const EVP_PKEY* key = signature.key->public_key.get();
  request->hash = signature.hash;
  if (ossl.EVP_PKEY_is_a(key, "EC") == 1) {
    request->algorithm = "ECDSA";
    return true;
  }
  if (ossl.EVP_PKEY_is_a(key, "RSA") != 1 && ossl.EVP_PKEY_is_a(key, "RSA-PSS") != 1) {
    const char* type = ossl.EVP_PKEY_get0_type_name(key);
    request->algorithm = type != nullptr ? type : "";
    if (request->algorithm == "ED25519") request->algorithm = "Ed25519";
    if (request->algorithm == "ED448") request->algorithm = "Ed448";
    return true;
  }
  int padding = 0;
  int salt_length = 0;
  OSSL_PARAM parameters[] = {
      ossl.OSSL_PARAM_construct_int(OSSL_SIGNATURE_PARAM_PAD_MODE, &padding),
      ossl.OSSL_PARAM_construct_int(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, &salt_length),
      ossl.OSSL_PARAM_construct_end()};
  if (ossl.EVP_PKEY_CTX_get_params(signature.parameters, parameters) != 1) return false;
  request->padding = padding;
  request->algorithm = padding == RSA_PKCS1_PADDING ? "RSASSA-PKCS1-v1_5" : "RSA-PSS";
  if (padding == RSA_PKCS1_PADDING) return true;
  if (padding != RSA_PKCS1_PSS_PADDING) return false;
  // TLS has the salt as long as the hash (RFC 8446, 4.2.3); OpenSSL has a negative number for that.
  const EVP_MD* digest = ossl.EVP_MD_CTX_get0_md(signature.verification.get());
  if (salt_length < 0 && digest != nullptr) salt_length = ossl.EVP_MD_get_size(digest);
  request->salt_length = salt_length;
  return salt_length >= 0;
}

std::string WrongSignature(const KeyRequest& request, size_t size, const EVP_PKEY* key) {
  constexpr int kBitsInByte = 8;
  std::string message = "What sign() answered (" + std::to_string(size) + " bytes) is no " +
                        request.algorithm + " signature of this data by this key";
  const int bits = ossl.EVP_PKEY_get_bits(key);
  const auto field = static_cast<size_t>((bits + kBitsInByte - 1) / kBitsInByte);
  if (request.algorithm == "ECDSA" && size == 2 * field) {
    message += "; it may be in the form of IEEE P1363, where DER is expected";
  }
  return message;
}

int Sign(void* self, unsigned char* out, size_t* size, size_t room, const unsigned char* data,
         size_t data_size) noexcept {
  auto* signature = static_cast<Signature*>(self);
  if (signature->key == nullptr || !signature->verification) return 0;
  EVP_PKEY* key = signature->key->public_key.get();
  const int most = ossl.EVP_PKEY_get_size(key);
  if (most <= 0) return 0;
  if (out == nullptr) {
    *size = static_cast<size_t>(most);
    return 1;
  }
  KeyUser* user = KeyUser::Current();
  KeyRequest request;
  if (user == nullptr || !Describe(*signature, &request)) return 0;
  request.operation = KeyRequest::Operation::kSign;
  request.key = signature->key->number;
  request.data.assign(data, data + data_size);
  Secret answer;
  if (!user->AskKey(request, &answer)) return 0;
  // Sizes are compared first: not every implementation of verification likes every size.
  const bool fits =
      !answer.empty() && answer.size() <= static_cast<size_t>(most) && answer.size() <= room;
  if (!fits || ossl.EVP_DigestVerify(signature->verification.get(), answer.data(), answer.size(),
                                     data, data_size) != 1) {
    user->BlameKey(kWrong, WrongSignature(request, answer.size(), key));
    return 0;
  }
  memcpy(out, answer.data(), answer.size());
  *size = answer.size();
  return 1;
}

}  // namespace

const OSSL_DISPATCH* SignatureOperations() {
  static const OSSL_DISPATCH table[] = {
      Entry(OSSL_FUNC_SIGNATURE_NEWCTX, &New),
      Entry(OSSL_FUNC_SIGNATURE_FREECTX, &Free),
      Entry(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, &Initialize),
      Entry(OSSL_FUNC_SIGNATURE_DIGEST_SIGN, &Sign),
      Entry(OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, &SetParameters),
      Entry(OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, &SettableParameters),
      LastEntry()};
  return table;
}

}  // namespace ownssl
