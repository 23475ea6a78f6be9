#include "openssl_object.h"

#include <optional>
#include <string>

#include "../base/generation.h"
#include "../openssl/api.h"
#include "../openssl/config_file.h"
#include "../openssl/fips.h"
#include "../openssl/library.h"
#include "../openssl/memory.h"
#include "../openssl/provider_modules.h"
#include "../openssl/providers.h"
#include "error_object.h"

namespace ownssl {

namespace {

std::optional<std::string> OptionalString(const Napi::Value& value) {
  if (!value.IsString()) return std::nullopt;
  return value.As<Napi::String>().Utf8Value();
}

Napi::Value StringOrNull(Napi::Env env, const std::string& text) {
  return text.empty() ? env.Null() : Napi::String::New(env, text);
}

Napi::Array ToArray(Napi::Env env, const std::vector<Tried>& list) {
  Napi::Array array = Napi::Array::New(env, list.size());
  for (uint32_t i = 0; i < list.size(); i++) {
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("candidate", list[i].candidate);
    entry.Set("reason", list[i].reason);
    array.Set(i, entry);
  }
  return array;
}

Napi::Object ToObject(Napi::Env env, const Bindings& bindings) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("total", static_cast<double>(bindings.total));
  object.Set("toExecutable", static_cast<double>(bindings.to_executable));
  object.Set("elsewhere", static_cast<double>(bindings.elsewhere));
  return object;
}

Napi::Object IsolationObject(Napi::Env env, const LoadedLibrary& library) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("method", NameOf(library.isolation));
  object.Set("canary", library.canary);
  object.Set("bindings", ToObject(env, library.bindings));
  const std::vector<ModuleBindings> modules = Modules();
  Napi::Array array = Napi::Array::New(env, modules.size());
  for (uint32_t i = 0; i < modules.size(); i++) {
    Napi::Object module = Napi::Object::New(env);
    module.Set("path", modules[i].path);
    module.Set("bindings", ToObject(env, modules[i].bindings));
    array.Set(i, module);
  }
  object.Set("modules", array);
  return object;
}

Napi::Array ProvidersArray(Napi::Env env) {
  const std::vector<ProviderInfo> providers = Providers();
  Napi::Array array = Napi::Array::New(env, providers.size());
  for (uint32_t i = 0; i < providers.size(); i++) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("name", providers[i].name);
    object.Set("version", StringOrNull(env, providers[i].version));
    object.Set("path", StringOrNull(env, providers[i].path));
    array.Set(i, object);
  }
  return array;
}

Napi::Object FeaturesObject(Napi::Env env) {
  Napi::Object object = Napi::Object::New(env);
  for (int i = 0; i < static_cast<int>(Feature::kCount); i++) {
    const auto feature = static_cast<Feature>(i);
    object.Set(InfoOf(feature).js_name, Has(feature));
  }
  return object;
}

Napi::Error LoadError(Napi::Env env, const LoadResult& result) {
  Napi::Error error = MakeError(env, result.code, result.message);
  if (!result.tried.empty()) error.Set("tried", ToArray(env, result.tried));
  return error;
}

void Load(const Napi::CallbackInfo& info) {
  const LoadResult result = LoadOpenSSL({OptionalString(info[0]), OptionalString(info[1]),
                                         info[2].ToBoolean().Value(), OptionalString(info[3])});
  if (!result.library) throw LoadError(info.Env(), result);
}

Napi::Value Info(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  const LoadedLibrary* library = CurrentLibrary();
  if (!library) return env.Null();
  Napi::Object object = Napi::Object::New(env);
  object.Set("version", LibraryVersion());
  object.Set("versionText", ossl.OpenSSL_version(OPENSSL_VERSION));
  object.Set("source", NameOf(library->source));
  object.Set("libssl", StringOrNull(env, library->ssl_path));
  object.Set("libcrypto", StringOrNull(env, library->crypto_path));
  object.Set("modulesDir", StringOrNull(env, ModulesDir()));
  object.Set("configFile", StringOrNull(env, ConfigFile()));
  object.Set("providers", ProvidersArray(env));
  object.Set("fips", FipsActive());
  object.Set("features", FeaturesObject(env));
  object.Set("isolation", IsolationObject(env, *library));
  object.Set("sharedWith", StringOrNull(env, library->shared_with));
  object.Set("tried", ToArray(env, library->tried));
  return object;
}

void LoadProviderNamed(const Napi::CallbackInfo& info) {
  const ProviderResult result = LoadProvider(info[0].As<Napi::String>().Utf8Value());
  if (!result.ok) throw MakeError(info.Env(), result.code, result.message);
  Generation::Next();
}

Napi::Value Live(const Napi::CallbackInfo& info) {
  const LiveMemory live = LiveAllocations();
  Napi::Object object = Napi::Object::New(info.Env());
  object.Set("allocations", static_cast<double>(live.allocations));
  object.Set("bytes", static_cast<double>(live.bytes));
  return object;
}

}  // namespace

void ExportOpenSSL(Napi::Env env, Napi::Object exports) {
  exports.Set("loadOpenSSL", Napi::Function::New(env, Load, "loadOpenSSL"));
  exports.Set("openSSLInfo", Napi::Function::New(env, Info, "openSSLInfo"));
  exports.Set("loadProvider", Napi::Function::New(env, LoadProviderNamed, "loadProvider"));
  exports.Set("liveAllocations", Napi::Function::New(env, Live, "liveAllocations"));
}

}  // namespace ownssl
