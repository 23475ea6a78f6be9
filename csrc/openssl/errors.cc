#include "errors.h"

#include <array>
#include <cstdio>
#include <cstring>
#include <thread>

#include "api.h"

namespace ownssl {

namespace {

// Node's list ends with the libraries of OpenSSL 1.1.1. What came later (DECODER, Provider, ...)
// has no name in a code, and existing programs compare codes.
const char* NameOfLibrary(int library) {
  switch (library) {
    // clang-format off
    case ERR_LIB_SYS: return "SYS_";
    case ERR_LIB_BN: return "BN_";
    case ERR_LIB_RSA: return "RSA_";
    case ERR_LIB_DH: return "DH_";
    case ERR_LIB_EVP: return "EVP_";
    case ERR_LIB_BUF: return "BUF_";
    case ERR_LIB_OBJ: return "OBJ_";
    case ERR_LIB_PEM: return "PEM_";
    case ERR_LIB_DSA: return "DSA_";
    case ERR_LIB_X509: return "X509_";
    case ERR_LIB_ASN1: return "ASN1_";
    case ERR_LIB_CONF: return "CONF_";
    case ERR_LIB_CRYPTO: return "CRYPTO_";
    case ERR_LIB_EC: return "EC_";
    case ERR_LIB_BIO: return "BIO_";
    case ERR_LIB_PKCS7: return "PKCS7_";
    case ERR_LIB_X509V3: return "X509V3_";
    case ERR_LIB_PKCS12: return "PKCS12_";
    case ERR_LIB_RAND: return "RAND_";
    case ERR_LIB_DSO: return "DSO_";
    case ERR_LIB_ENGINE: return "ENGINE_";
    case ERR_LIB_OCSP: return "OCSP_";
    case ERR_LIB_UI: return "UI_";
    case ERR_LIB_COMP: return "COMP_";
    case ERR_LIB_ECDSA: return "ECDSA_";
    case ERR_LIB_ECDH: return "ECDH_";
    case ERR_LIB_OSSL_STORE: return "OSSL_STORE_";
    case ERR_LIB_FIPS: return "FIPS_";
    case ERR_LIB_CMS: return "CMS_";
    case ERR_LIB_TS: return "TS_";
    case ERR_LIB_HMAC: return "HMAC_";
    case ERR_LIB_CT: return "CT_";
    case ERR_LIB_ASYNC: return "ASYNC_";
    case ERR_LIB_KDF: return "KDF_";
    case ERR_LIB_SM2: return "SM2_";
    case ERR_LIB_USER: return "USER_";
    default: return "";
      // clang-format on
  }
}

// Whatever a program catches, or hears by 'error', has to have a code, so where OpenSSL has no text
// for the reason, its number is in it.
std::string CodeOf(unsigned long error, const char* reason, bool connection) {
  const int library = ERR_GET_LIB(error);
  std::string code = "ERR_";
  if (connection || library == ERR_LIB_SSL) {
    code += "SSL_";
  } else {
    code += std::string("OSSL_") + NameOfLibrary(library);
  }
  if (reason == nullptr) {
    const int number = ERR_GET_REASON(error);
    const bool alert = code == "ERR_SSL_" && number >= SSL_AD_REASON_OFFSET;
    return code + (alert ? "ALERT_" : "REASON_") +
           std::to_string(alert ? number - SSL_AD_REASON_OFFSET : number);
  }
  // Spaces become underscores and nothing else does: "ssl/tls alert ..." keeps its slash, as in
  // Node.
  for (const char* c = reason; *c != '\0'; c++) {
    if (*c == ' ') {
      code += '_';
    } else {
      code += *c >= 'a' && *c <= 'z' ? static_cast<char>(*c - 'a' + 'A') : *c;
    }
  }
  return code;
}

std::string ShortMessage(unsigned long error) {
  std::array<char, 256> buffer;
  ossl.ERR_error_string_n(error, buffer.data(), buffer.size());
  return buffer.data();
}

// The bytes of the thread's identity in memory order, as OpenSSL prints them.
std::string ThreadInHex() {
  const std::thread::id id = std::this_thread::get_id();
  std::array<unsigned char, sizeof(id)> bytes;
  std::memcpy(bytes.data(), &id, sizeof(id));
  std::string text;
  for (unsigned char byte : bytes) {
    std::array<char, 3> pair;
    std::snprintf(pair.data(), pair.size(), "%02X", byte);
    text += pair.data();
  }
  return text;
}

struct QueuedError {
  unsigned long error = 0;
  const char* file = "";
  const char* function = "";
  const char* data = "";
  int line = 0;
  int flags = 0;
};

const char* OrEmpty(const char* text) { return text ? text : ""; }

std::string LongMessage(const QueuedError& queued) {
  std::array<char, 16> number;
  std::snprintf(number.data(), number.size(), "%08lX", queued.error);
  const char* data = queued.flags & ERR_TXT_STRING ? OrEmpty(queued.data) : "";
  return ThreadInHex() + ":error:" + number.data() + ":" +
         OrEmpty(ossl.ERR_lib_error_string(queued.error)) + ":" + OrEmpty(queued.function) + ":" +
         OrEmpty(ossl.ERR_reason_error_string(queued.error)) + ":" + OrEmpty(queued.file) + ":" +
         std::to_string(queued.line) + ":" + data + "\n";
}

OpenSSLError Drain(const char* fallback, bool connection) {
  OpenSSLError result;
  QueuedError first;
  first.error =
      ossl.ERR_get_error_all(&first.file, &first.line, &first.function, &first.data, &first.flags);
  if (first.error == 0) {
    result.message = fallback;
    // Whatever a program catches, or hears by 'error', has to have a code.
    result.code = "ERR_CRYPTO_OPERATION_FAILED";
    return result;
  }
  result.queued = true;
  result.library = OrEmpty(ossl.ERR_lib_error_string(first.error));
  result.function = OrEmpty(first.function);
  // OpenSSL has no text, and this is null, for errors of the system, whose text is strerror()'s,
  // and for some reasons.
  const char* reason = ossl.ERR_reason_error_string(first.error);
  result.reason = OrEmpty(reason);
  result.code = CodeOf(first.error, reason, connection);
  result.message = connection ? LongMessage(first) : ShortMessage(first.error);
  while (const unsigned long error = ossl.ERR_get_error()) {
    result.stack.insert(result.stack.begin(), ShortMessage(error));
  }
  return result;
}

}  // namespace

OpenSSLError DrainErrors(const char* fallback) { return Drain(fallback, false); }

OpenSSLError DrainConnectionErrors(const char* fallback) { return Drain(fallback, true); }

void ClearErrorQueue() {
  if (ossl.ERR_peek_last_error() != 0) ossl.ERR_clear_error();
}

ClearErrors::ClearErrors() { ClearErrorQueue(); }
ClearErrors::~ClearErrors() { ClearErrorQueue(); }

}  // namespace ownssl
