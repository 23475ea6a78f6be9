// macOS binds each symbol to the library that the linker found it in (two-level namespaces), so a
// library of its own sees its own libcrypto, whatever the executable exports.
#ifdef __APPLE__

#include <dlfcn.h>
#include <mach-o/dyld.h>

#include <cstdlib>
#include <memory>

#include "binary.h"
#include "dynamic.h"

namespace ownssl {

namespace {

// dyld ends a process that opens one of these: they are the system's own, kept for old programs.
bool EndsTheProcess(const std::string& name) {
  return name == "/usr/lib/libcrypto.dylib" || name == "/usr/lib/libssl.dylib";
}

// Under the hardened runtime a process takes only libraries signed by Apple or by its own team.
bool IsRefusedBySignature(const std::string& reason) {
  return reason.find("code signature") != std::string::npos ||
         reason.find("library validation") != std::string::npos ||
         reason.find("different Team IDs") != std::string::npos;
}

}  // namespace

const char* IsolationMethod() { return "namespaces"; }

void* OpenIsolated(const std::string& name, std::string* error) {
  *error = EndsTheProcess(name) ? "is the system's own, which macOS lets no program open"
                                : WhyNotLoadable(name);
  if (!error->empty()) return nullptr;
  void* handle = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_FIRST);
  if (!handle) {
    const char* text = dlerror();
    *error = text ? text : "dlopen() failed";
    if (IsRefusedBySignature(*error)) {
      *error +=
          " (this Node runs with library validation: it has to be signed with the entitlement "
          "com.apple.security.cs.disable-library-validation, or the library by the same team)";
    }
  }
  return handle;
}

void* OpenHost() { return dlopen(nullptr, RTLD_NOW); }

void* OpenLoaded(const std::string& path) { return dlopen(path.c_str(), RTLD_LAZY | RTLD_NOLOAD); }

void CloseLibrary(void* handle) {
  if (handle) dlclose(handle);
}

void* FindSymbol(void* handle, const char* name) { return dlsym(handle, name); }

// dyld tells the names of images, not those of handles: the image that opens as this handle is it.
std::string PathOf(void* handle) {
  for (uint32_t i = _dyld_image_count(); i-- > 0;) {
    const char* name = _dyld_get_image_name(i);
    if (!name) continue;
    void* same = dlopen(name, RTLD_NOW | RTLD_NOLOAD | RTLD_FIRST);
    if (same) dlclose(same);
    if (same != handle) continue;
    std::unique_ptr<char, decltype(&std::free)> real(realpath(name, nullptr), &std::free);
    return real ? real.get() : name;
  }
  return "";
}

std::string FileOf(const void* address) {
  Dl_info info{};
  const bool known = dladdr(address, &info) != 0 && info.dli_fname != nullptr;
  return known ? info.dli_fname : "";
}

void PinAddon() {
  Dl_info info;
  if (dladdr(reinterpret_cast<const void*>(&PinAddon), &info) == 0 || !info.dli_fname) return;
  dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
}

}  // namespace ownssl

#endif
