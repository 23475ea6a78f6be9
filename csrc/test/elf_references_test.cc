// The tables of relocations of every processor, made here: read alike on every machine.
#include "../openssl/elf_references.h"

#include <doctest/doctest.h>
#ifdef __linux__
#include <elf.h>
#endif

#include <string>
#include <vector>

namespace {

using namespace ownssl;

constexpr uint64_t kBase = 0x10000;
constexpr uint64_t kDynamic = 0x100;
constexpr uint64_t kRela = 0x300;
constexpr uint64_t kRel = 0x400;
constexpr uint64_t kFunctions = 0x500;
constexpr uint64_t kSymbols = 0x600;
constexpr uint64_t kStrings = 0x700;
constexpr uint64_t kPlaces = 0x800;
constexpr size_t kSize = 0x900;

struct Kind {
  const char* name;
  uint16_t machine;
  bool wide;
  bool big;
  uint32_t absolute;  // the types of relocations
  uint32_t data;
  uint32_t function;
  uint32_t relative;
};

constexpr Kind kKinds[] = {
    {"x64", 62, true, false, 1, 6, 7, 8},
    {"arm64", 183, true, false, 257, 1025, 1026, 1027},
    {"ia32", 3, false, false, 1, 6, 7, 8},
    {"arm", 40, false, false, 2, 21, 22, 23},
    {"s390x", 22, true, true, 22, 10, 11, 12},
    {"ppc64", 21, true, true, 38, 20, 21, 22},
    {"ppc64le", 21, true, false, 38, 20, 21, 22},
    {"riscv64", 243, true, false, 2, 2, 5, 3},
};

// An image with symbols 1 to 3 ("first", "second", "third"). Rela has the first as an absolute
// address and one that is relative, Rel the second, and the table of functions the third.
class Image {
 public:
  Image(const Kind& kind, bool absolute_tables, bool functions_with_addends)
      : kind_(kind), word_(kind.wide ? 8 : 4), bytes_(kSize) {
    const uint64_t origin = absolute_tables ? kBase : 0;
    at_ = kDynamic;
    Entry(7, origin + kRela);
    Entry(8, 2 * 3 * word_);
    Entry(17, origin + kRel);
    Entry(18, 2 * word_);
    Entry(23, origin + kFunctions);
    Entry(2, (functions_with_addends ? 3 : 2) * word_);
    Entry(20, functions_with_addends ? 7 : 17);
    Entry(6, origin + kSymbols);
    Entry(5, origin + kStrings);
    Entry(0, 0);
    at_ = kRela;
    Relocation(kPlaces, 1, kind.absolute);
    Word(1);
    Relocation(kPlaces + 8, 0, kind.relative);
    Word(1);
    at_ = kRel;
    Relocation(kPlaces + 16, 2, kind.data);
    at_ = kFunctions;
    Relocation(kPlaces + 24, 3, kind.function);
    const uint64_t symbol = kind.wide ? 24 : 16;
    const std::string names = std::string("\0first\0second\0third", 19);
    for (size_t i = 0; i < names.size(); i++) {
      bytes_[static_cast<size_t>(kStrings) + i] = static_cast<unsigned char>(names[i]);
    }
    Number(kSymbols + symbol, 1, 4);
    Number(kSymbols + 2 * symbol, 7, 4);
    Number(kSymbols + 3 * symbol, 14, 4);
    Number(kPlaces, 0x11223344, word_);
  }

  ElfImage Read(size_t size = kSize) const {
    return {ByteView(bytes_.data(), size, kind_.big), kind_.wide, kind_.machine, kBase, kDynamic};
  }

  void Number(uint64_t at, uint64_t value, uint64_t size) {
    for (uint64_t i = 0; i < size; i++) {
      const uint64_t shift = 8 * (kind_.big ? size - 1 - i : i);
      bytes_[static_cast<size_t>(at + i)] = static_cast<unsigned char>(value >> shift);
    }
  }

 private:
  void Word(uint64_t value) {
    Number(at_, value, word_);
    at_ += word_;
  }
  void Entry(uint64_t tag, uint64_t value) {
    Word(tag);
    Word(value);
  }
  void Relocation(uint64_t place, uint64_t symbol, uint64_t type) {
    Word(place);
    Word(kind_.wide ? symbol << 32 | type : symbol << 8 | type);
  }

  const Kind& kind_;
  uint64_t word_;
  uint64_t at_ = 0;
  std::vector<unsigned char> bytes_;
};

}  // namespace

