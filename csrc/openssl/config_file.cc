#include "config_file.h"

#include <mutex>
#include <optional>

#include "../base/paths.h"
#include "api.h"
#include "errors.h"
#include "pointers.h"
#include "stack_of.h"

namespace ownssl {
namespace {

std::mutex mutex;
std::optional<std::string> chosen;  // Instead of OpenSSL's own choice.

bool IsChosen() {
  const std::lock_guard<std::mutex> lock(mutex);
  return chosen.has_value();
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

std::string WhyUnreadable(const std::string& file, long line) {
  const OpenSSLError error = DrainErrors("it can't be read");
  const std::string where = line > 0 ? " line " + std::to_string(line) : "";
  return "the OpenSSL configuration " + file + where + ": " +
         (error.reason.empty() ? error.message : error.reason);
}

}  // namespace

void ChooseConfigFile(const std::string& file) {
  const std::lock_guard<std::mutex> lock(mutex);
  chosen = file;
}

std::string ConfigFileName() {
  const std::lock_guard<std::mutex> lock(mutex);
  if (chosen) return *chosen;
#ifdef _WIN32
  // The C library inside the DLL has its own copy of the environment, which knows neither what the
  // program has set or deleted since nor names beyond the code page.
  const std::optional<std::string> variable = FindEnvironment("OPENSSL_CONF");
  if (variable) return *variable;
  const char* folder = ossl.OPENSSL_info(OPENSSL_INFO_CONFIG_DIR);
  return folder ? Utf8(PathFrom(folder) / "openssl.cnf") : "";
#else
  const OpenSSLMemory<char> name(ossl.CONF_get1_default_config_file());
  return name ? name.get() : "";
#endif
}

std::string ConfigFile() {
  const std::string name = ConfigFileName();
  if (IsChosen()) return name;
  return !name.empty() && Exists(PathFrom(name)) ? name : "";
}

ConfiguredProviders ReadConfiguredProviders(const std::string& file) {
  const ClearErrors clear;
  ConfiguredProviders providers;
  const ConfPointer conf(ossl.NCONF_new(nullptr));
  long line = 0;
  if (!conf || ossl.NCONF_load(conf.get(), file.c_str(), &line) <= 0) {
    providers.error = WhyUnreadable(file, line);
    return providers;
  }
  const char* start = ossl.NCONF_get_string(conf.get(), nullptr, "openssl_conf");
  const char* list = start ? ossl.NCONF_get_string(conf.get(), start, "providers") : nullptr;
  const auto* section = list ? ossl.NCONF_get_section(conf.get(), list) : nullptr;
  for (int i = 0; section && i < StackSize(section); i++) {
    const auto* entry = StackAt<CONF_VALUE>(section, i);
    if (entry->value) providers.list.push_back(ReadProvider(conf.get(), entry));
  }
  return providers;
}

}  // namespace ownssl
