#include "certificate_outline.h"

#include <array>
#include <cstring>
#include <string_view>

namespace ownssl {
namespace {

// --- PEM ---

constexpr uint8_t kNoDigit = 0xff;

constexpr std::array<uint8_t, 256> MakeDigits() {
  std::array<uint8_t, 256> digits{};
  for (uint8_t& digit : digits) digit = kNoDigit;
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < kAlphabet.size(); ++i) {
    digits[static_cast<uint8_t>(kAlphabet[i])] = static_cast<uint8_t>(i);
  }
  return digits;
}
constexpr std::array<uint8_t, 256> kDigits = MakeDigits();

std::optional<std::vector<uint8_t>> DecodeBase64(std::string_view text) {
  std::vector<uint8_t> bytes(text.size() / 4 * 3);
  uint8_t* out = bytes.data();
  uint32_t group = 0;
  int digits = 0;
  size_t padding = 0;
  for (const char c : text) {
    const uint8_t digit = kDigits[static_cast<uint8_t>(c)];
    if (digit == kNoDigit) {
      if (c == '\n' || c == '\r') continue;
      if (c != '=') return std::nullopt;
      ++padding;
    } else if (padding > 0) {
      return std::nullopt;
    }
    group = group << 6 | (digit & 0x3f);
    if (++digits < 4) continue;
    *out++ = static_cast<uint8_t>(group >> 16);
    *out++ = static_cast<uint8_t>(group >> 8);
    *out++ = static_cast<uint8_t>(group);
    digits = 0;
  }
  if (digits != 0 || padding > 2) return std::nullopt;
  bytes.resize(static_cast<size_t>(out - bytes.data()) - padding);
  return bytes;
}

// --- DER ---

enum Tag : uint8_t {
  kInteger = 0x02,
  kObjectIdentifier = 0x06,
  kUniversalString = 0x1c,
  kBmpString = 0x1e,
  kSequence = 0x30,
  kSet = 0x31,
  kVersion = 0xa0,
};

struct Element {
  uint8_t tag = 0;
  Span content;
  Span whole;
};

// Takes one element off the front of `rest`. Lengths above 64 KiB are for the parser.
bool Take(Span* rest, Element* element) {
  if (rest->size < 2) return false;
  const uint8_t* data = rest->data;
  size_t header = 2;
  size_t length = data[1];
  if (length >= 0x80) {
    const size_t octets = length & 0x7f;
    if (octets == 0 || octets > 2 || rest->size < 2 + octets) return false;
    length = 0;
    for (size_t i = 0; i < octets; ++i) length = length << 8 | data[2 + i];
    header += octets;
  }
  if (length > rest->size - header) return false;
  element->tag = data[0];
  element->content = {data + header, length};
  element->whole = {data, header + length};
  *rest = {data + header + length, rest->size - header - length};
  return true;
}

bool Take(Span* rest, Tag tag, Element* element) {
  return Take(rest, element) && element->tag == tag;
}

// The hash is FNV-1a.
uint64_t Mix(uint64_t hash, uint8_t byte) { return (hash ^ byte) * 0x100000001b3u; }

// Names are compared by their letters and digits of ASCII, and by nothing else.
uint64_t HashOfString(const Element& value) {
  const size_t width = value.tag == kUniversalString ? 4 : value.tag == kBmpString ? 2 : 1;
  uint64_t hash = 0xcbf29ce484222325u;
  const Span text = value.content;
  for (size_t i = 0; i + width <= text.size; i += width) {
    bool high = false;
    for (size_t j = 0; j + 1 < width; ++j) high = high || text.data[i + j] != 0;
    uint8_t c = text.data[i + width - 1];
    if (high) continue;
    if (c >= 'A' && c <= 'Z') c += 'a' - 'A';
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) hash = Mix(hash, c);
  }
  return hash;
}

}  // namespace

std::optional<std::vector<uint8_t>> SingleCertificate(Span pem) {
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----\n";
  constexpr std::string_view kEnd = "-----END CERTIFICATE-----";
  std::string_view text(reinterpret_cast<const char*>(pem.data), pem.size);
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  if (text.size() < kBegin.size() + kEnd.size() || text.substr(0, kBegin.size()) != kBegin ||
      text.substr(text.size() - kEnd.size()) != kEnd) {
    return std::nullopt;
  }
  return DecodeBase64(text.substr(kBegin.size(), text.size() - kBegin.size() - kEnd.size()));
}

std::optional<Span> SubjectOf(Span certificate) {
  Element element;
  Span rest = certificate;
  if (!Take(&rest, kSequence, &element) || rest.size != 0) return std::nullopt;
  rest = element.content;
  if (!Take(&rest, kSequence, &element)) return std::nullopt;  // TBSCertificate
  rest = element.content;
  if (!Take(&rest, &element)) return std::nullopt;
  if (element.tag == kVersion && !Take(&rest, &element)) return std::nullopt;
  if (element.tag != kInteger) return std::nullopt;  // Serial number
  for (int i = 0; i < 4; ++i) {                      // Algorithm, issuer, validity, subject
    if (!Take(&rest, kSequence, &element)) return std::nullopt;
  }
  return element.whole;
}

std::optional<uint64_t> HashOfName(Span name) {
  Element element;
  if (!Take(&name, kSequence, &element) || name.size != 0) return std::nullopt;
  Span relative_names = element.content;
  // The sum over all attributes does not depend on their order, which in a set differs between
  // equal names.
  uint64_t sum = 0;
  while (relative_names.size != 0) {
    if (!Take(&relative_names, kSet, &element)) return std::nullopt;
    Span attributes = element.content;
    while (attributes.size != 0) {
      if (!Take(&attributes, kSequence, &element)) return std::nullopt;
      Span attribute = element.content;
      Element value;
      if (!Take(&attribute, kObjectIdentifier, &element) || !Take(&attribute, &value)) {
        return std::nullopt;
      }
      constexpr uint8_t kConstructed = 0x20;
      if ((value.tag & kConstructed) != 0 || attribute.size != 0) return std::nullopt;
      sum += HashOfString(value);
    }
  }
  return sum;
}

}  // namespace ownssl
