#include "second_copy.h"

#include <atomic>
#include <string>

#include "dynamic.h"
#include "isolation.h"

namespace {

std::atomic<const ownssl::LibraryInUse*> published{nullptr};

}  // namespace

#ifdef _WIN32
#define OWNSSL_EXPORTED __declspec(dllexport)
#else
#define OWNSSL_EXPORTED __attribute__((visibility("default")))
#endif

// Each copy exports this (csrc/exports.map). It returns null until the copy has loaded an OpenSSL.
extern "C" OWNSSL_EXPORTED const void* ownssl_library_in_use() { return published.load(); }

namespace ownssl {

namespace {

constexpr char kSuffix[] = ".node";
using Ask = const void* (*)();

bool IsAddon(const std::string& path) {
  constexpr size_t kSize = sizeof(kSuffix) - 1;
  return path.size() > kSize && path.compare(path.size() - kSize, kSize, kSuffix) == 0;
}

}  // namespace

const LibraryInUse* FindOtherCopy() {
  for (const LoadedObject& object : LoadedObjects()) {
    if (!IsAddon(object.path)) continue;
    void* handle = OpenLoaded(object.path);
    if (handle == nullptr) continue;
    const auto ask = reinterpret_cast<Ask>(FindSymbol(handle, "ownssl_library_in_use"));
    // The handle may be closed, because an addon of ours is never unloaded.
    CloseLibrary(handle);
    if (ask == nullptr || ask == &ownssl_library_in_use) continue;
    const auto* library = static_cast<const LibraryInUse*>(ask());
    if (library != nullptr && library->size >= sizeof(LibraryInUse)) return library;
  }
  return nullptr;
}

std::string AllocatorOf(void* libcrypto) {
  // This function only tells, and leaves the library uninitialised.
  using Get = void (*)(void**, void**, void**);
  const auto get = reinterpret_cast<Get>(FindSymbol(libcrypto, "CRYPTO_get_mem_functions"));
  if (get == nullptr) return "";
  void* allocate = nullptr;
  void* reallocate = nullptr;
  void* release = nullptr;
  get(&allocate, &reallocate, &release);
  const std::string file = FileOf(allocate);
  return file == FileOf(reinterpret_cast<const void*>(get)) ? "" : file;
}

void PublishLibraryInUse(const LibraryInUse& library) {
  // It is never freed, as the library is never unloaded.
  published = new LibraryInUse(library);
}

}  // namespace ownssl
