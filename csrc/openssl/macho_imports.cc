#include "macho_imports.h"

namespace ownssl {

namespace {

// Names and numbers of <mach-o/loader.h> and <mach-o/fixup-chains.h>, which other systems lack.
constexpr uint32_t kMagic64 = 0xfeedfacf;
constexpr uint32_t kTwoLevel = 0x80;
constexpr uint32_t kRequired = 0x80000000;
constexpr uint32_t kLoadDylib = 0xc;
constexpr uint32_t kLoadWeakDylib = 0x18 | kRequired;
constexpr uint32_t kReexportDylib = 0x1f | kRequired;
constexpr uint32_t kLoadUpwardDylib = 0x23 | kRequired;
constexpr uint32_t kDyldInfo = 0x22;
constexpr uint32_t kDyldInfoOnly = 0x22 | kRequired;
constexpr uint32_t kChainedFixups = 0x34 | kRequired;

constexpr int64_t kSelf = 0;
constexpr int64_t kMainExecutable = -1;

struct Part {
  uint64_t offset = 0;
  uint64_t size = 0;
};

struct Commands {
  std::vector<std::string> libraries;
  std::vector<Part> opcodes;  // bound at once, and when first called
  Part chains;
};

Commands ReadCommands(const ByteView& file, uint64_t slide) {
  Commands commands;
  const uint32_t count = file.U32(16);
  uint64_t at = 32;
  for (uint32_t i = 0; i < count && file.Has(at, 8); i++) {
    const uint32_t command = file.U32(at);
    const uint32_t size = file.U32(at + 4);
    if (size < 8) break;
    switch (command) {
      case kLoadDylib:
      case kLoadWeakDylib:
      case kReexportDylib:
      case kLoadUpwardDylib:
        commands.libraries.push_back(file.Text(at + file.U32(at + 8)));
        break;
      case kDyldInfo:
      case kDyldInfoOnly:
        commands.opcodes.push_back({file.U32(at + 16) + slide, file.U32(at + 20)});
        commands.opcodes.push_back({file.U32(at + 32) + slide, file.U32(at + 36)});
        break;
      case kChainedFixups:
        commands.chains = {file.U32(at + 8) + slide, file.U32(at + 12)};
        break;
      default:
        break;
    }
    at += size;
  }
  return commands;
}

MachOImport ImportOf(const std::string& symbol, int64_t ordinal,
                     const std::vector<std::string>& libraries) {
  MachOImport import;
  import.symbol = symbol;
  if (ordinal == kMainExecutable) {
    import.from = MachOImport::From::kExecutable;
  } else if (ordinal < 0 || ordinal > static_cast<int64_t>(libraries.size())) {
    import.from = MachOImport::From::kAnywhere;
  } else if (ordinal != kSelf) {
    import.library = libraries[static_cast<size_t>(ordinal - 1)];
  }
  return import;
}

class Opcodes {
 public:
  Opcodes(const ByteView& file, Part part) : file_(file), at_(part.offset) {
    end_ = part.offset + part.size;
  }

  void Read(const std::vector<std::string>& libraries, std::vector<MachOImport>* imports) {
    std::string symbol;
    int64_t ordinal = 0;
    while (at_ < end_ && file_.Has(at_, 1)) {
      const uint8_t byte = file_.U8(at_++);
      const uint8_t immediate = byte & 0x0f;
      switch (byte & 0xf0) {
        case 0x10:  // the library's number
          ordinal = immediate;
          break;
        case 0x20:
          ordinal = static_cast<int64_t>(Uleb());
          break;
        case 0x30:  // one of the special, negative ones
          ordinal = immediate == 0 ? 0 : static_cast<int8_t>(0xf0 | immediate);
          break;
        case 0x40:
          symbol = file_.Text(at_);
          at_ += symbol.size() + 1;
          break;
        case 0x60:  // the addend
        case 0x70:  // the place
        case 0x80:
          Uleb();
          break;
        case 0x90:
        case 0xb0:
          imports->push_back(ImportOf(symbol, ordinal, libraries));
          break;
        case 0xa0:
          Uleb();
          imports->push_back(ImportOf(symbol, ordinal, libraries));
          break;
        case 0xc0:  // many places in a row, of one symbol
          Uleb();
          Uleb();
          imports->push_back(ImportOf(symbol, ordinal, libraries));
          break;
        default:  // 0x00 ends one list, and with symbols bound late begins the next; 0x50: the type
          break;
      }
    }
  }

 private:
  uint64_t Uleb() {
    uint64_t value = 0;
    for (unsigned shift = 0; at_ < end_ && file_.Has(at_, 1); shift += 7) {
      const uint8_t byte = file_.U8(at_++);
      if (shift < 64) value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) break;
    }
    return value;
  }

  const ByteView& file_;
  uint64_t at_;
  uint64_t end_ = 0;
};

void ReadChains(const ByteView& file, Part part, const std::vector<std::string>& libraries,
                std::vector<MachOImport>* imports) {
  const uint64_t table = part.offset + file.U32(part.offset + 8);
  const uint64_t symbols = part.offset + file.U32(part.offset + 12);
  const uint32_t count = file.U32(part.offset + 16);
  const uint32_t format = file.U32(part.offset + 20);
  if (format < 1 || format > 3) return;
  constexpr uint64_t kSizes[] = {4, 8, 16};
  const uint64_t size = kSizes[format - 1];
  for (uint32_t i = 0; i < count && file.Has(table + i * size, size); i++) {
    const uint64_t at = table + i * size;
    int64_t ordinal;
    uint64_t name;
    if (format == 3) {
      ordinal = static_cast<int16_t>(file.U16(at));
      name = file.U32(at + 4);
    } else {
      ordinal = static_cast<int8_t>(file.U8(at));
      name = file.U32(at) >> 9;
    }
    // With 8 bits the last sixteen are the special ones; the rest goes up to 240.
    if (format != 3 && ordinal < -15) ordinal += 256;
    imports->push_back(ImportOf(file.Text(symbols + name), ordinal, libraries));
  }
}

}  // namespace

MachOImports ReadMachOImports(const ByteView& file, uint64_t slide) {
  MachOImports result;
  if (file.U32(0) != kMagic64) return result;
  result.two_level = (file.U32(24) & kTwoLevel) != 0;
  const Commands commands = ReadCommands(file, slide);
  for (const Part& part : commands.opcodes) {
    Opcodes(file, part).Read(commands.libraries, &result.imports);
    result.read = true;
  }
  if (commands.chains.size > 0) {
    ReadChains(file, commands.chains, commands.libraries, &result.imports);
    result.read = true;
  }
  return result;
}

}  // namespace ownssl
