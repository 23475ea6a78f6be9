// Messages from one thread to another, in order: a bounded ring with one producer and one consumer,
// without locks. A message is bytes that lie in one piece.
//
// What does not fit into the ring waits on the producer's side. Whoever puts in what a peer can
// cause any number of asks Fits() before; the rest is bounded by the number of connections.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "../base/span.h"
#include "../base/word_flag.h"

namespace ownssl {

class Mailbox {
 public:
  // `capacity` is in bytes, and a power of two.
  explicit Mailbox(size_t capacity);
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // Bytes that the consumer has not taken, as they were a moment ago. From any thread.
  size_t depth() const {
    const uint64_t tail = tail_.load(std::memory_order_relaxed);
    return static_cast<size_t>(head_.load(std::memory_order_relaxed) - tail);
  }

  // --- The producer ---

  // Puts in a message that consists of two pieces, at most half of the capacity.
  void Put(Span head, Span body = {});
  // Whether a message of this size would find room now. If not, the consumer is asked to tell when
  // there is more.
  bool Fits(size_t size);
  // Moves what waits into the ring. False if some of it still waits.
  bool Refill();
  bool overflowing() const { return !overflow_.empty(); }

  // --- The consumer ---

  // The oldest message, which stays until Pop(). Its `data` is null if there is none.
  Span Front();
  void Pop();
  bool empty() const { return front_ == head_.load(); }
  // Whether the producer waits for room, and is to be woken. This is to be asked after Pop().
  bool TakeWantsRoom() { return wants_room_.load() && wants_room_.exchange(false); }

 private:
  struct Header {
    uint32_t total;  // The message's size, with the header and what aligns the next message.
    // The message's own size; kWrap says that the next one is at the beginning of the ring.
    uint32_t size;
  };

  uint8_t* Reserve(size_t size);
  bool PutNow(Span head, Span body);

  const size_t capacity_;
  const std::unique_ptr<uint8_t[]> bytes_;

  // Positions count all bytes ever put in. Each side keeps what it knows of the other's.
  alignas(64) std::atomic<uint64_t> head_{0};
  uint64_t known_tail_ = 0;
  std::deque<std::vector<uint8_t>> overflow_;

  alignas(64) std::atomic<uint64_t> tail_{0};
  uint64_t front_ = 0;
  uint64_t known_head_ = 0;

  alignas(64) WordFlag wants_room_{false};
};

}  // namespace ownssl
