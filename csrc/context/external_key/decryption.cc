// Decrypts by external keys: the premaster secret in TLS 1.2's RSA key exchange, and nothing else.
//
// What the key's owner answers is the decrypted block with its padding. Whether that is right may
// not be known to anybody, so it is removed here, where a wrong one is replaced by chance and the
// handshake fails later, at Finished (RFC 5246, 7.4.7.1).

#include <openssl/core_dispatch.h>
#include <openssl/rsa.h>

#include <array>
#include <string>
#include <utility>

#include "external_key.h"
#include "key_user.h"
#include "operations.h"
#include "premaster.h"

namespace ownssl {
namespace {

constexpr char kWrong[] = "ERR_OWNSSL_DECRYPTION_INVALID";

struct Decryption {
  const ExternalKey* key = nullptr;
  int padding = 0;
  unsigned client_version = 0;
  unsigned other_version = 0;
};

void* New(void*) noexcept { return new Decryption(); }

void Free(void* self) noexcept { delete static_cast<Decryption*>(self); }

int SetParameters(void* self, const OSSL_PARAM parameters[]) noexcept {
  auto* decryption = static_cast<Decryption*>(self);
  const auto find = [parameters](const char* name) {
    return parameters != nullptr ? ossl.OSSL_PARAM_locate_const(parameters, name) : nullptr;
  };
  const OSSL_PARAM* padding = find(OSSL_ASYM_CIPHER_PARAM_PAD_MODE);
  const OSSL_PARAM* client = find(OSSL_ASYM_CIPHER_PARAM_TLS_CLIENT_VERSION);
  const OSSL_PARAM* other = find(OSSL_ASYM_CIPHER_PARAM_TLS_NEGOTIATED_VERSION);
  return (padding == nullptr || ossl.OSSL_PARAM_get_int(padding, &decryption->padding) == 1) &&
         (client == nullptr ||
          ossl.OSSL_PARAM_get_uint(client, &decryption->client_version) == 1) &&
         (other == nullptr || ossl.OSSL_PARAM_get_uint(other, &decryption->other_version) == 1);
}

const OSSL_PARAM* SettableParameters(void*, void*) noexcept {
  static const OSSL_PARAM types[] = {
      OSSL_PARAM_int(OSSL_ASYM_CIPHER_PARAM_PAD_MODE, nullptr),
      OSSL_PARAM_uint(OSSL_ASYM_CIPHER_PARAM_TLS_CLIENT_VERSION, nullptr),
      OSSL_PARAM_uint(OSSL_ASYM_CIPHER_PARAM_TLS_NEGOTIATED_VERSION, nullptr), OSSL_PARAM_END};
  return types;
}

int Initialize(void* self, void* key, const OSSL_PARAM parameters[]) noexcept {
  auto* decryption = static_cast<Decryption*>(self);
  decryption->key = static_cast<ExternalKey*>(key);
  return decryption->key != nullptr && SetParameters(self, parameters);
}

int Decrypt(void* self, unsigned char* out, size_t* size, size_t room, const unsigned char* data,
            size_t data_size) noexcept {
  const auto* decryption = static_cast<Decryption*>(self);
  const ExternalKey* key = decryption->key;
  if (key == nullptr || decryption->padding != RSA_PKCS1_WITH_TLS_PADDING) return 0;
  *size = kPremasterSize;
  if (out == nullptr) return 1;
  KeyUser* user = KeyUser::Current();
  const int modulus = ossl.EVP_PKEY_get_size(key->public_key.get());
  if (user == nullptr || room < kPremasterSize || modulus <= 0) return 0;
  if (!key->decrypts) {
    user->BlameKey("ERR_OWNSSL_NO_DECRYPTION",
                   "The key exchange is RSA, and the external key has no decrypt()");
    return 0;
  }
  // The time that drawing it takes must not tell anything, so it is drawn in any case.
  std::array<uint8_t, kPremasterSize> random;
  if (ossl.RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) return 0;
  KeyRequest request;
  request.operation = KeyRequest::Operation::kDecrypt;
  request.key = key->number;
  request.algorithm = "RSA";
  request.padding = RSA_NO_PADDING;
  request.data.assign(data, data + data_size);
  Secret block;
  const bool given = user->AskKey(std::move(request), &block);
  if (given && block.size() != static_cast<size_t>(modulus)) {
    user->BlameKey(kWrong, "decrypt() answered " + std::to_string(block.size()) +
                               " bytes, where the decrypted block with its padding has " +
                               std::to_string(modulus));
  }
  const bool taken = given && block.size() == static_cast<size_t>(modulus) &&
                     TakePremaster({block.data(), block.size()}, decryption->client_version,
                                   decryption->other_version, random.data(), out);
  Cleanse(random.data(), random.size());
  return taken;
}

}  // namespace

const OSSL_DISPATCH* DecryptionOperations() {
  static const OSSL_DISPATCH table[] = {
      Entry(OSSL_FUNC_ASYM_CIPHER_NEWCTX, &New),
      Entry(OSSL_FUNC_ASYM_CIPHER_FREECTX, &Free),
      Entry(OSSL_FUNC_ASYM_CIPHER_DECRYPT_INIT, &Initialize),
      Entry(OSSL_FUNC_ASYM_CIPHER_DECRYPT, &Decrypt),
      Entry(OSSL_FUNC_ASYM_CIPHER_SET_CTX_PARAMS, &SetParameters),
      Entry(OSSL_FUNC_ASYM_CIPHER_SETTABLE_CTX_PARAMS, &SettableParameters),
      LastEntry()};
  return table;
}

}  // namespace ownssl
