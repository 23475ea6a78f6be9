// What a library's file says of itself: read alike on every system, so tested alike on every one.
#include "../openssl/binary.h"

#include <doctest/doctest.h>

#include <initializer_list>

#include "../openssl/macho_imports.h"

namespace {

using namespace ownssl;

class Bytes {
 public:
  explicit Bytes(bool big_endian) : big_(big_endian) {}

  void Put(size_t at, uint64_t value, size_t size) {
    if (data_.size() < at + size) data_.resize(at + size);
    for (size_t i = 0; i < size; i++) {
      const size_t shift = 8 * (big_ ? size - 1 - i : i);
      data_[at + i] = static_cast<unsigned char>(value >> shift);
    }
  }
  void Text(size_t at, const std::string& text) {
    for (size_t i = 0; i <= text.size(); i++) {
      Put(at + i, i < text.size() ? static_cast<unsigned char>(text[i]) : 0, 1);
    }
  }
  const std::vector<unsigned char>& get() const { return data_; }

 private:
  std::vector<unsigned char> data_;
  bool big_;
};

// A library with one segment of `size` bytes from the start of the file.
std::vector<unsigned char> Elf(bool wide, bool big, uint16_t machine, uint64_t size) {
  Bytes file(big);
  Bytes magic(false);
  file.Put(0, 0x7f454c46, 4);
  if (!big) {
    magic.Put(0, 0x464c457f, 4);
    for (size_t i = 0; i < 4; i++) file.Put(i, magic.get()[i], 1);
  }
  file.Put(4, wide ? 2 : 1, 1);
  file.Put(5, big ? 2 : 1, 1);
  file.Put(16, 3, 2);
  file.Put(18, machine, 2);
  if (wide) {
    file.Put(32, 64, 8);
    file.Put(54, 56, 2);
    file.Put(56, 1, 2);
    file.Put(64, 1, 4);
    file.Put(64 + 8, 0, 8);
    file.Put(64 + 32, size, 8);
    file.Put(119, 0, 1);
  } else {
    file.Put(28, 52, 4);
    file.Put(42, 32, 2);
    file.Put(44, 1, 2);
    file.Put(52, 1, 4);
    file.Put(52 + 16, size, 4);
    file.Put(83, 0, 1);
  }
  return file.get();
}

std::vector<unsigned char> Pe(uint16_t machine, bool wide, const std::string& import) {
  Bytes file(false);
  file.Put(0, 0x5a4d, 2);
  file.Put(0x3c, 0x80, 4);
  file.Put(0x80, 0x4550, 4);
  file.Put(0x84, machine, 2);
  file.Put(0x86, 1, 2);
  file.Put(0x94, 240, 2);
  file.Put(0x96, 0x2022, 2);
  file.Put(0x98, wide ? 0x20b : 0x10b, 2);
  file.Put(0x98 + (wide ? 112 : 96) + 8, 0x1000, 4);
  const size_t section = 0x98 + 240;
  file.Put(section + 12, 0x1000, 4);
  file.Put(section + 16, 0x200, 4);
  file.Put(section + 20, 0x400, 4);
  file.Put(0x400 + 12, 0x1040, 4);
  file.Text(0x440, import);
  file.Put(0x5ff, 0, 1);
  return file.get();
}

constexpr uint32_t kAppleArm64 = 0x0100000c;
constexpr uint32_t kAppleX64 = 0x01000007;

// A library of macOS with one segment of `size` bytes from the start of the file.
std::vector<unsigned char> Dylib(uint32_t machine, uint64_t size, bool wide = true) {
  Bytes file(false);
  file.Put(0, wide ? 0xfeedfacf : 0xfeedface, 4);
  file.Put(4, machine, 4);
  file.Put(12, 6, 4);
  if (!wide) return file.get();
  file.Put(16, 1, 4);
  file.Put(32, 0x19, 4);
  file.Put(36, 72, 4);
  file.Put(32 + 48, size, 8);
  file.Put(103, 0, 1);
  return file.get();
}

// A universal file, with libraries for these machines one behind the other.
std::vector<unsigned char> Universal(std::initializer_list<uint32_t> machines) {
  constexpr size_t kSize = 104;
  Bytes file(true);
  file.Put(0, 0xcafebabe, 4);
  file.Put(4, machines.size(), 4);
  size_t i = 0;
  for (const uint32_t machine : machines) {
    const size_t at = 0x100 + i * kSize;
    file.Put(8 + i * 20, machine, 4);
    file.Put(8 + i * 20 + 8, at, 4);
    file.Put(8 + i * 20 + 12, kSize, 4);
    const std::vector<unsigned char> part = Dylib(machine, kSize);
    for (size_t k = 0; k < part.size(); k++) file.Put(at + k, part[k], 1);
    i++;
  }
  return file.get();
}

const Machine kMac{Format::kMachO, "arm64", 64};

const Machine kX64{Format::kElf, "x64", 64};

std::string Why(const std::vector<unsigned char>& bytes, const Machine& here = kX64) {
  return WhyNotLoadable(bytes, bytes.size(), here);
}

}  // namespace

