// The audit of ELF: reads what the dynamic linker wrote for each relocation of a library.
#include "isolation.h"

#if defined(__linux__) &&                                                                    \
    (defined(__x86_64__) || defined(__aarch64__) || defined(__i386__) || defined(__arm__) || \
     defined(__s390x__) || defined(__powerpc64__) || defined(__riscv))
#define OWNSSL_READS_ELF 1
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#endif

#include <algorithm>
#include <cstdint>

#include "elf_references.h"

namespace ownssl {

#ifdef OWNSSL_READS_ELF

namespace {

#if defined(__x86_64__)
constexpr uint16_t kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr uint16_t kMachine = EM_AARCH64;
#elif defined(__i386__)
constexpr uint16_t kMachine = EM_386;
#elif defined(__arm__)
constexpr uint16_t kMachine = EM_ARM;
#elif defined(__s390x__)
constexpr uint16_t kMachine = EM_S390;
#elif defined(__powerpc64__)
constexpr uint16_t kMachine = EM_PPC64;
#else
constexpr uint16_t kMachine = EM_RISCV;
#endif

struct Range {
  uintptr_t begin;
  uintptr_t end;
};

struct Object {
  std::string path;
  uintptr_t base = 0;
  const void* dynamic = nullptr;
  std::vector<Range> ranges;

  bool Holds(uintptr_t address) const {
    return std::any_of(ranges.begin(), ranges.end(), [address](const Range& range) {
      return address >= range.begin && address < range.end;
    });
  }
};

int Collect(dl_phdr_info* info, size_t, void* list) {
  Object object;
  object.path = info->dlpi_name ? info->dlpi_name : "";
  object.base = info->dlpi_addr;
  for (size_t i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr)& header = info->dlpi_phdr[i];
    const uintptr_t start = info->dlpi_addr + header.p_vaddr;
    if (header.p_type == PT_LOAD) object.ranges.push_back({start, start + header.p_memsz});
    if (header.p_type == PT_DYNAMIC) object.dynamic = reinterpret_cast<const void*>(start);
  }
  static_cast<std::vector<Object>*>(list)->push_back(std::move(object));
  return 0;
}

// The first of the list is the executable.
std::vector<Object> Objects() {
  std::vector<Object> objects;
  dl_iterate_phdr(Collect, &objects);
  return objects;
}

const Object* ObjectOf(const std::vector<Object>& objects, void* handle) {
  link_map* map = nullptr;
  if (dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0 || !map) return nullptr;
  for (const Object& object : objects) {
    if (object.dynamic == map->l_ld) return &object;
  }
  return nullptr;
}

// The whole of a library that is loaded.
ElfImage ImageOf(const Object& object) {
  uintptr_t end = object.base;
  for (const Range& range : object.ranges) end = std::max(end, range.end);
  const bool big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
  const auto* start = reinterpret_cast<const unsigned char*>(object.base);
  const auto dynamic = reinterpret_cast<uintptr_t>(object.dynamic);
  return {ByteView(start, end - object.base, big_endian), sizeof(void*) == 8, kMachine, object.base,
          dynamic - object.base};
}

bool AnyDefines(const std::vector<void*>& handles, const std::vector<const Object*>& family,
                const char* name) {
  for (void* handle : handles) {
    // A handle finds what its dependencies define, too: the C library, say.
    const auto address = reinterpret_cast<uintptr_t>(dlsym(handle, name));
    if (address == 0) continue;
    for (const Object* object : family) {
      if (object->Holds(address)) return true;
    }
  }
  return false;
}

const std::string& PathHolding(const std::vector<Object>& objects, uintptr_t address) {
  static const std::string unknown = "an unknown object";
  for (const Object& object : objects) {
    if (object.Holds(address)) return object.path;
  }
  return unknown;
}

}  // namespace

Bindings ReadBindings(void* handle, const std::vector<void*>& family_handles) {
  Bindings bindings;
  const std::vector<Object> objects = Objects();
  const Object* self = ObjectOf(objects, handle);
  if (!self || !self->dynamic) return bindings;
  std::vector<const Object*> family;
  for (void* member : family_handles) {
    if (const Object* object = ObjectOf(objects, member)) family.push_back(object);
  }
  const Object& executable = objects.front();
  const ElfImage image = ImageOf(*self);
  for (const ElfReference& reference : ReadElfReferences(image)) {
    const auto value = static_cast<uintptr_t>(image.Address(reference.address));
    if (value == 0) continue;  // This is a weak symbol that nobody defines.
    bindings.total++;
    const bool at_home =
        self->Holds(value) || std::any_of(family.begin(), family.end(),
                                          [value](const Object* o) { return o->Holds(value); });
    if (at_home) continue;
    const std::string name = image.bytes.Text(reference.name);
    if (executable.Holds(value)) {
      bindings.Astray(Bindings::Where::kExecutable, name, "");
    } else if (AnyDefines(family_handles, family, name.c_str())) {
      bindings.Astray(Bindings::Where::kLibrary, name, PathHolding(objects, value));
    }
  }
  return bindings;
}

std::vector<LoadedObject> LoadedObjects() {
  std::vector<LoadedObject> list;
  for (const Object& object : Objects()) list.push_back({object.path, object.dynamic});
  return list;
}

#elif !defined(__APPLE__) && !defined(_WIN32)

Bindings ReadBindings(void*, const std::vector<void*>&) { return {}; }

std::vector<LoadedObject> LoadedObjects() { return {}; }

#endif

}  // namespace ownssl
