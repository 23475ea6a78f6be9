// Proof that a loaded library calls itself and not the OpenSSL inside the node executable.
// Each format of libraries has a file: isolation_elf.cc, isolation_macho.cc, isolation_pe.cc.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace ownssl {

// How the dynamic linker bound the symbols that a library refers to.
struct Bindings {
  size_t total = 0;
  size_t to_executable = 0;  // to the node executable; 0 in an isolated library
  size_t elsewhere = 0;      // to another library that has what the OpenSSL in use has; 0 as well
  std::string example;       // a symbol that went astray, and where

  enum class Where { kExecutable, kLibrary };

  // Counts a symbol that went astray, into the library `file`.
  void Astray(Where where, const std::string& symbol, const std::string& file);
  bool Isolated() const { return to_executable == 0 && elsewhere == 0; }
  void Add(const Bindings& other);
};

// Reads the relocations, or the imports, of a library. `family` are the libraries that belong
// together (libcrypto, libssl): a symbol that one of them defines must be bound to one of them.
// Where the format of libraries isn't known here the total stays 0.
Bindings ReadBindings(void* handle, const std::vector<void*>& family);

struct LoadedObject {
  std::string path;
  const void* identity = nullptr;  // tells one from another
};

// All shared objects in the process. The difference of two lists is what was loaded in between.
std::vector<LoadedObject> LoadedObjects();

}  // namespace ownssl
