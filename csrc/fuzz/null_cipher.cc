#include "null_cipher.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/rand.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>

namespace ownssl::fuzz {
namespace {

constexpr char kWhat[] = "no cipher at all";
constexpr size_t kKey = 16;
constexpr size_t kIv = 12;
constexpr size_t kTag = 16;
constexpr size_t kExplicitIv = 8;  // TLS 1.2 (RFC 5288, 3).

struct Context {
  bool encrypts = false;
  bool tls12_record = false;  // The next Update() is a whole one.
};

void* New(void*) { return new Context; }
void* Copy(void* context) { return new Context(*static_cast<Context*>(context)); }
void Free(void* context) { delete static_cast<Context*>(context); }

int InitEncrypt(void* context, const unsigned char*, size_t, const unsigned char*, size_t,
                const OSSL_PARAM*) {
  static_cast<Context*>(context)->encrypts = true;
  return 1;
}

int InitDecrypt(void* context, const unsigned char*, size_t, const unsigned char*, size_t,
                const OSSL_PARAM*) {
  static_cast<Context*>(context)->encrypts = false;
  return 1;
}

int Update(void* opaque, unsigned char* out, size_t* out_size, size_t room, const unsigned char* in,
           size_t size) {
  auto* context = static_cast<Context*>(opaque);
  *out_size = size;
  if (out == nullptr) return 1;  // Additional data.
  if (room < size) return 0;
  if (out != in) memmove(out, in, size);
  if (!context->tls12_record) return 1;
  context->tls12_record = false;
  if (size < kExplicitIv + kTag) return 0;
  if (context->encrypts) {
    memset(out, 0, kExplicitIv);
    memset(out + size - kTag, 0, kTag);
  } else {
    *out_size = size - kExplicitIv - kTag;
  }
  return 1;
}

int Final(void*, unsigned char*, size_t* out_size, size_t) {
  *out_size = 0;
  return 1;
}

int GetParameters(OSSL_PARAM* parameters) {
  const auto set = [parameters](const char* name, size_t value) {
    OSSL_PARAM* found = OSSL_PARAM_locate(parameters, name);
    return found == nullptr || OSSL_PARAM_set_size_t(found, value) == 1;
  };
  OSSL_PARAM* mode = OSSL_PARAM_locate(parameters, OSSL_CIPHER_PARAM_MODE);
  OSSL_PARAM* aead = OSSL_PARAM_locate(parameters, OSSL_CIPHER_PARAM_AEAD);
  return static_cast<int>(set(OSSL_CIPHER_PARAM_BLOCK_SIZE, 1) &&
                          set(OSSL_CIPHER_PARAM_KEYLEN, kKey) &&
                          set(OSSL_CIPHER_PARAM_IVLEN, kIv) &&
                          (mode == nullptr || OSSL_PARAM_set_uint(mode, EVP_CIPH_GCM_MODE) == 1) &&
                          (aead == nullptr || OSSL_PARAM_set_int(aead, 1) == 1));
}

int GetContextParameters(void*, OSSL_PARAM* parameters) {
  const auto set = [parameters](const char* name, size_t value) {
    OSSL_PARAM* found = OSSL_PARAM_locate(parameters, name);
    return found == nullptr || OSSL_PARAM_set_size_t(found, value) == 1;
  };
  OSSL_PARAM* tag = OSSL_PARAM_locate(parameters, OSSL_CIPHER_PARAM_AEAD_TAG);
  if (tag != nullptr) {
    memset(tag->data, 0, tag->data_size);
    tag->return_size = tag->data_size;
  }
  return static_cast<int>(
      set(OSSL_CIPHER_PARAM_KEYLEN, kKey) && set(OSSL_CIPHER_PARAM_IVLEN, kIv) &&
      set(OSSL_CIPHER_PARAM_AEAD_TAGLEN, kTag) && set(OSSL_CIPHER_PARAM_AEAD_TLS1_AAD_PAD, kTag));
}

int SetContextParameters(void* opaque, const OSSL_PARAM* parameters) {
  if (OSSL_PARAM_locate_const(parameters, OSSL_CIPHER_PARAM_AEAD_TLS1_AAD) != nullptr) {
    static_cast<Context*>(opaque)->tls12_record = true;
  }
  return 1;
}

template <typename Function>
OSSL_DISPATCH Entry(int id, Function* function) {
  return {id, reinterpret_cast<void (*)()>(function)};
}

const OSSL_DISPATCH kCipher[] = {
    Entry(OSSL_FUNC_CIPHER_NEWCTX, New),
    Entry(OSSL_FUNC_CIPHER_DUPCTX, Copy),
    Entry(OSSL_FUNC_CIPHER_FREECTX, Free),
    Entry(OSSL_FUNC_CIPHER_ENCRYPT_INIT, InitEncrypt),
    Entry(OSSL_FUNC_CIPHER_DECRYPT_INIT, InitDecrypt),
    Entry(OSSL_FUNC_CIPHER_UPDATE, Update),
    Entry(OSSL_FUNC_CIPHER_FINAL, Final),
    Entry(OSSL_FUNC_CIPHER_GET_PARAMS, GetParameters),
    Entry(OSSL_FUNC_CIPHER_GET_CTX_PARAMS, GetContextParameters),
    Entry(OSSL_FUNC_CIPHER_SET_CTX_PARAMS, SetContextParameters),
    {0, nullptr},
};

const OSSL_ALGORITHM kCiphers[] = {
    {"AES-128-GCM:id-aes128-GCM", "provider=fuzz", kCipher, kWhat},
    {nullptr, nullptr, nullptr, nullptr},
};

const OSSL_ALGORITHM* Query(void*, int operation, int* no_store) {
  *no_store = 0;
  return operation == OSSL_OP_CIPHER ? kCiphers : nullptr;
}

void Teardown(void*) {}

const OSSL_DISPATCH kProvider[] = {
    Entry(OSSL_FUNC_PROVIDER_QUERY_OPERATION, Query),
    Entry(OSSL_FUNC_PROVIDER_TEARDOWN, Teardown),
    {0, nullptr},
};

int Provide(const OSSL_CORE_HANDLE* handle, const OSSL_DISPATCH*, const OSSL_DISPATCH** out,
            void** context) {
  *out = kProvider;
  *context = const_cast<OSSL_CORE_HANDLE*>(handle);
  return 1;
}

bool Load() {
  return OSSL_PROVIDER_add_builtin(nullptr, "fuzz", Provide) == 1 &&
         OSSL_PROVIDER_load(nullptr, "default") != nullptr &&
         OSSL_PROVIDER_load(nullptr, "fuzz") != nullptr &&
         EVP_set_default_properties(nullptr, "?provider=fuzz") == 1;
}

// xorshift64*, which is no generator for secrets.
constexpr uint64_t kSeed = 0x9e3779b97f4a7c15u;
std::atomic<uint64_t> random_state{kSeed};

int RandomBytes(unsigned char* out, int size) {
  uint64_t state = random_state;
  for (int i = 0; i < size; ++i) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    out[i] = static_cast<unsigned char>((state * 0x2545f4914f6cdd1du) >> 56);
  }
  random_state = state;
  return 1;
}

int RandomStatus() { return 1; }

const RAND_METHOD kRandom = {nullptr, RandomBytes, nullptr, nullptr, RandomBytes, RandomStatus};

}  // namespace

bool InstallNullCipher() {
  if (!Load()) return false;
  EVP_CIPHER* cipher = EVP_CIPHER_fetch(nullptr, "AES-128-GCM", nullptr);
  const bool ours = cipher != nullptr && strcmp(EVP_CIPHER_get0_description(cipher), kWhat) == 0;
  EVP_CIPHER_free(cipher);
  return ours;
}

bool InstallPredictableRandom() { return RAND_set_rand_method(&kRandom) == 1; }

void RestartRandom() { random_state = kSeed; }

}  // namespace ownssl::fuzz
