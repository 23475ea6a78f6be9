// The table of OpenSSL functions. Nothing else in this addon calls OpenSSL, and nothing links to
// it: the process has OpenSSL symbols already, those of the node executable, and they would win.
//
// A call site reads `ossl.SSL_new(ctx)`. The table is filled once (library.h), before anything
// else.
#pragma once

// Newer headers deprecate functions that are the only ones in OpenSSL 3.0.
#ifndef OPENSSL_SUPPRESS_DEPRECATED
#define OPENSSL_SUPPRESS_DEPRECATED
#endif

#include <openssl/asn1.h>
#include <openssl/async.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/conf.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/ocsp.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/store.h>
#include <openssl/ui.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <string>
#include <vector>

#if OPENSSL_VERSION_NUMBER < 0x30000000L || defined(OPENSSL_IS_BORINGSSL) || \
    defined(LIBRESSL_VERSION_NUMBER)
#error "ownssl is compiled with the headers of OpenSSL 3.0 or later"
#endif

#ifdef OPENSSL_NO_OCSP
// Headers of a build without OCSP do not declare these, and the library in use may have it.
typedef struct ocsp_basic_response_st OCSP_BASICRESP;
typedef struct ocsp_cert_id_st OCSP_CERTID;
typedef struct ocsp_one_request_st OCSP_ONEREQ;
typedef struct ocsp_request_st OCSP_REQUEST;
typedef struct ocsp_single_response_st OCSP_SINGLERESP;
#endif

namespace ownssl {

enum class Feature : int {
#define OSSL_FEATURE(name, js_name, text, major, minor, option) k##name,
#include "features.def"
#undef OSSL_FEATURE
  kCount
};

enum class OpenSSLLibrary { kCrypto, kSsl };

// OSSL_HPKE_SUITE, which OpenSSL takes by value, and which headers before 3.2 do not have.
struct EchSuite {
  uint16_t kem_id;
  uint16_t kdf_id;
  uint16_t aead_id;
};

struct Api {
#define OSSL_REQUIRED(library, name) decltype(&::name) name = nullptr;
#define OSSL_OPTIONAL(library, result, name, arguments, feature) result(*name) arguments = nullptr;
#include "functions.def"
#undef OSSL_REQUIRED
#undef OSSL_OPTIONAL
};

// Empty until FillApi() has succeeded.
extern Api ossl;

// Finds a function in a library; null when it isn't there.
using SymbolLookup = void* (*)(OpenSSLLibrary library, const char* name, void* context);

// Resolves every function. Returns the names of required ones that are missing: none means success,
// and only then is `ossl` changed.
std::vector<std::string> FillApi(SymbolLookup lookup, void* context);

// Whether the library in use has the feature, and so all of the optional functions that belong to
// it.
bool Has(Feature feature);

struct FeatureInfo {
  const char* js_name;
  const char* text;
  unsigned major;
  unsigned minor;
  const char* option;
};
const FeatureInfo& InfoOf(Feature feature);

// "<feature> needs OpenSSL <x.y> or later; this is OpenSSL 3.0.19". Its code is
// kFeatureUnavailable.
std::string UnavailableMessage(Feature feature);
inline constexpr char kFeatureUnavailable[] = "ERR_OWNSSL_FEATURE_UNAVAILABLE";

// The version of the library in use, without a date: "3.0.19".
std::string LibraryVersion();

}  // namespace ownssl
