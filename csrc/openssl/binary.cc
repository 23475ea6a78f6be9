#include "binary.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "../base/paths.h"
#include "byte_view.h"

namespace ownssl {

namespace {

// Headers are at the start of a file; no library's take as much as this.
constexpr size_t kHeaderBytes = size_t{64} * 1024;

struct Known {
  uint32_t number;
  const char* name;
};

// These are values of e_machine in ELF. s390x is also s390's number; 32 bits tell them apart.
constexpr Known kElfMachines[] = {{3, "ia32"},      {8, "mips"},     {20, "ppc"}, {21, "ppc64"},
                                  {22, "s390x"},    {40, "arm"},     {62, "x64"}, {183, "arm64"},
                                  {243, "riscv64"}, {258, "loong64"}};
// These are values of Machine in the COFF header of PE.
constexpr Known kPeMachines[] = {
    {0x14c, "ia32"}, {0x1c4, "arm"}, {0x8664, "x64"}, {0xaa64, "arm64"}};
// These are values of cputype in Mach-O.
constexpr Known kMachOMachines[] = {
    {7, "ia32"}, {12, "arm"}, {0x01000007, "x64"}, {0x0100000c, "arm64"}};

template <size_t count>
std::string NameOf(const Known (&list)[count], uint32_t number) {
  for (const Known& each : list) {
    if (each.number == number) return each.name;
  }
  std::array<char, 24> text;
  std::snprintf(text.data(), text.size(), "processor 0x%x", static_cast<unsigned>(number));
  return text.data();
}

// The order of bytes that goes without saying when a processor is named.
bool IsBigEndian(const std::string& machine) {
  return machine == "s390x" || machine == "s390" || machine == "ppc64" || machine == "ppc" ||
         machine == "mips";
}

// The file has to be as long as its last part reaches. A sum that overflows is beyond any file.
void Reach(Binary* binary, uint64_t offset, uint64_t size) {
  const uint64_t end = offset + size;
  binary->needs_bytes = std::max(binary->needs_bytes, end < offset ? UINT64_MAX : end);
}

Binary ReadElf(const ByteView& start) {
  Binary binary;
  const bool wide = start.U8(4) == 2;
  const bool big = start.U8(5) == 2;
  const ByteView file = start.From(0, big);
  const uint16_t number = file.U16(18);
  Machine machine{Format::kElf, NameOf(kElfMachines, number), wide ? 64 : 32};
  if (machine.name == "ppc64" && !big) machine.name = "ppc64le";
  if (machine.name == "mips" && !big) machine.name = "mipsel";
  if (machine.name == "s390x" && !wide) machine.name = "s390";
  if (machine.name == "riscv64" && !wide) machine.name = "riscv32";
  if (big != IsBigEndian(machine.name)) machine.name += big ? ", big-endian" : ", little-endian";
  binary.machines.push_back(machine);
  binary.is_library = file.U16(16) == 3;  // ET_DYN
  const uint64_t headers = wide ? file.U64(32) : file.U32(28);
  const uint64_t size = file.U16(wide ? 54 : 42);
  const uint64_t count = file.U16(wide ? 56 : 44);
  Reach(&binary, headers, size * count);
  for (uint64_t i = 0; i < count; i++) {
    const uint64_t at = headers + i * size;
    if (file.U32(at) != 1) continue;  // PT_LOAD
    Reach(&binary, wide ? file.U64(at + 8) : file.U32(at + 4),
          wide ? file.U64(at + 32) : file.U32(at + 16));
  }
  return binary;
}

Binary ReadPe(const ByteView& file) {
  Binary binary;
  const uint64_t header = file.U32(0x3c);
  if (file.U32(header) != 0x4550) return binary;  // "PE", two zeros
  const bool wide = file.U16(header + 24) == 0x20b;
  binary.machines.push_back(
      {Format::kPe, NameOf(kPeMachines, file.U16(header + 4)), wide ? 64 : 32});
  binary.is_library = (file.U16(header + 22) & 0x2000) != 0;  // IMAGE_FILE_DLL
  const uint64_t sections = header + 24 + file.U16(header + 20);
  const uint64_t count = file.U16(header + 6);
  Reach(&binary, sections, count * 40);
  for (uint64_t i = 0; i < count; i++) {
    Reach(&binary, file.U32(sections + i * 40 + 20), file.U32(sections + i * 40 + 16));
  }
  return binary;
}

void ReadMachO(const ByteView& file, uint64_t base, Binary* binary) {
  const ByteView at = file.From(base, false);
  const uint32_t magic = at.U32(0);
  const bool wide = magic == 0xfeedfacf;
  if (!wide && magic != 0xfeedface) return;
  binary->machines.push_back({Format::kMachO, NameOf(kMachOMachines, at.U32(4)), wide ? 64 : 32});
  binary->is_library = at.U32(12) == 6 || at.U32(12) == 8;  // MH_DYLIB, MH_BUNDLE
  const uint32_t count = at.U32(16);
  uint64_t command = wide ? 32 : 28;
  for (uint32_t i = 0; i < count && at.Has(command, 8); i++) {
    if (at.U32(command) == 0x19) Reach(binary, base + at.U64(command + 40), at.U64(command + 48));
    const uint32_t size = at.U32(command + 4);
    if (size < 8) break;
    command += size;
  }
}

Binary ReadUniversal(const ByteView& start) {
  Binary binary;
  const ByteView file = start.From(0, true);
  const uint32_t count = std::min<uint32_t>(file.U32(4), 16);
  for (uint32_t i = 0; i < count; i++) {
    const uint64_t at = 8 + uint64_t{i} * 20;
    const std::string name = NameOf(kMachOMachines, file.U32(at));
    const bool wide = (file.U32(at) & 0x01000000) != 0;
    binary.machines.push_back({Format::kMachO, name, wide ? 64 : 32});
    Reach(&binary, file.U32(at + 8), file.U32(at + 12));
  }
  binary.is_library = count > 0;
  return binary;
}

std::string Describe(const Machine& machine) {
  static constexpr const char* kSystems[] = {"", "ELF", "Windows", "macOS"};
  return machine.name + " (" + std::to_string(machine.bits) + " bits, " +
         kSystems[static_cast<int>(machine.format)] + ")";
}

bool ReadAtMost(std::FILE* file, size_t limit, std::vector<unsigned char>* bytes) {
  bytes->resize(limit);
  bytes->resize(std::fread(bytes->data(), 1, limit, file));
  return std::ferror(file) == 0;
}

// A file position has 64 bits here, of which fseek() takes 32 on Windows.
uint64_t SizeOf(const std::string& name) {
  std::error_code error;
  const uintmax_t size = std::filesystem::file_size(PathFrom(name), error);
  return error ? UINT64_MAX : size;
}

}  // namespace

Machine ThisMachine() {
  Machine here;
#if defined(_WIN32)
  here.format = Format::kPe;
#elif defined(__APPLE__)
  here.format = Format::kMachO;
#else
  here.format = Format::kElf;
#endif
  here.bits = sizeof(void*) * 8;
#if defined(__x86_64__) || defined(_M_X64)
  here.name = "x64";
#elif defined(__aarch64__) || defined(_M_ARM64)
  here.name = "arm64";
#elif defined(__i386__) || defined(_M_IX86)
  here.name = "ia32";
#elif defined(__arm__)
  here.name = "arm";
#elif defined(__s390x__)
  here.name = "s390x";
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  here.name = "ppc64le";
#elif defined(__powerpc64__)
  here.name = "ppc64";
#elif defined(__riscv) && __riscv_xlen == 64
  here.name = "riscv64";
#elif defined(__loongarch64)
  here.name = "loong64";
#else
  here.format = Format::kUnknown;  // Nothing is compared then.
#endif
  return here;
}

Binary ReadBinary(const std::vector<unsigned char>& bytes) {
  const ByteView file(bytes.data(), bytes.size());
  if (file.U32(0) == 0x464c457f) return ReadElf(file);
  if (file.U16(0) == 0x5a4d) return ReadPe(file);
  if (file.U32(0) == 0xbebafeca) return ReadUniversal(file);
  Binary binary;
  ReadMachO(file, 0, &binary);
  return binary;
}

std::string WhyNotLoadable(const std::vector<unsigned char>& bytes, uint64_t file_size,
                           const Machine& here) {
  if (here.format == Format::kUnknown) return "";
  const Binary binary = ReadBinary(bytes);
  if (binary.machines.empty()) {
    return bytes.empty() ? "is an empty file" : "is not a shared library";
  }
  if (std::find(binary.machines.begin(), binary.machines.end(), here) == binary.machines.end()) {
    return "is for " + Describe(binary.machines[0]) + ", and this process is " + Describe(here);
  }
  if (!binary.is_library) return "is a program or a part of one, not a shared library";
  if (binary.needs_bytes > file_size) {
    return "is damaged: it has " + std::to_string(file_size) +
           " bytes, and by its headers it goes on after them";
  }
  return "";
}

std::string WhyNotLoadable(const std::string& name) {
  if (name.find('/') == std::string::npos && name.find('\\') == std::string::npos) return "";
  const FilePointer file = OpenForReading(PathFrom(name));
  if (!file) {
    return errno == ENOENT ? "no such file" : std::string("can't be read: ") + std::strerror(errno);
  }
  std::vector<unsigned char> bytes;
  if (!ReadAtMost(file.get(), kHeaderBytes, &bytes)) {
    return std::string("can't be read: ") + std::strerror(errno);
  }
  return WhyNotLoadable(bytes, SizeOf(name), ThisMachine());
}

std::vector<std::string> ImportedFiles(const std::vector<unsigned char>& bytes) {
  std::vector<std::string> names;
  const ByteView file(bytes.data(), bytes.size());
  const uint64_t header = file.U32(0x3c);
  if (file.U16(0) != 0x5a4d || file.U32(header) != 0x4550) return names;
  const bool wide = file.U16(header + 24) == 0x20b;
  const uint64_t sections = header + 24 + file.U16(header + 20);
  // A place in memory, as an offset in the file.
  const auto offset = [&](uint32_t address) -> uint64_t {
    for (uint64_t at = sections; at < sections + uint64_t{file.U16(header + 6)} * 40; at += 40) {
      const uint32_t start = file.U32(at + 12);
      if (address >= start && address - start < file.U32(at + 16)) {
        return uint64_t{file.U32(at + 20)} + (address - start);
      }
    }
    return UINT64_MAX;
  };
  // The second entry of the data directory; descriptors of 20 bytes, with the name at 12.
  uint64_t at = offset(file.U32(header + 24 + (wide ? 112 : 96) + 8));
  for (; file.Has(at, 20) && file.U32(at + 12) != 0; at += 20) {
    names.push_back(file.Text(offset(file.U32(at + 12))));
  }
  return names;
}

std::vector<std::string> ImportedFiles(const std::string& name) {
  constexpr size_t kLargest = size_t{64} << 20;
  std::vector<unsigned char> bytes;
  const FilePointer file = OpenForReading(PathFrom(name));
  if (!file || !ReadAtMost(file.get(), kLargest, &bytes)) return {};
  return ImportedFiles(bytes);
}

}  // namespace ownssl
