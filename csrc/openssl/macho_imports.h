// From which library each import of a Mach-O file comes, as its tables say. They are what dyld goes
// by, so they are what can be proved of the binding: dyld does not tell what it wrote where.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "byte_view.h"

namespace ownssl {

struct MachOImport {
  enum class From { kLibrary, kExecutable, kAnywhere };

  std::string symbol;
  From from = From::kLibrary;
  std::string library;  // the install name; empty where `from` is not kLibrary
};

struct MachOImports {
  bool two_level = false;  // else every name is looked for in the whole process
  bool read = false;       // false where the tables are of a kind that isn't known here
  std::vector<MachOImport> imports;
};

// `file`: one architecture, 64 bits. `slide` turns a place in the file's __LINKEDIT into one in
// `file`: 0 for a file, the difference of both for an image in memory.
MachOImports ReadMachOImports(const ByteView& file, uint64_t slide);

}  // namespace ownssl
