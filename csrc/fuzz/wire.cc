#include "wire.h"

#include <vector>

namespace ownssl::fuzz {
namespace {

constexpr size_t kHeader = 5;
constexpr size_t kMessageHeader = 4;
constexpr uint8_t kHandshake = 22;

struct Place {
  size_t start;
  size_t size;  // With the header.
};

size_t At(const std::string& bytes, size_t i) { return static_cast<uint8_t>(bytes[i]); }

std::vector<Place> Records(const std::string& bytes) {
  std::vector<Place> places;
  size_t start = 0;
  while (start + kHeader <= bytes.size()) {
    const size_t size = kHeader + (At(bytes, start + 3) << 8 | At(bytes, start + 4));
    if (size > bytes.size() - start) break;
    places.push_back({start, size});
    start += size;
  }
  return places;
}

void SetNumber(std::string* bytes, size_t at, size_t width, size_t number) {
  for (size_t i = width; i-- > 0; number >>= 8) (*bytes)[at + i] = static_cast<char>(number);
}

// Inside of a text, wherever it is.
void Edit(Input* input, std::string* text) {
  const size_t at = text->empty() ? 0 : input->Word() % text->size();
  switch (input->Below(6)) {
    case 0:
      if (!text->empty()) (*text)[at] = static_cast<char>(input->Byte());
      break;
    case 1:
      if (!text->empty()) (*text)[at] = static_cast<char>(At(*text, at) ^ 1 << input->Below(8));
      break;
    case 2:
      text->insert(at, input->Text(input->Byte()));
      break;
    case 3:
      text->erase(at, input->Byte());
      break;
    case 4:
      text->replace(at, input->Byte(), input->Text(input->Byte()));
      break;
    default:
      text->resize(at);
  }
}

// Inside of one record, whose lengths are made to fit afterwards.
void EditRecord(Input* input, std::string* bytes, const Place& place, bool message) {
  std::string content = bytes->substr(place.start + kHeader, place.size - kHeader);
  const bool is_message = message && content.size() >= kMessageHeader;
  if (is_message) {
    std::string body = content.substr(kMessageHeader);
    // Behind the body there may be the inner type of TLS 1.3 and a tag. They are found by length.
    const size_t size = At(content, 1) << 16 | At(content, 2) << 8 | At(content, 3);
    const std::string rest = size <= body.size() ? body.substr(size) : std::string();
    body.resize(std::min(size, body.size()));
    Edit(input, &body);
    content.resize(kMessageHeader);
    SetNumber(&content, 1, 3, body.size());
    content += body + rest;
  } else {
    Edit(input, &content);
  }
  std::string header = bytes->substr(place.start, kHeader);
  SetNumber(&header, 3, 2, content.size());
  bytes->replace(place.start, place.size, header + content);
}

}  // namespace

void Damage(Input* input, std::string* bytes) {
  const std::vector<Place> records = Records(*bytes);
  const size_t kind = input->Below(8);
  if (records.empty() || kind == 0) return Edit(input, bytes);
  const Place place = records[input->Below(records.size())];
  const std::string copy = bytes->substr(place.start, place.size);
  switch (kind) {
    case 1:
    case 2:
      return EditRecord(input, bytes, place, false);
    case 3:
    case 4:
      return EditRecord(input, bytes, place, true);
    case 5:  // Twice.
      bytes->insert(place.start, copy);
      return;
    case 6:  // Never, or later.
      bytes->erase(place.start, place.size);
      if (input->Flag()) *bytes += copy;
      return;
    default: {  // In two records.
      const size_t content = place.size - kHeader;
      const size_t first = content > 0 ? input->Word() % content : 0;
      const auto type = static_cast<uint8_t>(copy[0]);
      const std::string body = copy.substr(kHeader);
      bytes->replace(
          place.start, place.size,
          Record(type, SpanOf(body.substr(0, first))) + Record(type, SpanOf(body.substr(first))));
    }
  }
}

std::string Record(uint8_t type, Span content) {
  std::string record(kHeader, '\0');
  record[0] = static_cast<char>(type);
  record[1] = record[2] = 3;
  SetNumber(&record, 3, 2, content.size);
  return record.append(reinterpret_cast<const char*>(content.data), content.size);
}

std::string Message(uint8_t type, Span body) {
  std::string message(kMessageHeader, '\0');
  message[0] = static_cast<char>(type);
  SetNumber(&message, 1, 3, body.size);
  message.append(reinterpret_cast<const char*>(body.data), body.size);
  return Record(kHandshake, SpanOf(message));
}

}  // namespace ownssl::fuzz
