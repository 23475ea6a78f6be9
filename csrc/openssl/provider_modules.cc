#include "provider_modules.h"

#include <map>
#include <mutex>

#include "../base/paths.h"
#include "api.h"
#include "dynamic.h"

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

std::mutex mutex;  // Guards everything below.
Isolation isolation = Isolation::kHost;
std::vector<void*> family;  // The libraries that modules have to be bound to.
std::vector<ModuleBindings> modules;
std::map<std::string, std::string> named;  // By provider, the file that openssl.cnf names.

// Does what ModulePath() does, for callers that hold the lock.
std::string PathOf(const std::string& name) {
  const auto found = named.find(name);
  const bool is_path = found != named.end() || name.find_first_of(kSeparators) != std::string::npos;
  const std::string file = found != named.end() ? found->second : name;
  return Utf8(PathFrom(ModulesDir()) / PathFrom(is_path ? file : file + kModuleSuffix));
}

std::string DescribeAstray(const std::string& path, const Bindings& bindings) {
  return "the module " + path +
         " can't be kept apart from another OpenSSL in this process: " + bindings.example;
}

// Opens a module for OpenProviderModule(), which holds the lock.
std::string OpenModule(const std::string& path) {
  // A module binds to the OpenSSL inside Node by itself, as it should if that one is in use.
  if (isolation == Isolation::kHost || !Exists(PathFrom(path))) return "";
  for (const ModuleBindings& module : modules) {
    if (module.path == path) return "";
  }
  std::string error;
  void* handle = OpenIsolated(path, &error);
  if (!handle) return "the module " + path + ": " + error;
  // No module can be bound to a static libcrypto. One that brings all it needs, as fips does, is
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

}  // namespace

std::string ModulesDir() {
  std::string folder = Environment("OPENSSL_MODULES");
  if (!folder.empty()) return folder;
  const char* built_in = ossl.OPENSSL_info(OPENSSL_INFO_MODULES_DIR);
  return built_in ? built_in : "";
}

void BindModulesTo(Isolation how, const std::vector<void*>& handles) {
  const std::lock_guard<std::mutex> lock(mutex);
  isolation = how;
  family = handles;
}

void NameModule(const std::string& provider, const std::string& file) {
  const std::lock_guard<std::mutex> lock(mutex);
  named[provider] = file;
}

std::string ModulePath(const std::string& provider) {
  const std::lock_guard<std::mutex> lock(mutex);
  return PathOf(provider);
}

std::string OpenProviderModule(const std::string& provider) {
  const std::lock_guard<std::mutex> lock(mutex);
  return OpenModule(PathOf(provider));
}

std::vector<ModuleBindings> Modules() {
  const std::lock_guard<std::mutex> lock(mutex);
  return modules;
}

std::string FindModuleAstray(const std::vector<LoadedObject>& before,
                             const std::vector<void*>& handles) {
  for (const LoadedObject& object : LoadedObjects()) {
    bool is_new = true;
    for (const LoadedObject& old : before) is_new = is_new && old.identity != object.identity;
    if (!is_new || object.path.empty()) continue;
    std::string error;
    void* handle = OpenIsolated(object.path, &error);  // It is open already; this gives a handle.
    if (!handle) continue;
    const Bindings bindings = ReadBindings(handle, handles);
    CloseLibrary(handle);
    if (!bindings.Isolated()) return DescribeAstray(object.path, bindings);
  }
  return "";
}

}  // namespace ownssl
