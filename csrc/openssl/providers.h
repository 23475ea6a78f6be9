// Providers: those that openssl.cnf activates, those that a program loads, and which are active.
#pragma once

#include <string>
#include <vector>

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

// Before OpenSSL is initialised: opens the modules of the providers that openssl.cnf activates. A
// file that can't be parsed is a failure here.
ProviderResult PrepareConfiguredModules();

// Whether openssl.cnf activates the provider.
bool IsConfigured(const std::string& name);

// The first provider that openssl.cnf activates and OpenSSL did not, which some versions say
// nothing about; empty when all are active.
std::string FindInactiveProvider();

// Loads a provider beside those that are active, the default one included. Contexts that are made
// afterwards can differ from those made before, of which the caller has to take account.
ProviderResult LoadProvider(const std::string& name);

// Those that are active, in no particular order.
std::vector<ProviderInfo> Providers();

}  // namespace ownssl
