// What a library's file says of itself, read before the system is asked to load it: for which
// processor it is, whether all of it is there, and what it needs. ELF, PE and Mach-O are read on
// every system, so that each can say what a file is that was meant for another.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ownssl {

enum class Format { kUnknown, kElf, kPe, kMachO };

struct Machine {
  Format format = Format::kUnknown;
  std::string name;  // as Node calls it: "x64", "arm64", …; else "processor 0x1234"
  int bits = 0;

  bool operator==(const Machine& other) const {
    return format == other.format && name == other.name && bits == other.bits;
  }
};

// The machine that this process runs on, and the format of its libraries.
Machine ThisMachine();

struct Binary {
  std::vector<Machine> machines;  // more than one in a universal file of macOS
  bool is_library = false;
  uint64_t needs_bytes = 0;  // so long must the file be for its parts to lie in it
};

// Reads headers. Nothing of what they say is believed: offsets lead nowhere outside of `bytes`.
Binary ReadBinary(const std::vector<unsigned char>& bytes);

// Why the file can't be loaded here, or an empty string. A name that isn't a path is let pass.
std::string WhyNotLoadable(const std::string& name);

// The same for a file of `file_size` of which the first `bytes` have been read.
std::string WhyNotLoadable(const std::vector<unsigned char>& bytes, uint64_t file_size,
                           const Machine& here);

// The DLLs that a PE file imports; empty for other formats.
std::vector<std::string> ImportedFiles(const std::string& name);
std::vector<std::string> ImportedFiles(const std::vector<unsigned char>& bytes);

}  // namespace ownssl
