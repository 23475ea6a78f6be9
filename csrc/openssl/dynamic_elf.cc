#if !defined(_WIN32) && !defined(__APPLE__)

#include <dlfcn.h>

#include "binary.h"
#include "dynamic.h"
#ifdef __linux__
#include <link.h>
#endif

#include <cstdlib>
#include <memory>

namespace ownssl {

#ifdef RTLD_DEEPBIND

namespace {

using Open = void* (*)(const char*, int);

// AddressSanitizer replaces dlopen() by one that ends the process when it sees RTLD_DEEPBIND,
// because the library would then not use its malloc. OpenSSL's memory goes through our functions:
// no harm.
Open RealOpen() {
#if defined(__SANITIZE_ADDRESS__)
  static const Open open = [] {
    void* libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
    return reinterpret_cast<Open>(dlsym(libc, "dlopen"));
  }();
  return open;
#else
  return dlopen;
#endif
}

}  // namespace

const char* IsolationMethod() { return "deepbind"; }

void* OpenIsolated(const std::string& name, std::string* error) {
  *error = WhyNotLoadable(name);
  if (!error->empty()) return nullptr;
  void* handle = RealOpen()(name.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
  if (!handle) {
    const char* text = dlerror();
    *error = text ? text : "dlopen() failed";
  }
  return handle;
}

#else

const char* IsolationMethod() { return ""; }

void* OpenIsolated(const std::string&, std::string* error) {
  *error =
      "this system can't keep a library apart from Node (no RTLD_DEEPBIND): use a static build";
  return nullptr;
}

#endif

void* OpenHost() { return dlopen(nullptr, RTLD_NOW); }

void* OpenLoaded(const std::string& path) { return dlopen(path.c_str(), RTLD_LAZY | RTLD_NOLOAD); }

void CloseLibrary(void* handle) {
  if (handle) dlclose(handle);
}

void* FindSymbol(void* handle, const char* name) { return dlsym(handle, name); }

std::string FileOf(const void* address) {
  Dl_info info{};
  const bool known = dladdr(address, &info) != 0 && info.dli_fname != nullptr;
  return known ? info.dli_fname : "";
}

std::string PathOf(void* handle) {
#ifdef __linux__
  link_map* map = nullptr;
  if (dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0 || !map || !map->l_name) return "";
  // The file tells which library this is, and a link that led to it does not.
  std::unique_ptr<char, decltype(&std::free)> real(realpath(map->l_name, nullptr), &std::free);
  return real ? real.get() : map->l_name;
#else
  (void)handle;
  return "";
#endif
}

void PinAddon() {}

}  // namespace ownssl

#endif
