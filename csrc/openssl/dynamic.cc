#include "dynamic.h"

#ifdef _WIN32
#include <windows.h>
#else
#include <dlfcn.h>
#ifdef __linux__
#include <link.h>
#endif
#endif

#include <cstdlib>
#include <memory>

namespace ownssl {

#ifdef _WIN32

bool CanIsolate() { return false; }

void* OpenIsolated(const std::string&, std::string* error) {
  *error = "loading a library is not supported on this system: use a static build";
  return nullptr;
}

void* OpenHost() { return GetModuleHandle(nullptr); }

void CloseLibrary(void*) {}

void* FindSymbol(void* handle, const char* name) {
  return reinterpret_cast<void*>(GetProcAddress(static_cast<HMODULE>(handle), name));
}

std::string PathOf(void*) { return ""; }

#else

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

bool CanIsolate() { return true; }

void* OpenIsolated(const std::string& name, std::string* error) {
  void* handle = RealOpen()(name.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
  if (!handle) {
    const char* text = dlerror();
    *error = text ? text : "dlopen() failed";
  }
  return handle;
}

#else

bool CanIsolate() { return false; }

void* OpenIsolated(const std::string&, std::string* error) {
  *error =
      "this system can't keep a library apart from Node (no RTLD_DEEPBIND): use a static build";
  return nullptr;
}

#endif

void* OpenHost() { return dlopen(nullptr, RTLD_NOW); }

void CloseLibrary(void* handle) {
  if (handle) dlclose(handle);
}

void* FindSymbol(void* handle, const char* name) { return dlsym(handle, name); }

std::string PathOf(void* handle) {
#ifdef __linux__
  link_map* map = nullptr;
  if (dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0 || !map || !map->l_name) return "";
  // The file, not the link that named it, tells which library this is.
  std::unique_ptr<char, decltype(&std::free)> real(realpath(map->l_name, nullptr), &std::free);
  return real ? real.get() : map->l_name;
#else
  (void)handle;
  return "";
#endif
}

#endif

}  // namespace ownssl
