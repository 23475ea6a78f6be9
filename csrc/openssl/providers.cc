#include "providers.h"

#include <algorithm>
#include <mutex>

#include "../base/paths.h"
#include "api.h"
#include "config_file.h"
#include "errors.h"
#include "provider_modules.h"

namespace ownssl {
namespace {

std::mutex mutex;
std::vector<std::string> expected;  // Those that openssl.cnf activates.

std::string Parameter(const OSSL_PROVIDER* provider, const char* name) {
  const char* value = nullptr;
  OSSL_PARAM parameters[] = {
      ossl.OSSL_PARAM_construct_utf8_ptr(name, const_cast<char**>(&value), 0),
      ossl.OSSL_PARAM_construct_end()};
  if (ossl.OSSL_PROVIDER_get_params(provider, parameters) != 1 || !value) return "";
  return value;
}

int AddProvider(OSSL_PROVIDER* provider, void* list) noexcept {
  ProviderInfo info;
  info.name = ossl.OSSL_PROVIDER_get0_name(provider);
  info.version = Parameter(provider, OSSL_PROV_PARAM_VERSION);
  static_cast<std::vector<ProviderInfo>*>(list)->push_back(std::move(info));
  return 1;
}

}  // namespace

ProviderResult PrepareConfiguredModules() {
  const std::string file = ConfigFile();
  if (file.empty()) return {true, "", ""};
  const ConfiguredProviders configured = ReadConfiguredProviders(file);
  if (!configured.error.empty()) return {false, kConfigInvalid, configured.error};
  for (const ConfiguredProvider& provider : configured.list) {
    if (!provider.module.empty()) NameModule(provider.name, provider.module);
    if (!provider.active) continue;
    if (!provider.may_fail) {
      const std::lock_guard<std::mutex> lock(mutex);
      expected.push_back(provider.name);
    }
    const std::string error = OpenProviderModule(provider.name);
    if (!error.empty()) {
      return {false, kProviderFailed,
              "the provider " + provider.name + ", which " + file + " activates: " + error};
    }
  }
  return {true, "", ""};
}

bool IsConfigured(const std::string& name) {
  const std::lock_guard<std::mutex> lock(mutex);
  return std::find(expected.begin(), expected.end(), name) != expected.end();
}

std::string FindInactiveProvider() {
  const std::lock_guard<std::mutex> lock(mutex);
  for (const std::string& name : expected) {
    if (ossl.OSSL_PROVIDER_available(nullptr, name.c_str()) != 1) return name;
  }
  return "";
}

ProviderResult LoadProvider(const std::string& name) {
  const std::lock_guard<std::mutex> lock(mutex);
  const ClearErrors clear;
  const std::string reason = OpenProviderModule(name);
  if (!reason.empty()) return {false, kProviderFailed, "the provider " + name + ": " + reason};
  // The last argument retains the fallbacks: otherwise the first provider that is loaded by name
  // would switch the default one off.
  if (!ossl.OSSL_PROVIDER_try_load(nullptr, name.c_str(), 1)) {
    const OpenSSLError error = DrainErrors("it can't be loaded");
    const std::string path = ModulePath(name);
    std::string message = "the provider " + name + ": " + error.message;
    if (!Exists(PathFrom(path))) message += " (there is no " + path + ")";
    return {false, kProviderFailed, message};
  }
  return {true, "", ""};
}

std::vector<ProviderInfo> Providers() {
  std::vector<ProviderInfo> list;
  ossl.OSSL_PROVIDER_do_all(nullptr, AddProvider, &list);
  const std::vector<ModuleBindings> modules = Modules();
  for (ProviderInfo& info : list) {
    const std::string path = ModulePath(info.name);
    for (const ModuleBindings& module : modules) {
      if (module.path == path) info.path = path;
    }
  }
  return list;
}

}  // namespace ownssl
