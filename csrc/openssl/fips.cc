#include "fips.h"

#include <array>
#include <cstdio>
#include <optional>

#include "../base/paths.h"
#include "api.h"
#include "errors.h"
#include "pointers.h"
#include "provider_modules.h"

namespace ownssl {

namespace {

// What `openssl fipsinstall` has written has a section fips_sect with the module's checksum.
constexpr char kStart[] = "ownssl_fips = ownssl_start\n";
constexpr char kSections[] = R"(
[ownssl_start]
providers = ownssl_providers
[ownssl_providers]
fips = fips_sect
base = ownssl_base
[ownssl_base]
activate = 1
)";

ProviderResult Fail(const std::string& reason) {
  return {false, kFipsFailed,
          "FIPS is required, and OpenSSL " + LibraryVersion() + " can't do it: " + reason};
}

std::string InstalledConfig() {
  const char* folder = ossl.OPENSSL_info(OPENSSL_INFO_CONFIG_DIR);
  return folder ? Utf8(PathFrom(folder) / "fipsmodule.cnf") : "";
}

// This reads with C's functions: the C++ library is linked in, and its streams would double the
// size of the addon.
std::optional<std::string> ReadFile(const std::string& path) {
  const FilePointer file = OpenForReading(PathFrom(path));
  if (!file) return std::nullopt;
  std::string text;
  std::array<char, 4096> chunk;
  while (const size_t size = std::fread(chunk.data(), 1, chunk.size(), file.get())) {
    text.append(chunk.data(), size);
  }
  if (std::ferror(file.get())) return std::nullopt;
  return text;
}

// Why the provider can't be activated; an empty string when it is active.
std::string Activate() {
  std::string reason = OpenProviderModule("fips");
  if (!reason.empty()) return reason;
  const std::string file = InstalledConfig();
  const std::optional<std::string> section = ReadFile(file);
  if (!section) {
    return "its configuration does not activate the FIPS provider, and there is no " + file +
           " (openssl fipsinstall makes it)";
  }
  const std::string config = kStart + *section + kSections;

  const ClearErrors clear;
  const BIOPointer bio(ossl.BIO_new_mem_buf(config.data(), static_cast<int>(config.size())));
  const ConfPointer conf(ossl.NCONF_new(nullptr));
  long line = 0;
  const bool done = bio && conf && ossl.NCONF_load_bio(conf.get(), bio.get(), &line) > 0 &&
                    ossl.CONF_modules_load(conf.get(), "ownssl_fips", 0) > 0 &&
                    ossl.OSSL_PROVIDER_available(nullptr, "fips") == 1;
  if (done) return "";
  const OpenSSLError error = DrainErrors("no reason given");
  std::string message = "the FIPS provider, with " + file + ": " + error.message;
  for (auto it = error.stack.rbegin(); it != error.stack.rend(); ++it) message += "; " + *it;
  return message;
}

}  // namespace

bool FipsActive() {
  return ossl.EVP_default_properties_is_fips_enabled(nullptr) == 1 &&
         ossl.OSSL_PROVIDER_available(nullptr, "fips") == 1;
}

ProviderResult RequireFips(Isolation isolation) {
  if (FipsActive()) return {true, "", ""};
  // Its configuration is Node's business, and Node has used it already.
  if (isolation == Isolation::kHost) return Fail("it is Node's own: start node with --enable-fips");
  // OpenSSL is not asked whether it is available: the question would bring in the default provider.
  if (!IsConfigured("fips")) {
    const std::string reason = Activate();
    if (!reason.empty()) return Fail(reason);
  }
  ossl.ERR_clear_error();
  ossl.EVP_default_properties_enable_fips(nullptr, 1);
  if (!FipsActive()) return Fail(DrainErrors("the FIPS provider does not stay active").message);
  return {true, "", ""};
}

}  // namespace ownssl
