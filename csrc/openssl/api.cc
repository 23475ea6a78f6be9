#include "api.h"

#include <array>
#include <cstddef>
#include <cstdint>
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

constexpr OpenSSLLibrary crypto = OpenSSLLibrary::kCrypto;
constexpr OpenSSLLibrary ssl = OpenSSLLibrary::kSsl;

// What a function of the table is: a list of these takes a tenth of the code that looks each of
// them up.
struct Entry {
  const char* name;
  uint16_t offset;  // In Api.
  OpenSSLLibrary library;
  int8_t feature;  // kRequired, or what is missing without it.
};
constexpr int8_t kRequired = -1;

constexpr Entry kEntries[] = {
#define OSSL_REQUIRED(library, name) {#name, offsetof(Api, name), library, kRequired},
#define OSSL_OPTIONAL(library, result, name, arguments, feature) \
  {#name, offsetof(Api, name), library, static_cast<int8_t>(Feature::k##feature)},
#include "functions.def"
#undef OSSL_REQUIRED
#undef OSSL_OPTIONAL
};

}  // namespace

std::vector<std::string> FillApi(SymbolLookup lookup, void* context) {
  std::vector<std::string> missing;
  std::array<bool, kFeatureCount> found;
  found.fill(true);
  Api api;
  for (const Entry& entry : kEntries) {
    // This copies bytes, because the standard has no cast between pointers to objects and pointers
    // to functions.
    void* const address = lookup(entry.library, entry.name, context);
    std::memcpy(reinterpret_cast<char*>(&api) + entry.offset, &address, sizeof(address));
    if (address != nullptr) continue;
    if (entry.feature == kRequired) {
      missing.emplace_back(entry.name);
    } else {
      found[static_cast<size_t>(entry.feature)] = false;
    }
  }
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