TEST_CASE("a library for this machine is let pass") {
  CHECK(Why(Elf(true, false, 62, 120)) == "");
  CHECK(Why(Elf(true, true, 22, 120), {Format::kElf, "s390x", 64}) == "");
  CHECK(Why(Elf(false, false, 40, 84), {Format::kElf, "arm", 32}) == "");
  CHECK(Why(Elf(true, false, 21, 120), {Format::kElf, "ppc64le", 64}) == "");
  CHECK(Why(Pe(0x8664, true, "a.dll"), {Format::kPe, "x64", 64}) == "");
}

TEST_CASE("a library for another machine is named") {
  CHECK(Why(Elf(true, true, 22, 120)) ==
        "is for s390x (64 bits, ELF), and this process is x64 (64 bits, ELF)");
  CHECK(Why(Elf(false, false, 3, 84)) ==
        "is for ia32 (32 bits, ELF), and this process is x64 (64 bits, ELF)");
  CHECK(Why(Pe(0xaa64, true, "a.dll")) ==
        "is for arm64 (64 bits, Windows), and this process is x64 (64 bits, ELF)");
  CHECK(Why(Pe(0x14c, false, "a.dll"), {Format::kPe, "x64", 64}) ==
        "is for ia32 (32 bits, Windows), and this process is x64 (64 bits, Windows)");
  CHECK(Why(Elf(false, true, 40, 84), {Format::kElf, "arm", 32}) ==
        "is for arm, big-endian (32 bits, ELF), and this process is arm (32 bits, ELF)");
  CHECK(Why(Elf(true, false, 22, 120), {Format::kElf, "s390x", 64}) ==
        "is for s390x, little-endian (64 bits, ELF), and this process is s390x (64 bits, ELF)");
  CHECK(Why(Elf(true, true, 21, 120), {Format::kElf, "ppc64le", 64}) ==
        "is for ppc64 (64 bits, ELF), and this process is ppc64le (64 bits, ELF)");
  CHECK(Why(Elf(true, false, 9999, 120)).find("processor 0x270f") != std::string::npos);
}

TEST_CASE("a library of macOS") {
  CHECK(Why(Dylib(kAppleArm64, 104), kMac) == "");
  CHECK(Why(Dylib(kAppleX64, 104), kMac) ==
        "is for x64 (64 bits, macOS), and this process is arm64 (64 bits, macOS)");
  CHECK(Why(Dylib(7, 0, false), kMac) ==
        "is for ia32 (32 bits, macOS), and this process is arm64 (64 bits, macOS)");
  CHECK(Why(Elf(true, false, 183, 120), kMac) ==
        "is for arm64 (64 bits, ELF), and this process is arm64 (64 bits, macOS)");
  CHECK(Why(Dylib(kAppleArm64, 104)) ==
        "is for arm64 (64 bits, macOS), and this process is x64 (64 bits, ELF)");
  CHECK(Why(Dylib(kAppleArm64, 105), kMac).find("is damaged: it has 104 bytes") == 0);
  CHECK(Why(Dylib(kAppleArm64, UINT64_MAX), kMac).find("is damaged") == 0);
  std::vector<unsigned char> program = Dylib(kAppleArm64, 104);
  program[12] = 2;
  CHECK(Why(program, kMac) == "is a program or a part of one, not a shared library");
}

TEST_CASE("a library of macOS for several machines") {
  CHECK(Why(Universal({kAppleX64, kAppleArm64}), kMac) == "");
  CHECK(Why(Universal({kAppleX64}), kMac) ==
        "is for x64 (64 bits, macOS), and this process is arm64 (64 bits, macOS)");
  std::vector<unsigned char> cut = Universal({kAppleX64, kAppleArm64});
  cut.pop_back();
  CHECK(Why(cut, kMac).find("is damaged") == 0);
}

TEST_CASE("a file that is no library, or not all of one") {
  CHECK(Why({}) == "is an empty file");
  CHECK(Why({'#', '!', '/', 'b', 'i', 'n'}) == "is not a shared library");
  CHECK(Why({0x7f, 'E', 'L', 'F'}) != "");
  CHECK(Why(Elf(true, false, 62, 121)).find("is damaged: it has 120 bytes") == 0);
  CHECK(Why(Elf(true, false, 62, UINT64_MAX)).find("is damaged") == 0);
  std::vector<unsigned char> program = Elf(true, false, 62, 120);
  program[16] = 2;
  CHECK(Why(program) == "is a program or a part of one, not a shared library");
}

