#include "elf_references.h"

#include <algorithm>
#include <iterator>

namespace ownssl {

namespace {

// The relocations that put the address of a symbol where a library reads it: as it is, in the
// global offset table, and in the table of functions. RISC-V has no type for the second.
struct Symbolic {
  uint16_t machine;
  uint32_t types[3];
};
constexpr Symbolic kSymbolic[] = {
    {3, {1, 6, 7}},            // R_386_32, …_GLOB_DAT, …_JMP_SLOT
    {21, {38, 20, 21}},        // R_PPC64_ADDR64, …_GLOB_DAT, …_JMP_SLOT
    {22, {22, 10, 11}},        // R_390_64, …_GLOB_DAT, …_JMP_SLOT
    {40, {2, 21, 22}},         // R_ARM_ABS32, …_GLOB_DAT, …_JUMP_SLOT
    {62, {1, 6, 7}},           // R_X86_64_64, …_GLOB_DAT, …_JUMP_SLOT
    {183, {257, 1025, 1026}},  // R_AARCH64_ABS64, …_GLOB_DAT, …_JUMP_SLOT
    {243, {2, 2, 5}},          // R_RISCV_64, …_JUMP_SLOT
};

// Tags of the dynamic section.
enum : uint64_t {
  kEnd = 0,
  kFunctionsSize = 2,
  kStrings = 5,
  kSymbols = 6,
  kRela = 7,
  kRelaSize = 8,
  kRel = 17,
  kRelSize = 18,
  kFunctionsKind = 20,
  kFunctions = 23,
};

// Relocations with an addend of their own (Rela), and those whose addend lies in place (Rel).
// Both begin alike, and no more than that is read of them.
struct Relocations {
  uint64_t first = 0;
  uint64_t bytes = 0;
  bool addends = true;
};

struct Tables {
  uint64_t symbols = 0;
  uint64_t strings = 0;
  Relocations rela;
  Relocations rel{0, 0, false};
  Relocations functions;
};

Tables ReadTables(const ElfImage& image) {
  Tables tables;
  // glibc makes addresses of these entries on most processors; elsewhere they stay offsets.
  const auto place = [&image](uint64_t value) {
    return value >= image.base ? value - image.base : value;
  };
  const uint64_t word = image.wide ? 8 : 4;
  for (uint64_t at = image.dynamic; image.bytes.Has(at, 2 * word); at += 2 * word) {
    const uint64_t value = image.Address(at + word);
    switch (image.Address(at)) {
      case kEnd:
        return tables;
      case kSymbols:
        tables.symbols = place(value);
        break;
      case kStrings:
        tables.strings = place(value);
        break;
      case kRela:
        tables.rela.first = place(value);
        break;
      case kRelaSize:
        tables.rela.bytes = value;
        break;
      case kRel:
        tables.rel.first = place(value);
        break;
      case kRelSize:
        tables.rel.bytes = value;
        break;
      case kFunctions:
        tables.functions.first = place(value);
        break;
      case kFunctionsSize:
        tables.functions.bytes = value;
        break;
      case kFunctionsKind:
        tables.functions.addends = value == kRela;
        break;
      default:
        break;
    }
  }
  return tables;
}

const Symbolic* SymbolicOf(const ElfImage& image) {
  const auto* found =
      std::find_if(std::begin(kSymbolic), std::end(kSymbolic),
                   [&image](const Symbolic& each) { return each.machine == image.machine; });
  return found == std::end(kSymbolic) ? nullptr : found;
}

}  // namespace

std::vector<ElfReference> ReadElfReferences(const ElfImage& image) {
  std::vector<ElfReference> references;
  const Symbolic* symbolic = SymbolicOf(image);
  if (!symbolic) return references;
  const Tables tables = ReadTables(image);
  const uint64_t word = image.wide ? 8 : 4;
  const uint64_t symbol_size = image.wide ? 24 : 16;
  for (const Relocations& list : {tables.rela, tables.rel, tables.functions}) {
    const uint64_t size = list.addends ? 3 * word : 2 * word;
    for (uint64_t done = 0; list.first != 0 && done < list.bytes; done += size) {
      const uint64_t at = list.first + done;
      if (!image.bytes.Has(at, size)) break;
      const uint64_t info = image.Address(at + word);
      const uint64_t symbol = image.wide ? info >> 32 : info >> 8;
      const auto type = static_cast<uint32_t>(image.wide ? info : info & 0xff);
      if (symbol == 0 || std::find(std::begin(symbolic->types), std::end(symbolic->types), type) ==
                             std::end(symbolic->types)) {
        continue;
      }
      const uint32_t name = image.bytes.U32(tables.symbols + symbol * symbol_size);
      references.push_back({image.Address(at), tables.strings + name});
    }
  }
  return references;
}

}  // namespace ownssl