TEST_CASE("the references of an ELF library, on every processor") {
  for (const Kind& kind : kKinds) {
    for (const bool absolute_tables : {true, false}) {
      for (const bool addends : {true, false}) {
        CAPTURE(kind.name);
        const Image made(kind, absolute_tables, addends);
        const ElfImage image = made.Read();
        const auto references = ReadElfReferences(image);
        REQUIRE(references.size() == 3);
        CHECK(references[0].address == kPlaces);
        CHECK(image.Address(references[0].address) == 0x11223344);
        CHECK(image.bytes.Text(references[0].name) == "first");
        CHECK(references[1].address == kPlaces + 16);
        CHECK(image.bytes.Text(references[1].name) == "second");
        CHECK(references[2].address == kPlaces + 24);
        CHECK(image.bytes.Text(references[2].name) == "third");
      }
    }
  }
}

TEST_CASE("an ELF library for a processor that is not known has no references") {
  constexpr Kind kOther = {"another", 9999, true, false, 1, 6, 7, 8};
  CHECK(ReadElfReferences(Image(kOther, true, true).Read()).empty());
}

TEST_CASE("an image that ends early, or whose tables lead out of it, is read without harm") {
  for (const Kind& kind : kKinds) {
    CAPTURE(kind.name);
    Image made(kind, true, true);
    for (size_t size = 0; size < kSize; size++) {
      // In memory of its own, so that AddressSanitizer sees a byte too many.
      const ElfImage whole = made.Read();
      std::vector<unsigned char> cut(size);
      for (size_t i = 0; i < size; i++) cut[i] = whole.bytes.U8(i);
      const ElfImage image{ByteView(cut.data(), size, kind.big), kind.wide, kind.machine, kBase,
                           kDynamic};
      for (const ElfReference& each : ReadElfReferences(image)) {
        image.Address(each.address);
        image.bytes.Text(each.name);
      }
    }
    const uint64_t word = kind.wide ? 8 : 4;
    for (uint64_t entry = 0; entry < 10; entry++) {
      Image wrong(kind, true, true);
      wrong.Number(kDynamic + entry * 2 * word + word, UINT64_MAX, word);
      const ElfImage image = wrong.Read();
      CHECK(ReadElfReferences(image).size() < kSize);
    }
  }
}

#if defined(__linux__) && defined(R_RISCV_JUMP_SLOT)
TEST_CASE("the numbers of processors and relocations are those of the system's header") {
  const Kind named[] = {
      {"x64", EM_X86_64, true, false, R_X86_64_64, R_X86_64_GLOB_DAT, R_X86_64_JUMP_SLOT,
       R_X86_64_RELATIVE},
      {"arm64", EM_AARCH64, true, false, R_AARCH64_ABS64, R_AARCH64_GLOB_DAT, R_AARCH64_JUMP_SLOT,
       R_AARCH64_RELATIVE},
      {"ia32", EM_386, false, false, R_386_32, R_386_GLOB_DAT, R_386_JMP_SLOT, R_386_RELATIVE},
      {"arm", EM_ARM, false, false, R_ARM_ABS32, R_ARM_GLOB_DAT, R_ARM_JUMP_SLOT, R_ARM_RELATIVE},
      {"s390x", EM_S390, true, true, R_390_64, R_390_GLOB_DAT, R_390_JMP_SLOT, R_390_RELATIVE},
      {"ppc64", EM_PPC64, true, true, R_PPC64_ADDR64, R_PPC64_GLOB_DAT, R_PPC64_JMP_SLOT,
       R_PPC64_RELATIVE},
      {"ppc64le", EM_PPC64, true, false, R_PPC64_ADDR64, R_PPC64_GLOB_DAT, R_PPC64_JMP_SLOT,
       R_PPC64_RELATIVE},
      {"riscv64", EM_RISCV, true, false, R_RISCV_64, R_RISCV_64, R_RISCV_JUMP_SLOT,
       R_RISCV_RELATIVE},
  };
  for (size_t i = 0; i < std::size(kKinds); i++) {
    CAPTURE(kKinds[i].name);
    CHECK(kKinds[i].machine == named[i].machine);
    CHECK(kKinds[i].absolute == named[i].absolute);
    CHECK(kKinds[i].data == named[i].data);
    CHECK(kKinds[i].function == named[i].function);
    CHECK(kKinds[i].relative == named[i].relative);
  }
}
#endif
