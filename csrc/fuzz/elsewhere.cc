#include "elsewhere.h"

#include <openssl/rsa.h>

#include "../context/pem.h"
#include "input.h"
#include "target.h"

namespace ownssl::fuzz {

Secret SignElsewhere(const std::string& pem, const KeyRequest& request) {
  const EVPKeyPointer key = ReadPrivateKey(SpanOf(pem), nullptr);
  FUZZ_REQUIRE(key);
  const MessageDigestContextPointer context(ossl.EVP_MD_CTX_new());
  int padding = request.padding;
  int salt = request.salt_length;
  const bool pss = padding == RSA_PKCS1_PSS_PADDING;
  OSSL_PARAM parameters[] = {
      padding != 0 ? ossl.OSSL_PARAM_construct_int(OSSL_SIGNATURE_PARAM_PAD_MODE, &padding)
                   : ossl.OSSL_PARAM_construct_end(),
      pss ? ossl.OSSL_PARAM_construct_int(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, &salt)
          : ossl.OSSL_PARAM_construct_end(),
      ossl.OSSL_PARAM_construct_end()};
  const char* hash = request.hash.empty() ? nullptr : request.hash.c_str();
  FUZZ_REQUIRE(ossl.EVP_DigestSignInit_ex(context.get(), nullptr, hash, nullptr, nullptr, key.get(),
                                          parameters) == 1);
  size_t size = 1024;
  Secret signature(size);
  FUZZ_REQUIRE(ossl.EVP_DigestSign(context.get(), signature.data(), &size, request.data.data(),
                                   request.data.size()) == 1);
  return {signature.data(), size};
}

}  // namespace ownssl::fuzz
