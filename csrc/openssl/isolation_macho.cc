// The audit of Mach-O: each import names the library that it comes from.
#ifdef __APPLE__

#include <dlfcn.h>
#include <mach-o/dyld.h>
#include <mach-o/loader.h>

#include <cstring>

#include "dynamic.h"
#include "isolation.h"
#include "macho_imports.h"

namespace ownssl {

namespace {

struct Image {
  const mach_header_64* header = nullptr;
  std::string path;
};

Image ImageOf(void* handle) {
  for (uint32_t i = _dyld_image_count(); i-- > 0;) {
    const char* name = _dyld_get_image_name(i);
    if (!name) continue;
    void* same = dlopen(name, RTLD_NOW | RTLD_NOLOAD | RTLD_FIRST);
    if (same) dlclose(same);
    if (same != handle) continue;
    return {reinterpret_cast<const mach_header_64*>(_dyld_get_image_header(i)), name};
  }
  return {};
}

// An image in memory as far as it goes, and where in it the tables of __LINKEDIT are.
struct Extent {
  uint64_t size = 0;
  uint64_t slide = 0;
};

Extent ExtentOf(const mach_header_64* header) {
  Extent extent;
  uint64_t start = 0;
  const auto* command = reinterpret_cast<const load_command*>(header + 1);
  for (uint32_t i = 0; i < header->ncmds; i++) {
    if (command->cmd == LC_SEGMENT_64) {
      const auto* segment = reinterpret_cast<const segment_command_64*>(command);
      if (std::strcmp(segment->segname, "__TEXT") == 0) start = segment->vmaddr;
      if (std::strcmp(segment->segname, "__LINKEDIT") == 0) {
        extent.size = segment->vmaddr + segment->vmsize - start;
        extent.slide = segment->vmaddr - start - segment->fileoff;
      }
    }
    command = reinterpret_cast<const load_command*>(reinterpret_cast<const char*>(command) +
                                                    command->cmdsize);
  }
  return extent;
}

bool AnyDefines(const std::vector<void*>& family, const std::string& symbol) {
  if (symbol.empty()) return false;
  for (void* member : family) {
    if (dlsym(member, symbol.c_str() + 1)) return true;  // dlsym() adds the leading underscore.
  }
  return false;
}

}  // namespace

Bindings ReadBindings(void* handle, const std::vector<void*>& family) {
  Bindings bindings;
  const Image image = ImageOf(handle);
  if (!image.header || image.header->magic != MH_MAGIC_64) return bindings;
  const Extent extent = ExtentOf(image.header);
  const ByteView view(reinterpret_cast<const unsigned char*>(image.header),
                      static_cast<size_t>(extent.size));
  const MachOImports imports = ReadMachOImports(view, extent.slide);
  for (const MachOImport& import : imports.imports) {
    bindings.total++;
    const bool named = imports.two_level && import.from == MachOImport::From::kLibrary;
    if (!named) {
      // Weak definitions of C++ are shared by the whole process, and not OpenSSL's.
      const bool executable = import.from == MachOImport::From::kExecutable;
      if (!executable && !AnyDefines(family, import.symbol)) continue;
      bindings.Astray(executable ? Bindings::Where::kExecutable : Bindings::Where::kLibrary,
                      import.symbol, "whatever defines it first");
      continue;
    }
    // The library that the import names, if it has what ours have, must be one of ours.
    if (import.library.empty() || !AnyDefines(family, import.symbol)) continue;
    void* library = dlopen(import.library.c_str(), RTLD_NOW | RTLD_NOLOAD | RTLD_FIRST);
    if (library) dlclose(library);
    bool at_home = !library;  // Named relative to a path that dyld knows: the canary tells.
    for (void* member : family) at_home = at_home || member == library;
    if (!at_home && dlsym(library, import.symbol.c_str() + 1)) {
      bindings.Astray(Bindings::Where::kLibrary, import.symbol, import.library);
    }
  }
  return bindings;
}

std::vector<LoadedObject> LoadedObjects() {
  std::vector<LoadedObject> list;
  for (uint32_t i = 0; i < _dyld_image_count(); i++) {
    const char* name = _dyld_get_image_name(i);
    list.push_back({name ? name : "", _dyld_get_image_header(i)});
  }
  return list;
}

}  // namespace ownssl

#endif
