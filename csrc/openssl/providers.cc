#include "providers.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>

#include "../base/paths.h"
#include "api.h"
#include "dynamic.h"
#include "errors.h"
#include "pointers.h"
#include "stack.h"

namespace ownssl {

namespace {

#if defined(_WIN32)
constexpr char kModuleSuffix[] = ".dll";
constexpr char kSeparators[] = "/\\";
#elif defined(__APPLE__)
constexpr char kModuleSuffix[] = ".dylib";
constexpr char kSeparators[] = "/";
#else
constexpr char kModuleSuffix[] = ".so";
constexpr char kSeparators[] = "/";
#endif

std::mutex mutex;  // of everything below
Isolation isolation = Isolation::kHost;
std::vector<void*> family;  // the libraries that modules have to be bound to
std::vector<ModuleBindings> modules;
std::map<std::string, std::string> configured;  // provider name to the module= of openssl.cnf
std::vector<std::string> expected;              // to be active because openssl.cnf says so
std::optional<std::string> chosen_config;       // instead of OpenSSL's own choice

// Where OpenSSL will look for the module of a provider.
std::string ModulePath(const std::string& name) {
  const auto found = configured.find(name);
  const bool is_path =
      found != configured.end() || name.find_first_of(kSeparators) != std::string::npos;
  const std::string file = found != configured.end() ? found->second : name;
  return Utf8(PathFrom(ModulesDir()) / PathFrom(is_path ? file : file + kModuleSuffix));
}

std::string DescribeAstray(const std::string& path, const Bindings& bindings) {
  return "the module " + path +
         " can't be kept apart from another OpenSSL in this process: " + bindings.example;
}

// Empty when the module is open and isolated, or when there is none: then the provider is part of
// libcrypto, or OpenSSL's own error will tell what it looked for.
std::string OpenModule(const std::string& path) {
  // To the OpenSSL inside Node a module binds by itself, as it should.
  if (isolation == Isolation::kHost || !Exists(PathFrom(path))) return "";
  for (const ModuleBindings& module : modules) {
    if (module.path == path) return "";
  }
  std::string error;
  void* handle = OpenIsolated(path, &error);
  if (!handle) return "the module " + path + ": " + error;
  // A static libcrypto can't be bound to. A module that brings all it needs, as fips does, is
  // welcome.
  if (isolation == Isolation::kStatic && FindSymbol(handle, "OpenSSL_version_num")) {
    CloseLibrary(handle);
    return "the module " + path + " needs a shared libcrypto, and this build has a static one";
  }
  const Bindings bindings = ReadBindings(handle, family);
  if (!bindings.Isolated()) {
    CloseLibrary(handle);
    return DescribeAstray(path, bindings);
  }
  modules.push_back({path, bindings});
  return "";
}

bool IsOff(const std::string& value) {
  return value == "0" || value == "no" || value == "off" || value == "false" || value == "NO" ||
         value == "OFF" || value == "FALSE";
}

// OpenSSL takes "1.module" for "module", so that a key can occur more than once.
std::string KeyOf(const CONF_VALUE* value) {
  const std::string key = value->name ? value->name : "";
  const size_t dot = key.find('.');
  return dot == std::string::npos ? key : key.substr(dot + 1);
}

struct ConfiguredProvider {
  std::string name;
  std::string module;
  bool active = false;
  bool may_fail = false;
};

ConfiguredProvider ReadProvider(const CONF* conf, const CONF_VALUE* entry) {
  ConfiguredProvider provider;
  provider.name = KeyOf(entry);
  const auto* section = ossl.NCONF_get_section(conf, entry->value);
  for (int i = 0; section && i < StackSize(section); i++) {
    const auto* setting = StackAt<CONF_VALUE>(section, i);
    const std::string key = KeyOf(setting);
    const std::string value = setting->value ? setting->value : "";
    if (key == "identity") provider.name = value;
    if (key == "module") provider.module = value;
    if (key == "activate") provider.active = !IsOff(value);
    if (key == "soft_load") provider.may_fail = !IsOff(value);
  }
  return provider;
}

std::string Parameter(const OSSL_PROVIDER* provider, const char* name) {
  const char* value = nullptr;
  OSSL_PARAM parameters[] = {
      ossl.OSSL_PARAM_construct_utf8_ptr(name, const_cast<char**>(&value), 0),
      ossl.OSSL_PARAM_construct_end()};
  if (ossl.OSSL_PROVIDER_get_params(provider, parameters) != 1 || !value) return "";
  return value;
}

int AddProvider(OSSL_PROVIDER* provider, void* list) {
  ProviderInfo info;
  info.name = ossl.OSSL_PROVIDER_get0_name(provider);
  info.version = Parameter(provider, OSSL_PROV_PARAM_VERSION);
  static_cast<std::vector<ProviderInfo>*>(list)->push_back(std::move(info));
  return 1;
}

}  // namespace

std::string ModulesDir() {
  std::string named = Environment("OPENSSL_MODULES");
  if (!named.empty()) return named;
  const char* built_in = ossl.OPENSSL_info(OPENSSL_INFO_MODULES_DIR);
  return built_in ? built_in : "";
}

void ChooseConfigFile(const std::string& file) {
  const std::lock_guard<std::mutex> lock(mutex);
  chosen_config = file;
}

std::string ConfigFile() {
  if (chosen_config) return *chosen_config;
  const OpenSSLMemory<char> name(ossl.CONF_get1_default_config_file());
  return name && *name && Exists(PathFrom(name.get())) ? name.get() : "";
}

ProviderResult PrepareConfiguredModules(Isolation how, const std::vector<void*>& handles) {
  const std::lock_guard<std::mutex> lock(mutex);
  isolation = how;
  family = handles;
  const std::string file = ConfigFile();
  if (file.empty()) return {true, "", ""};
  const ClearErrors clear;
  const ConfPointer conf(ossl.NCONF_new(nullptr));
  long line = 0;
  if (!conf || ossl.NCONF_load(conf.get(), file.c_str(), &line) <= 0) {
    const OpenSSLError error = DrainErrors("it can't be read");
    const std::string where = line > 0 ? " line " + std::to_string(line) : "";
    return {false, kConfigInvalid,
            "the OpenSSL configuration " + file + where + ": " +
                (error.reason.empty() ? error.message : error.reason)};
  }
  const char* start = ossl.NCONF_get_string(conf.get(), nullptr, "openssl_conf");
  const char* list = start ? ossl.NCONF_get_string(conf.get(), start, "providers") : nullptr;
  const auto* section = list ? ossl.NCONF_get_section(conf.get(), list) : nullptr;
  for (int i = 0; section && i < StackSize(section); i++) {
    const auto* entry = StackAt<CONF_VALUE>(section, i);
    if (!entry->value) continue;
    const ConfiguredProvider provider = ReadProvider(conf.get(), entry);
    if (!provider.module.empty()) configured[provider.name] = provider.module;
    if (!provider.active) continue;
    if (!provider.may_fail) expected.push_back(provider.name);
    const std::string error = OpenModule(ModulePath(provider.name));
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

std::string FindModuleAstray(const std::vector<LoadedObject>& before,
                             const std::vector<void*>& handles) {
  for (const LoadedObject& object : LoadedObjects()) {
    bool is_new = true;
    for (const LoadedObject& old : before) is_new = is_new && old.identity != object.identity;
    if (!is_new || object.path.empty()) continue;
    std::string error;
    void* handle = OpenIsolated(object.path, &error);  // it is open: this only names it
    if (!handle) continue;
    const Bindings bindings = ReadBindings(handle, handles);
    CloseLibrary(handle);
    if (!bindings.Isolated()) return DescribeAstray(object.path, bindings);
  }
  return "";
}

std::string OpenProviderModule(const std::string& name) {
  const std::lock_guard<std::mutex> lock(mutex);
  return OpenModule(ModulePath(name));
}

ProviderResult LoadProvider(const std::string& name) {
  const std::lock_guard<std::mutex> lock(mutex);
  const ClearErrors clear;
  const std::string path = ModulePath(name);
  const std::string reason = OpenModule(path);
  if (!reason.empty()) return {false, kProviderFailed, "the provider " + name + ": " + reason};
  // With retained fallbacks: a first provider that is loaded by name would switch the default one
  // off.
  if (!ossl.OSSL_PROVIDER_try_load(nullptr, name.c_str(), 1)) {
    const OpenSSLError error = DrainErrors("it can't be loaded");
    std::string message = "the provider " + name + ": " + error.message;
    if (!Exists(PathFrom(path))) message += " (there is no " + path + ")";
    return {false, kProviderFailed, message};
  }
  return {true, "", ""};
}

std::vector<ProviderInfo> Providers() {
  std::vector<ProviderInfo> list;
  ossl.OSSL_PROVIDER_do_all(nullptr, AddProvider, &list);
  const std::lock_guard<std::mutex> lock(mutex);
  for (ProviderInfo& info : list) {
    const std::string path = ModulePath(info.name);
    for (const ModuleBindings& module : modules) {
      if (module.path == path) info.path = path;
    }
  }
  return list;
}

std::vector<ModuleBindings> Modules() {
  const std::lock_guard<std::mutex> lock(mutex);
  return modules;
}

}  // namespace ownssl
