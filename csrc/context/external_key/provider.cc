// The provider of external keys, and the library context that it lives in.

#include <openssl/core_dispatch.h>

#include <array>
#include <atomic>
#include <utility>

#include "external_key.h"
#include "operations.h"

namespace ownssl {
namespace {

constexpr char kProviderName[] = "ownssl-external";
constexpr char kProperties[] = "provider=ownssl-external";

struct Kind {
  const char* type;   // OpenSSL's name of the kind.
  const char* names;  // All names that libssl may look for.
};
constexpr Kind kKinds[] = {
    {"RSA", "RSA:rsaEncryption:1.2.840.113549.1.1.1"},
    {"RSA-PSS", "RSA-PSS:RSASSA-PSS:1.2.840.113549.1.1.10"},
    {"EC", "EC:id-ecPublicKey:1.2.840.10045.2.1"},
    {"ED25519", "ED25519:1.3.101.112"},
    {"ED448", "ED448:1.3.101.113"},
    {"ML-DSA-44", "ML-DSA-44:MLDSA44:2.16.840.1.101.3.4.3.17:id-ml-dsa-44"},
    {"ML-DSA-65", "ML-DSA-65:MLDSA65:2.16.840.1.101.3.4.3.18:id-ml-dsa-65"},
    {"ML-DSA-87", "ML-DSA-87:MLDSA87:2.16.840.1.101.3.4.3.19:id-ml-dsa-87"},
};
constexpr size_t kKindCount = sizeof(kKinds) / sizeof(kKinds[0]);

const OSSL_ALGORITHM* Query(void*, int operation, int* no_cache) noexcept {
  using Keys = std::array<OSSL_ALGORITHM, kKindCount + 1>;
  static const Keys keys = [] {
    Keys list{};
    for (size_t i = 0; i < kKindCount; ++i) {
      list[i] = {kKinds[i].names, kProperties, KeyManagementOperations(), nullptr};
    }
    return list;
  }();
  static const OSSL_ALGORITHM signatures[] = {
      {kOperationName, kProperties, SignatureOperations(), nullptr}, {}};
  static const OSSL_ALGORITHM decryptions[] = {
      {kOperationName, kProperties, DecryptionOperations(), nullptr}, {}};
  *no_cache = 0;
  switch (operation) {
    case OSSL_OP_KEYMGMT:
      return keys.data();
    case OSSL_OP_SIGNATURE:
      return signatures;
    case OSSL_OP_ASYM_CIPHER:
      return decryptions;
    default:
      return nullptr;
  }
}

int InitializeProvider(const OSSL_CORE_HANDLE*, const OSSL_DISPATCH*, const OSSL_DISPATCH** out,
                       void** context) noexcept {
  static const OSSL_DISPATCH table[] = {Entry(OSSL_FUNC_PROVIDER_QUERY_OPERATION, &Query),
                                        LastEntry()};
  static char nothing = 0;  // OpenSSL takes null for a failure.
  *out = table;
  *context = &nothing;
  return 1;
}

// It is never freed, as OpenSSL is never unloaded: keys may outlive whoever made them.
OSSL_LIB_CTX* Library() {
  static OSSL_LIB_CTX* const library = []() -> OSSL_LIB_CTX* {
    LibraryContextPointer context(ossl.OSSL_LIB_CTX_new());
    if (!context) return nullptr;
    if (ossl.OSSL_PROVIDER_add_builtin(context.get(), kProviderName, &InitializeProvider) != 1 ||
        ossl.OSSL_PROVIDER_load(context.get(), kProviderName) == nullptr ||
        // It writes public keys: OpenSSL looks for that where the key comes from, too (RFC 7250).
        ossl.OSSL_PROVIDER_load(context.get(), "base") == nullptr) {
      return nullptr;
    }
    return context.release();
  }();
  return library;
}

const Kind* KindOf(const EVP_PKEY* key) {
  for (const Kind& kind : kKinds) {
    if (ossl.EVP_PKEY_is_a(key, kind.type) == 1) return &kind;
  }
  return nullptr;
}

}  // namespace

bool CanBeExternal(const EVP_PKEY* public_key) { return KindOf(public_key) != nullptr; }

EVPKeyPointer MakeExternalKey(EVPKeyPointer public_key, bool decrypts, uint64_t* number) {
  static std::atomic<uint64_t> last{0};
  const Kind* kind = KindOf(public_key.get());
  OSSL_LIB_CTX* library = Library();
  if (kind == nullptr || library == nullptr) return nullptr;
  const EVPKeyContextPointer context(ossl.EVP_PKEY_CTX_new_from_name(library, kind->type, nullptr));
  if (!context || ossl.EVP_PKEY_fromdata_init(context.get()) != 1) return nullptr;
  *number = ++last;
  ExternalKey key{std::move(public_key), *number, decrypts};
  ExternalKey* given = &key;
  OSSL_PARAM parameters[] = {
      ossl.OSSL_PARAM_construct_octet_string(kKeyParameter, &given, sizeof(given)),
      ossl.OSSL_PARAM_construct_end()};
  EVP_PKEY* made = nullptr;
  if (ossl.EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_KEYPAIR, parameters) != 1) {
    return nullptr;
  }
  return EVPKeyPointer(made);
}

}  // namespace ownssl
