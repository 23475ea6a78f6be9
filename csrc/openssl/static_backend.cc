#include "static_backend.h"

#ifdef OWNSSL_STATIC
#include <openssl/comp.h>

#include <cstring>
#include <string_view>
#include <unordered_map>
#if __has_include(<openssl/ech.h>)
#include <openssl/ech.h>
#endif
#endif

namespace ownssl {

#ifdef OWNSSL_STATIC

namespace {

template <typename Function>
void* AddressOf(Function* function) {
  void* address;
  static_assert(sizeof(address) == sizeof(function));
  std::memcpy(&address, &function, sizeof(address));
  return address;
}

}  // namespace

void* StaticSymbol(OpenSSLLibrary, const char* name, void*) {
  static const std::unordered_map<std::string_view, void*> symbols = {
#define OSSL_REQUIRED(library, function) {#function, AddressOf(&::function)},
#define OSSL_OPTIONAL(library, result, function, arguments, feature)
#include "functions.def"
#undef OSSL_REQUIRED
#undef OSSL_OPTIONAL
// The optional functions that this OpenSSL has. CMake writes the file from the symbols of the
// archives.
#define OSSL_HAVE(function) {#function, AddressOf(&::function)},
#include "static_optional.inc"
#undef OSSL_HAVE
  };
  const auto found = symbols.find(name);
  return found == symbols.end() ? nullptr : found->second;
}

#else

void* StaticSymbol(OpenSSLLibrary, const char*, void*) { return nullptr; }

#endif

}  // namespace ownssl
