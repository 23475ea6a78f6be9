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
#include <cstring>

namespace ownssl {

#ifdef OWNSSL_READS_ELF

namespace {

// The relocations that put the address of a symbol where a library reads it: as it is, in the
// global offset table, and in the table of functions.
#if defined(__x86_64__)
constexpr uint32_t kSymbolic[] = {R_X86_64_64, R_X86_64_GLOB_DAT, R_X86_64_JUMP_SLOT};
#elif defined(__aarch64__)
constexpr uint32_t kSymbolic[] = {R_AARCH64_ABS64, R_AARCH64_GLOB_DAT, R_AARCH64_JUMP_SLOT};
#elif defined(__i386__)
constexpr uint32_t kSymbolic[] = {R_386_32, R_386_GLOB_DAT, R_386_JMP_SLOT};
#elif defined(__arm__)
constexpr uint32_t kSymbolic[] = {R_ARM_ABS32, R_ARM_GLOB_DAT, R_ARM_JUMP_SLOT};
#elif defined(__s390x__)
constexpr uint32_t kSymbolic[] = {R_390_64, R_390_GLOB_DAT, R_390_JMP_SLOT};
#elif defined(__powerpc64__)
constexpr uint32_t kSymbolic[] = {R_PPC64_ADDR64, R_PPC64_GLOB_DAT, R_PPC64_JMP_SLOT};
#else
constexpr uint32_t kSymbolic[] = {R_RISCV_64, R_RISCV_JUMP_SLOT};
#endif

// How 32 and 64 bits differ. Relocations with an addend of their own (Rela) and those whose addend
// lies in place (Rel) begin alike, and no more than that is read of them.
#ifdef __LP64__
size_t SymbolOf(uint64_t info) { return ELF64_R_SYM(info); }
uint32_t TypeOf(uint64_t info) { return static_cast<uint32_t>(ELF64_R_TYPE(info)); }
#else
size_t SymbolOf(uint32_t info) { return ELF32_R_SYM(info); }
uint32_t TypeOf(uint32_t info) { return ELF32_R_TYPE(info); }
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

struct Tables {
  const ElfW(Sym) * symbols = nullptr;
  const char* strings = nullptr;
  struct {
    const unsigned char* first = nullptr;
    size_t bytes = 0;
    size_t size = sizeof(ElfW(Rela));  // of one

    const ElfW(Rel) & at(size_t offset) const {
      return *reinterpret_cast<const ElfW(Rel)*>(first + offset);
    }
  } rela, rel, plt;
};

Tables TablesOf(const Object& object) {
  Tables tables;
  // glibc rewrites these entries to addresses; others leave them as offsets.
  const auto address = [&object](const ElfW(Dyn) & entry) {
    const uintptr_t value = entry.d_un.d_ptr;
    return value < object.base ? value + object.base : value;
  };
  for (auto* entry = static_cast<const ElfW(Dyn)*>(object.dynamic); entry->d_tag != DT_NULL;
       entry++) {
    switch (entry->d_tag) {
      case DT_SYMTAB:
        tables.symbols = reinterpret_cast<const ElfW(Sym)*>(address(*entry));
        break;
      case DT_STRTAB:
        tables.strings = reinterpret_cast<const char*>(address(*entry));
        break;
      case DT_RELA:
        tables.rela.first = reinterpret_cast<const unsigned char*>(address(*entry));
        break;
      case DT_RELASZ:
        tables.rela.bytes = entry->d_un.d_val;
        break;
      case DT_REL:
        tables.rel.first = reinterpret_cast<const unsigned char*>(address(*entry));
        break;
      case DT_RELSZ:
        tables.rel.bytes = entry->d_un.d_val;
        break;
      case DT_JMPREL:
        tables.plt.first = reinterpret_cast<const unsigned char*>(address(*entry));
        break;
      case DT_PLTRELSZ:
        tables.plt.bytes = entry->d_un.d_val;
        break;
      case DT_PLTREL:
        if (entry->d_un.d_val == DT_REL) tables.plt.size = sizeof(ElfW(Rel));
        break;
      default:
        break;
    }
  }
  tables.rel.size = sizeof(ElfW(Rel));
  return tables;
}

bool IsSymbolic(uint32_t type) {
  return std::find(std::begin(kSymbolic), std::end(kSymbolic), type) != std::end(kSymbolic);
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
  const Tables tables = TablesOf(*self);
  for (const auto& list : {tables.rela, tables.rel, tables.plt}) {
    for (size_t offset = 0; list.first && offset < list.bytes; offset += list.size) {
      const ElfW(Rel)& relocation = list.at(offset);
      const size_t index = SymbolOf(relocation.r_info);
      if (index == 0 || !IsSymbolic(TypeOf(relocation.r_info))) continue;
      uintptr_t value;
      std::memcpy(&value, reinterpret_cast<const void*>(self->base + relocation.r_offset),
                  sizeof(value));
      if (value == 0) continue;  // This is a weak symbol that nobody defines.
      bindings.total++;
      const bool at_home =
          self->Holds(value) || std::any_of(family.begin(), family.end(),
                                            [value](const Object* o) { return o->Holds(value); });
      if (at_home) continue;
      const char* name = tables.strings + tables.symbols[index].st_name;
      if (executable.Holds(value)) {
        bindings.Astray(Bindings::Where::kExecutable, name, "");
      } else if (AnyDefines(family_handles, family, name)) {
        bindings.Astray(Bindings::Where::kLibrary, name, PathHolding(objects, value));
      }
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
