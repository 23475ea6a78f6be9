#include "api.h"

#include <array>
#include <cstring>

namespace ownssl {

Api ossl;

namespace {

constexpr size_t kFeatureCount = static_cast<size_t>(Feature::kCount);

constexpr FeatureInfo kFeatures[] = {
#define OSSL_FEATURE(name, js_name, text, major, minor, option) \
  {js_name, text, major, minor, option},
#include "features.def"
#undef OSSL_FEATURE
};
static_assert(sizeof(kFeatures) / sizeof(kFeatures[0]) == kFeatureCount);

std::array<bool, kFeatureCount> available{};
std::array<bool, kFeatureCount> new_enough{};

// This copies bytes, because the standard has no cast between pointers to objects and pointers to
// functions.
template <typename Function>
bool Resolve(Function* slot, OpenSSLLibrary library, const char* name, SymbolLookup lookup,
             void* context) {
  static_assert(sizeof(Function) == sizeof(void*));
  void* address = lookup(library, name, context);
  std::memcpy(slot, &address, sizeof(address));
  return address != nullptr;
}

constexpr OpenSSLLibrary crypto = OpenSSLLibrary::kCrypto;
constexpr OpenSSLLibrary ssl = OpenSSLLibrary::kSsl;

}  // namespace

std::vector<std::string> FillApi(SymbolLookup lookup, void* context) {
  std::vector<std::string> missing;
  std::array<bool, kFeatureCount> found;
  found.fill(true);
  Api api;
#define OSSL_REQUIRED(library, name) \
  if (!Resolve(&api.name, library, #name, lookup, context)) missing.push_back(#name);
#define OSSL_OPTIONAL(library, result, name, arguments, feature) \
  if (!Resolve(&api.name, library, #name, lookup, context)) {    \
    found[static_cast<size_t>(Feature::k##feature)] = false;     \
  }
#include "functions.def"
#undef OSSL_REQUIRED
#undef OSSL_OPTIONAL
  if (!missing.empty()) return missing;
  const unsigned major = api.OPENSSL_version_major();
  const unsigned minor = api.OPENSSL_version_minor();
  for (size_t i = 0; i < kFeatureCount; i++) {
    const FeatureInfo& info = kFeatures[i];
    new_enough[i] = major > info.major || (major == info.major && minor >= info.minor);
    available[i] = found[i] && new_enough[i];
  }
  ossl = api;
  return missing;
}

bool Has(Feature feature) { return available[static_cast<size_t>(feature)]; }

const FeatureInfo& InfoOf(Feature feature) { return kFeatures[static_cast<size_t>(feature)]; }

std::string LibraryVersion() {
  return ossl.OpenSSL_version ? ossl.OpenSSL_version(OPENSSL_FULL_VERSION_STRING) : "";
}

std::string UnavailableMessage(Feature feature) {
  const FeatureInfo& info = InfoOf(feature);
  std::string message = info.text;
  message += " needs OpenSSL " + std::to_string(info.major) + "." + std::to_string(info.minor) +
             " or later";
  if (*info.option != '\0') message += std::string(" that is built with ") + info.option;
  message += "; this is OpenSSL " + LibraryVersion();
  // Its version alone would not say what is wrong with it.
  if (new_enough[static_cast<size_t>(feature)]) message += ", and was built without";
  return message;
}

}  // namespace ownssl
