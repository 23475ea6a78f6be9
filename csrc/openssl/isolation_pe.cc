// The audit of PE: each import names the file that it comes from, and the loader has written the
// address of what it found there. Both are read, of the image in memory.
#ifdef _WIN32

#include "../base/windows_names.h"
#include "byte_view.h"
#include "dynamic.h"
#include "isolation.h"

// This header has to come after windows.h.
#include <psapi.h>

#include <algorithm>
#include <cstring>

namespace ownssl {

namespace {

class Image {
 public:
  explicit Image(void* module) : base_(static_cast<const unsigned char*>(module)) {
    const auto* dos = reinterpret_cast<const IMAGE_DOS_HEADER*>(base_);
    headers_ = reinterpret_cast<const IMAGE_NT_HEADERS*>(base_ + dos->e_lfanew);
  }

  bool Holds(uintptr_t address) const {
    const auto start = reinterpret_cast<uintptr_t>(base_);
    return address >= start && address - start < headers_->OptionalHeader.SizeOfImage;
  }

  // The loader has checked what it uses, and has it all within the image.
  ByteView view() const { return ByteView(base_, headers_->OptionalHeader.SizeOfImage); }
  uint32_t directory(unsigned index) const {
    return headers_->OptionalHeader.DataDirectory[index].VirtualAddress;
  }

 private:
  const unsigned char* base_;
  const IMAGE_NT_HEADERS* headers_;
};

constexpr unsigned kPointer = sizeof(void*);
constexpr uint64_t kByNumber = uint64_t{1} << (kPointer * 8 - 1);

class Audit {
 public:
  Audit(void* handle, const std::vector<void*>& family)
      : self_(handle), executable_(OpenHost()), family_(family) {}

  Bindings Read() {
    const ByteView image = self_.view();
    // Descriptors of 20 bytes: names at 0, the file at 12, addresses at 16.
    uint64_t at = self_.directory(IMAGE_DIRECTORY_ENTRY_IMPORT);
    for (; at != 0 && image.U32(at + 12) != 0; at += 20) {
      const uint32_t names = image.U32(at) != 0 ? image.U32(at) : image.U32(at + 16);
      ReadList(names, image.U32(at + 16));
    }
    // These are imports that are bound late, in descriptors of 32 bytes: the file at 4, addresses
    // at 12, names at 16. Those that were not called yet lead into the library itself, to the code
    // that will look them up by this name.
    at = self_.directory(IMAGE_DIRECTORY_ENTRY_DELAY_IMPORT);
    for (; at != 0 && image.U32(at + 4) != 0; at += 32) {
      if (NamesExecutable(image.Text(image.U32(at + 4)))) {
        bindings_.Astray(Bindings::Where::kExecutable, "a delayed import", "");
      }
      ReadList(image.U32(at + 16), image.U32(at + 12));
    }
    return bindings_;
  }

 private:
  static bool NamesExecutable(const std::string& file) {
    const std::string path = PathOf(OpenHost());
    const size_t slash = path.find_last_of('\\');
    return _stricmp(file.c_str(), path.substr(slash + 1).c_str()) == 0;
  }

  void ReadList(uint32_t names, uint32_t addresses) {
    const ByteView image = self_.view();
    for (uint64_t i = 0;; i += kPointer) {
      const auto address = static_cast<uintptr_t>(image.Number(addresses + i, kPointer));
      const uint64_t name = image.Number(names + i, kPointer);
      if (address == 0 || name == 0) break;
      bindings_.total++;
      const bool by_number = (name & kByNumber) != 0;
      Judge(address, by_number ? "" : image.Text(name + 2));  // The name stands behind the hint.
    }
  }

  void Judge(uintptr_t address, const std::string& name) {
    const bool at_home = self_.Holds(address) ||
                         std::any_of(family_.begin(), family_.end(), [address](void* member) {
                           return Image(member).Holds(address);
                         });
    if (at_home) return;
    if (executable_.Holds(address)) {
      bindings_.Astray(Bindings::Where::kExecutable, name.empty() ? "an import" : name, "");
      return;
    }
    for (void* member : family_) {
      if (name.empty() || FindSymbol(member, name.c_str()) == nullptr) continue;
      HMODULE other = nullptr;
      GetModuleHandleExW(
          GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
          reinterpret_cast<const wchar_t*>(address), &other);
      bindings_.Astray(Bindings::Where::kLibrary, name, PathOf(other));
      return;
    }
  }

  Image self_;
  Image executable_;
  const std::vector<void*>& family_;
  Bindings bindings_;
};

}  // namespace

Bindings ReadBindings(void* handle, const std::vector<void*>& family) {
  return Audit(handle, family).Read();
}

std::vector<LoadedObject> LoadedObjects() {
  std::vector<HMODULE> modules(256);
  DWORD bytes = 0;
  while (K32EnumProcessModules(GetCurrentProcess(), modules.data(),
                               static_cast<DWORD>(modules.size() * sizeof(HMODULE)), &bytes)) {
    const size_t count = bytes / sizeof(HMODULE);
    const bool all = count <= modules.size();
    modules.resize(count);
    if (all) break;
  }
  std::vector<LoadedObject> list;
  for (HMODULE module : modules) list.push_back({PathOf(module), module});
  return list;
}

}  // namespace ownssl

#endif
