// Providers, and the modules that they come in. A module that OpenSSL opens by itself binds to the
// OpenSSL inside Node, even when libcrypto is isolated: so each is opened here first.
#pragma once

#include <string>
#include <vector>

#include "library.h"

namespace ownssl {

struct ProviderInfo {
  std::string name;
  std::string version;
  std::string path;  // empty for one that is part of libcrypto
};

struct ProviderResult {
  bool ok = false;
  std::string code;  // set on failure
  std::string message;
};

inline constexpr char kConfigInvalid[] = "ERR_OWNSSL_CONFIG_INVALID";
inline constexpr char kProviderFailed[] = "ERR_OWNSSL_PROVIDER_FAILED";

// The folder in which OpenSSL looks for modules.
std::string ModulesDir();

// Which openssl.cnf is in effect, instead of the one that OPENSSL_CONF or OpenSSL itself names; an
// empty string for none.
void ChooseConfigFile(const std::string& file);

// The openssl.cnf in effect; empty when there is none or it doesn't exist.
std::string ConfigFile();

// Before OpenSSL is initialised: reads openssl.cnf and opens the modules that it activates. A file
// that can't be parsed is a failure here, where OpenSSL would end the process or go on without it.
// `handles` are libcrypto and libssl, empty in a static build.
ProviderResult PrepareConfiguredModules(Isolation isolation, const std::vector<void*>& handles);

// What was loaded since `before` and is not isolated, as a message; empty when all is well.
std::string FindModuleAstray(const std::vector<LoadedObject>& before,
                             const std::vector<void*>& handles);

// Whether openssl.cnf activates the provider.
bool IsConfigured(const std::string& name);

// The first provider that openssl.cnf activates and OpenSSL did not, which some versions say
// nothing about; empty when all are active.
std::string FindInactiveProvider();

// Opens the module of a provider, so that OpenSSL finds it isolated; returns why that failed, or an
// empty string, also when there is no such module.
std::string OpenProviderModule(const std::string& name);

// Loads a provider beside those that are active, the default one included. Contexts that are made
// afterwards can differ from those made before, of which the caller has to take account.
ProviderResult LoadProvider(const std::string& name);

// Those that are active, in no particular order.
std::vector<ProviderInfo> Providers();

// The modules opened so far, with their bindings.
std::vector<ModuleBindings> Modules();

}  // namespace ownssl
