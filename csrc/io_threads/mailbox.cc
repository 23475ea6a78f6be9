#include "mailbox.h"

#include <cstring>

namespace ownssl {
namespace {

constexpr uint32_t kWrap = UINT32_MAX;
constexpr size_t kAlignment = 16;

constexpr size_t Aligned(size_t size) { return (size + kAlignment - 1) & ~(kAlignment - 1); }

}  // namespace

Mailbox::Mailbox(size_t capacity) : capacity_(capacity), bytes_(new uint8_t[capacity]) {}

// --- The producer ---

uint8_t* Mailbox::Reserve(size_t size) {
  const size_t total = kAlignment + Aligned(size);
  uint64_t position = head_.load(std::memory_order_relaxed);
  const size_t offset = static_cast<size_t>(position) & (capacity_ - 1);
  const size_t skipped = total > capacity_ - offset ? capacity_ - offset : 0;
  const auto fits = [&] { return position + skipped + total - known_tail_ <= capacity_; };
  if (!fits()) {
    known_tail_ = tail_.load();
    if (!fits()) return nullptr;
  }
  const auto write = [&](size_t length, uint32_t value) {
    const Header header{static_cast<uint32_t>(length), value};
    memcpy(bytes_.get() + (static_cast<size_t>(position) & (capacity_ - 1)), &header,
           sizeof(header));
  };
  if (skipped > 0) {
    write(skipped, kWrap);
    position += skipped;
  }
  write(total, static_cast<uint32_t>(size));
  return bytes_.get() + (static_cast<size_t>(position) & (capacity_ - 1)) + kAlignment;
}

bool Mailbox::PutNow(Span head, Span body) {
  uint8_t* place = Reserve(head.size + body.size);
  if (place == nullptr) return false;
  memcpy(place, head.data, head.size);
  if (body.size > 0) memcpy(place + head.size, body.data, body.size);
  const size_t end = static_cast<size_t>(place - bytes_.get()) + Aligned(head.size + body.size);
  const uint64_t position = head_.load(std::memory_order_relaxed);
  const size_t offset = static_cast<size_t>(position) & (capacity_ - 1);
  head_.store(position + (end > offset ? end - offset : capacity_ - offset + end));
  return true;
}

void Mailbox::Put(Span head, Span body) {
  if (Refill() && PutNow(head, body)) return;
  std::vector<uint8_t> message(head.data, head.data + head.size);
  message.insert(message.end(), body.data, body.data + body.size);
  overflow_.push_back(std::move(message));
  Refill();  // So that the consumer knows who waits.
}

bool Mailbox::Refill() {
  while (!overflow_.empty()) {
    const std::vector<uint8_t>& next = overflow_.front();
    if (!Fits(next.size()) || !PutNow({next.data(), next.size()}, {})) return false;
    overflow_.pop_front();
  }
  return true;
}

bool Mailbox::Fits(size_t size) {
  if (Reserve(size) != nullptr) return true;
  wants_room_.store(true);
  return Reserve(size) != nullptr;
}

// --- The consumer ---

Span Mailbox::Front() {
  while (true) {
    if (front_ == known_head_) {
      known_head_ = head_.load();
      if (front_ == known_head_) return {};
    }
    Header header;
    const uint8_t* place = bytes_.get() + (static_cast<size_t>(front_) & (capacity_ - 1));
    memcpy(&header, place, sizeof(header));
    if (header.size != kWrap) return {place + kAlignment, header.size};
    front_ += header.total;
  }
}

void Mailbox::Pop() {
  Header header;
  memcpy(&header, bytes_.get() + (static_cast<size_t>(front_) & (capacity_ - 1)), sizeof(header));
  front_ += header.total;
  tail_.store(front_);
}

}  // namespace ownssl
