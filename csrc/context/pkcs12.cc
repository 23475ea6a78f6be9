#include "pkcs12.h"

#include <cstring>

#include "../openssl/fips.h"
#include "../openssl/provider_modules.h"
#include "../openssl/stack_of.h"
#include "pem.h"

namespace ownssl {
namespace {

bool Parse(Span der, const Secret* passphrase, Pkcs12Content* content) {
  const BIOPointer bio = ReadOnlyBio(der);
  if (!bio) return false;
  const PKCS12Pointer pkcs12(ossl.d2i_PKCS12_bio(bio.get(), nullptr));
  if (!pkcs12) return false;
  EVP_PKEY* key = nullptr;
  X509* certificate = nullptr;
  STACK_OF(X509)* others = nullptr;
  // OpenSSL wants a string with a zero at its end.
  Secret password(passphrase != nullptr ? passphrase->size() + 1 : 1);
  if (passphrase != nullptr && !passphrase->empty()) {
    std::memcpy(password.data(), passphrase->data(), passphrase->size());
  }
  const char* text = reinterpret_cast<const char*>(password.data());
  if (ossl.PKCS12_parse(pkcs12.get(), text, &key, &certificate, &others) != 1) return false;
  content->key.reset(key);
  content->certificate.reset(certificate);
  const X509StackPointer stack(others);
  for (int i = 0; others != nullptr && i < StackSize(others); ++i) {
    X509* other = StackAt<X509>(others, i);
    ossl.X509_up_ref(other);
    content->others.emplace_back(other);
  }
  return true;
}

// While it lives, this thread's default library context is one with the legacy provider in it.
class LegacyScope {
 public:
  LegacyScope() : context_(ossl.OSSL_LIB_CTX_new()) {
    if (!context_ || !OpenProviderModule("legacy").empty()) return;
    normal_.reset(ossl.OSSL_PROVIDER_load(context_.get(), "default"));
    legacy_.reset(ossl.OSSL_PROVIDER_load(context_.get(), "legacy"));
    if (Entered()) before_ = ossl.OSSL_LIB_CTX_set0_default(context_.get());
  }
  ~LegacyScope() {
    if (Entered()) ossl.OSSL_LIB_CTX_set0_default(before_);
  }
  LegacyScope(const LegacyScope&) = delete;
  LegacyScope& operator=(const LegacyScope&) = delete;

  bool Entered() const { return normal_ && legacy_; }

 private:
  LibraryContextPointer context_;
  ProviderPointer normal_;
  ProviderPointer legacy_;
  OSSL_LIB_CTX* before_ = nullptr;
};

// Writes an object as DER, from which it is made anew in another library context.
template <typename T>
Secret Encoded(int (*encode)(const T*, unsigned char**), const T* object) {
  const int size = encode(object, nullptr);
  Secret der(size > 0 ? static_cast<size_t>(size) : 0);
  unsigned char* out = der.data();
  if (size > 0) encode(object, &out);
  return der;
}

X509Pointer DecodedCertificate(const Secret& der) {
  const unsigned char* in = der.data();
  return X509Pointer(ossl.d2i_X509(nullptr, &in, static_cast<long>(der.size())));
}

}  // namespace

bool OpenPkcs12(Span der, const Secret* passphrase, bool legacy, Pkcs12Content* content) {
  if (!legacy) return Parse(der, passphrase, content);
  // Parsing says that it is unsupported, if it is.
  if (FipsActive()) return Parse(der, passphrase, content);

  Secret key;
  Secret certificate;
  std::vector<Secret> others;
  {
    const LegacyScope scope;
    Pkcs12Content there;
    if (!scope.Entered() || !Parse(der, passphrase, &there)) return false;
    if (there.key) key = Encoded<EVP_PKEY>(ossl.i2d_PrivateKey, there.key.get());
    if (there.certificate) certificate = Encoded<X509>(ossl.i2d_X509, there.certificate.get());
    for (const X509Pointer& other : there.others) {
      others.push_back(Encoded<X509>(ossl.i2d_X509, other.get()));
    }
  }
  const unsigned char* in = key.data();
  if (!key.empty()) {
    content->key.reset(ossl.d2i_AutoPrivateKey(nullptr, &in, static_cast<long>(key.size())));
  }
  if (!certificate.empty()) content->certificate = DecodedCertificate(certificate);
  for (const Secret& other : others) content->others.push_back(DecodedCertificate(other));
  return true;
}

}  // namespace ownssl
