#include "initialize.h"

#include "../base/paths.h"
#include "config_file.h"
#include "errors.h"
#include "fips.h"
#include "memory.h"
#include "pointers.h"
#include "provider_modules.h"
#include "providers.h"

namespace ownssl {

namespace {

// All errors are told, because the cause of a failing configuration is the first and its effect the
// last.
std::string Describe(const OpenSSLError& error) {
  std::string text = error.message;
  for (auto it = error.stack.rbegin(); it != error.stack.rend(); ++it) text += "; " + *it;
  return text;
}

InitializeResult Fail(const char* code, std::string message) {
  return {false, code, std::move(message)};
}

}  // namespace

InitializeResult Initialize(LoadedLibrary* library, const std::vector<void*>& handles,
                            const LoadRequest& request) {
  const std::string version = "OpenSSL " + LibraryVersion();
  if (library->isolation == Isolation::kHost) {
    // Node has initialised its OpenSSL, with Node's configuration, and owns its memory.
    if (ossl.OPENSSL_init_ssl(0, nullptr) != 1) {
      return Fail(kLoadFailed, "Node's " + version + " is not initialised");
    }
    if (request.fips) {
      const ProviderResult fips = RequireFips(library->isolation);
      return {fips.ok, fips.code, fips.message};
    }
    return {true, "", ""};
  }

  if (!library->shared_with.empty()) {
    // Another copy of this addon has initialised the library, with its configuration and allocator.
    const bool other_config = request.config.has_value();
    if (!other_config && (!request.fips || FipsActive())) return {true, "", ""};
    return Fail(
        kAlreadyLoaded,
        version + " is in use in this process by another copy of ownssl (" + library->shared_with +
            ")" +
            (other_config ? ", and can't be configured again: leave `config` to it"
                          : " without FIPS, and can't be changed: set OWNSSL_FIPS=1, or let "
                            "that copy ask for FIPS"));
  }

  const bool counted = InstallMemoryFunctions();
  // OpenSSL is never unloaded, so it need not clean up; and at the exit other threads may still be
  // inside it.
  if (ossl.OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr) != 1) {
    return Fail(kLoadFailed, version + " can't be initialised");
  }
  if (request.config) ChooseConfigFile(*request.config);
  BindModulesTo(library->isolation, handles);
  const ProviderResult modules = PrepareConfiguredModules();
  if (!modules.ok) return Fail(modules.code.c_str(), modules.message);

  // OpenSSL's default is to go on without a configuration that fails. A FIPS provider that is asked
  // for there and can't be loaded must not be passed over.
  InitSettingsPointer owner(ossl.OPENSSL_INIT_new());
  OPENSSL_INIT_SETTINGS* const settings = owner.get();
  const bool named = request.config && !request.config->empty();
  ossl.OPENSSL_INIT_set_config_file_flags(
      settings, CONF_MFLAGS_DEFAULT_SECTION | (named ? 0 : CONF_MFLAGS_IGNORE_MISSING_FILE));
  // OpenSSL reads the file whose modules were opened, wherever its name comes from.
  const std::string file = ConfigFileName();
  if (!file.empty()) {
    ossl.OPENSSL_INIT_set_config_filename(settings, file.c_str());
    // OpenSSL copies the name by strdup(), whose memory is another allocator's where one is
    // preloaded, and would free it by the C library's. So it stays, and so does the list, by which
    // whoever looks for leaks at the exit of the process finds it.
    static auto* const kept = new std::vector<const OPENSSL_INIT_SETTINGS*>();
    kept->push_back(owner.release());
  }
  // Told nothing, OpenSSL would look for a file of its own choice.
  const uint64_t load = file.empty() ? OPENSSL_INIT_NO_LOAD_CONFIG : OPENSSL_INIT_LOAD_CONFIG;
  const std::vector<LoadedObject> before = LoadedObjects();
  ossl.ERR_clear_error();
  if (ossl.OPENSSL_init_ssl(OPENSSL_INIT_NO_ATEXIT | load, settings) != 1) {
    const OpenSSLError error = DrainErrors("no reason given");
    return Fail(kConfigInvalid, version + " can't be initialised with the configuration " +
                                    ConfigFile() + ": " + Describe(error));
  }
  if (library->isolation == Isolation::kShared) {
    const std::string astray = FindModuleAstray(before, handles);
    if (!astray.empty()) return Fail(kNotIsolated, astray);
  }

  const std::string inactive = FindInactiveProvider();
  if (!inactive.empty()) {
    const std::string module = ModulePath(inactive);
    const std::string reason =
        Exists(PathFrom(module)) ? "it is not active" : "there is no file " + module;
    const OpenSSLError error = DrainErrors(reason.c_str());
    return Fail(kProviderFailed, "the provider " + inactive + ", which " + ConfigFile() +
                                     " activates, can't be loaded: " + Describe(error));
  }

  if (request.fips) {
    const ProviderResult fips = RequireFips(library->isolation);
    if (!fips.ok) return Fail(fips.code.c_str(), fips.message);
  }

  // Without our memory functions there is no canary: the process had used this library before, as a
  // Node that is linked to the system's OpenSSL has. Then the bindings alone must prove it.
  ossl.ERR_clear_error();
  const Canary canary = ListenToCanary();
  if (canary == Canary::kNoContext) {
    return Fail(kLoadFailed,
                version + " can't make a TLS context: " + Describe(DrainErrors("no reason given")));
  }
  library->canary = counted && canary == Canary::kSings;
  const bool proven = library->canary || (!counted && library->bindings.total > 0);
  if (!proven) {
    return Fail(kNotIsolated, version + " in " + library->ssl_path +
                                  " can't be kept apart from the OpenSSL inside Node: its "
                                  "allocations don't arrive here");
  }
  ossl.ERR_clear_error();
  return {true, "", ""};
}

}  // namespace ownssl
