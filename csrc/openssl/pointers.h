// Owners of OpenSSL objects. A raw pointer elsewhere borrows; only here is anything freed.
#ifndef OWNSSL_OPENSSL_POINTERS_H_
#define OWNSSL_OPENSSL_POINTERS_H_

#include <memory>

#include "api.h"

namespace ownssl {

// Frees through a member of the table, which is known only once OpenSSL is loaded.
template <auto Free>
struct OpenSSLDeleter {
  template <typename T>
  void operator()(T* object) const noexcept {
    (ossl.*Free)(object);
  }
};

template <typename T, auto Free>
using OpenSSLPointer = std::unique_ptr<T, OpenSSLDeleter<Free>>;

using SSLPointer = OpenSSLPointer<SSL, &Api::SSL_free>;
using SSLCtxPointer = OpenSSLPointer<SSL_CTX, &Api::SSL_CTX_free>;
using SSLSessionPointer = OpenSSLPointer<SSL_SESSION, &Api::SSL_SESSION_free>;
using BIOPointer = OpenSSLPointer<BIO, &Api::BIO_free>;
using BIOChainPointer = OpenSSLPointer<BIO, &Api::BIO_free_all>;
using BIOMethodPointer = OpenSSLPointer<BIO_METHOD, &Api::BIO_meth_free>;
using EVPKeyPointer = OpenSSLPointer<EVP_PKEY, &Api::EVP_PKEY_free>;
using EVPMdPointer = OpenSSLPointer<EVP_MD, &Api::EVP_MD_free>;
using EVPMacPointer = OpenSSLPointer<EVP_MAC, &Api::EVP_MAC_free>;
using EVPMacCtxPointer = OpenSSLPointer<EVP_MAC_CTX, &Api::EVP_MAC_CTX_free>;
using EVPCipherPointer = OpenSSLPointer<EVP_CIPHER, &Api::EVP_CIPHER_free>;
using EVPCipherCtxPointer = OpenSSLPointer<EVP_CIPHER_CTX, &Api::EVP_CIPHER_CTX_free>;
using BignumPointer = OpenSSLPointer<BIGNUM, &Api::BN_free>;
using X509Pointer = OpenSSLPointer<X509, &Api::X509_free>;
using X509CRLPointer = OpenSSLPointer<X509_CRL, &Api::X509_CRL_free>;
using X509NamePointer = OpenSSLPointer<X509_NAME, &Api::X509_NAME_free>;
using X509InfoPointer = OpenSSLPointer<X509_INFO, &Api::X509_INFO_free>;
using X509StorePointer = OpenSSLPointer<X509_STORE, &Api::X509_STORE_free>;
using X509StoreCtxPointer = OpenSSLPointer<X509_STORE_CTX, &Api::X509_STORE_CTX_free>;
using X509VerifyParamPointer = OpenSSLPointer<X509_VERIFY_PARAM, &Api::X509_VERIFY_PARAM_free>;
using PKCS12Pointer = OpenSSLPointer<PKCS12, &Api::PKCS12_free>;
using OCSPResponsePointer = OpenSSLPointer<OCSP_RESPONSE, &Api::OCSP_RESPONSE_free>;
using ConfPointer = OpenSSLPointer<CONF, &Api::NCONF_free>;
using InitSettingsPointer = OpenSSLPointer<OPENSSL_INIT_SETTINGS, &Api::OPENSSL_INIT_free>;
using StoreInfoPointer = OpenSSLPointer<OSSL_STORE_INFO, &Api::OSSL_STORE_INFO_free>;
using StorePointer = OpenSSLPointer<OSSL_STORE_CTX, &Api::OSSL_STORE_close>;

// What OpenSSL allocates and says to free with OPENSSL_free(): strings and DER.
struct OpenSSLMemoryDeleter {
  void operator()(void* memory) const noexcept { ossl.CRYPTO_free(memory, "", 0); }
};
template <typename T>
using OpenSSLMemory = std::unique_ptr<T, OpenSSLMemoryDeleter>;

// A stack that owns its elements.
template <auto Free>
struct StackDeleter {
  template <typename Stack>
  void operator()(Stack* stack) const noexcept {
    ossl.OPENSSL_sk_pop_free(reinterpret_cast<OPENSSL_STACK*>(stack),
                             reinterpret_cast<OPENSSL_sk_freefunc>(ossl.*Free));
  }
};
template <typename Stack, auto Free>
using OwningStack = std::unique_ptr<Stack, StackDeleter<Free>>;

using X509StackPointer = OwningStack<STACK_OF(X509), &Api::X509_free>;
using X509NameStackPointer = OwningStack<STACK_OF(X509_NAME), &Api::X509_NAME_free>;
using X509InfoStackPointer = OwningStack<STACK_OF(X509_INFO), &Api::X509_INFO_free>;
using GeneralNamesPointer = OwningStack<GENERAL_NAMES, &Api::GENERAL_NAME_free>;

// A stack whose elements belong to someone else, as SSL_get1_supported_ciphers() returns.
struct StackOnlyDeleter {
  template <typename Stack>
  void operator()(Stack* stack) const noexcept {
    ossl.OPENSSL_sk_free(reinterpret_cast<OPENSSL_STACK*>(stack));
  }
};
using CipherStackPointer = std::unique_ptr<STACK_OF(SSL_CIPHER), StackOnlyDeleter>;

}  // namespace ownssl

#endif  // OWNSSL_OPENSSL_POINTERS_H_
