#include "premaster.h"

namespace ownssl {
namespace {

constexpr unsigned kByteBits = 8;
constexpr unsigned kByte = 0xff;

// Keeps the compiler from finding out what a mask can be, and making branches of it.
uint32_t Opaque(uint32_t value) {
#if defined(__GNUC__)
  __asm__("" : "+r"(value));
  return value;
#else
  volatile uint32_t opaque = value;
  return opaque;
#endif
}

// All bits are set if `value`, of at most 31 bits, is zero, and none if it is not.
uint32_t MaskIfZero(uint32_t value) {
  constexpr uint32_t kSignBit = 31;
  return Opaque(0U - ((value - 1U) >> kSignBit));
}

uint32_t MaskIfEqual(uint32_t a, uint32_t b) { return MaskIfZero(a ^ b); }

uint32_t MaskIfVersion(const uint8_t* secret, unsigned version) {
  return MaskIfEqual(secret[0], (version >> kByteBits) & kByte) &
         MaskIfEqual(secret[1], version & kByte);
}

}  // namespace

bool TakePremaster(Span block, unsigned client_version, unsigned other_version,
                   const uint8_t* random, uint8_t* out) {
  // The block has to begin with 0 and 2, then eight bytes or more that are not zero, and a 0.
  constexpr size_t kLeastPadding = 11;
  if (block.size < kLeastPadding + kPremasterSize) return false;
  const size_t start = block.size - kPremasterSize;
  const uint8_t* secret = block.data + start;
  uint32_t good = MaskIfZero(block.data[0]) & MaskIfEqual(block.data[1], 2);
  for (size_t i = 2; i < start - 1; ++i) good &= ~MaskIfZero(block.data[i]);
  good &= MaskIfZero(block.data[start - 1]);
  // A version that differs is a rollback, and to tell it from bad padding is an oracle as well
  // (Klíma, Pokorný, Rosa, 2003).
  uint32_t version = MaskIfVersion(secret, client_version);
  if (other_version != 0) version |= MaskIfVersion(secret, other_version);
  good = Opaque(good & version);
  for (size_t i = 0; i < kPremasterSize; ++i) {
    out[i] = static_cast<uint8_t>((secret[i] & good) | (random[i] & ~good));
  }
  return true;
}

}  // namespace ownssl