TEST_CASE("every cut of a header is read without harm") {
  const auto pe = Pe(0x8664, true, "libcrypto-3-x64.dll");
  const auto universal = Universal({kAppleX64, kAppleArm64});
  for (const auto& whole : {Elf(true, false, 62, 120), Elf(true, true, 22, 120), pe,
                            Dylib(kAppleArm64, 104), universal}) {
    for (size_t size = 0; size < whole.size(); size++) {
      const std::vector<unsigned char> cut(whole.begin(),
                                           whole.begin() + static_cast<std::ptrdiff_t>(size));
      Why(cut);
      ImportedFiles(cut);
    }
  }
}

TEST_CASE("what a DLL imports") {
  CHECK(ImportedFiles(Pe(0x8664, true, "libcrypto-3-x64.dll")) ==
        std::vector<std::string>{"libcrypto-3-x64.dll"});
  CHECK(ImportedFiles(Pe(0x14c, false, "b.dll")) == std::vector<std::string>{"b.dll"});
  CHECK(ImportedFiles(Elf(true, false, 62, 120)).empty());
}

namespace {

constexpr size_t kCommand = 32;

// A library of two levels that imports from two libraries; `table` is written at 0x200.
Bytes MachO(uint32_t command, uint32_t size) {
  Bytes file(false);
  file.Put(0, 0xfeedfacf, 4);
  file.Put(4, 0x0100000c, 4);
  file.Put(12, 6, 4);
  file.Put(16, 3, 4);
  file.Put(24, 0x80, 4);
  for (size_t i = 0; i < 2; i++) {
    const size_t at = kCommand + i * 40;
    file.Put(at, 0xc, 4);
    file.Put(at + 4, 40, 4);
    file.Put(at + 8, 24, 4);
    file.Text(at + 24, i == 0 ? "/libcrypto" : "/libSystem");
  }
  const size_t at = kCommand + 80;
  file.Put(at, command, 4);
  file.Put(at + 4, 48, 4);
  if (command == 0x80000034) {
    file.Put(at + 8, 0x200, 4);
    file.Put(at + 12, size, 4);
  } else {
    file.Put(at + 16, 0x200, 4);
    file.Put(at + 20, size, 4);
    file.Put(at + 47, 0, 1);
  }
  return file;
}

MachOImports Read(const Bytes& file) {
  return ReadMachOImports(ByteView(file.get().data(), file.get().size()), 0);
}

}  // namespace

TEST_CASE("imports of macOS, as opcodes") {
  Bytes file = MachO(0x80000022, 32);
  size_t at = 0x200;
  const auto put = [&](std::initializer_list<unsigned> bytes) {
    for (const unsigned byte : bytes) file.Put(at++, byte, 1);
  };
  put({0x11, 0x40});
  file.Text(at, "_BIO_new");
  at += 9;
  put({0x72, 0x10, 0x90, 0x12, 0x40});
  file.Text(at, "_free");
  at += 6;
  put({0x90, 0x3f, 0x90, 0x3e, 0x90, 0x00});
  const MachOImports result = Read(file);
  REQUIRE(result.imports.size() == 4);
  CHECK(result.two_level);
  CHECK(result.imports[0].symbol == "_BIO_new");
  CHECK(result.imports[0].library == "/libcrypto");
  CHECK(result.imports[1].library == "/libSystem");
  CHECK(result.imports[2].from == MachOImport::From::kExecutable);
  CHECK(result.imports[3].from == MachOImport::From::kAnywhere);
}

TEST_CASE("imports of macOS, as chains") {
  Bytes file = MachO(0x80000034, 0x60);
  file.Put(0x208, 0x20, 4);
  file.Put(0x20c, 0x40, 4);
  file.Put(0x210, 3, 4);
  file.Put(0x214, 1, 4);
  file.Put(0x220, 1 | 1u << 9, 4);
  file.Put(0x224, 0xff | 10u << 9, 4);
  file.Put(0x228, 0xfe | 10u << 9, 4);
  file.Text(0x241, "_BIO_new");
  file.Text(0x24a, "_free");
  const MachOImports result = Read(file);
  REQUIRE(result.imports.size() == 3);
  CHECK(result.imports[0].symbol == "_BIO_new");
  CHECK(result.imports[0].library == "/libcrypto");
  CHECK(result.imports[1].symbol == "_free");
  CHECK(result.imports[1].from == MachOImport::From::kExecutable);
  CHECK(result.imports[2].from == MachOImport::From::kAnywhere);
  CHECK(result.read);
}
