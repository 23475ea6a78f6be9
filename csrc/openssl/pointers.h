// The owners of OpenSSL's objects. Nothing is freed anywhere else: a raw pointer borrows.
#pragma once

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
using EVPKeyPointer = OpenSSLPointer<EVP_PKEY, &Api::EVP_PKEY_free>;
using EVPKeyContextPointer = OpenSSLPointer<EVP_PKEY_CTX, &Api::EVP_PKEY_CTX_free>;
using MessageDigestContextPointer = OpenSSLPointer<EVP_MD_CTX, &Api::EVP_MD_CTX_free>;
using X509Pointer = OpenSSLPointer<X509, &Api::X509_free>;
using X509REQPointer = OpenSSLPointer<X509_REQ, &Api::X509_REQ_free>;
using PKCS7Pointer = OpenSSLPointer<PKCS7, &Api::PKCS7_free>;
using X509CRLPointer = OpenSSLPointer<X509_CRL, &Api::X509_CRL_free>;
using X509StorePointer = OpenSSLPointer<X509_STORE, &Api::X509_STORE_free>;
using X509StoreCtxPointer = OpenSSLPointer<X509_STORE_CTX, &Api::X509_STORE_CTX_free>;
using UIMethodPointer = OpenSSLPointer<UI_METHOD, &Api::UI_destroy_method>;
using BignumPointer = OpenSSLPointer<BIGNUM, &Api::BN_free>;
using PKCS12Pointer = OpenSSLPointer<PKCS12, &Api::PKCS12_free>;
using LibraryContextPointer = OpenSSLPointer<OSSL_LIB_CTX, &Api::OSSL_LIB_CTX_free>;
using ProviderPointer = OpenSSLPointer<OSSL_PROVIDER, &Api::OSSL_PROVIDER_unload>;
using ConfPointer = OpenSSLPointer<CONF, &Api::NCONF_free>;
using InitSettingsPointer = OpenSSLPointer<OPENSSL_INIT_SETTINGS, &Api::OPENSSL_INIT_free>;
using StoreInfoPointer = OpenSSLPointer<OSSL_STORE_INFO, &Api::OSSL_STORE_INFO_free>;
using StorePointer = OpenSSLPointer<OSSL_STORE_CTX, &Api::OSSL_STORE_close>;

// Owns strings and DER, which OpenSSL's documents say to free with OPENSSL_free().
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
using CRLStackPointer = OwningStack<STACK_OF(X509_CRL), &Api::X509_CRL_free>;
using ExtensionStackPointer = OwningStack<STACK_OF(X509_EXTENSION), &Api::X509_EXTENSION_free>;
using ASN1ObjectStackPointer = OwningStack<STACK_OF(ASN1_OBJECT), &Api::ASN1_OBJECT_free>;
using GeneralNamesPointer = OwningStack<GENERAL_NAMES, &Api::GENERAL_NAME_free>;
using InfoAccessPointer = OwningStack<AUTHORITY_INFO_ACCESS, &Api::ACCESS_DESCRIPTION_free>;

}  // namespace ownssl
