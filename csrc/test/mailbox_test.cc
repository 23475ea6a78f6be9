// Messages between two threads: none is lost, doubled or changed, and nobody sleeps through one.
#include "../io_threads/mailbox.h"

#include <doctest/doctest.h>

#include <condition_variable>
#include <cstring>
#include <mutex>
#include <random>
#include <thread>

#include "../io_threads/sleeper.h"

namespace ownssl::test {
namespace {

class Waiter : public Sleeper {
 public:
  // Until it is roused; the caller has said Doze().
  void Wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    wake_.wait(lock, [this] { return woken_; });
    woken_ = false;
  }

 private:
  void Wake() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    woken_ = true;
    wake_.notify_one();
  }
  std::mutex mutex_;
  std::condition_variable wake_;
  bool woken_ = false;
};

Span SpanOf(const std::vector<uint8_t>& bytes) { return {bytes.data(), bytes.size()}; }

std::vector<uint8_t> Message(uint32_t number, size_t size) {
  std::vector<uint8_t> message(size + sizeof(number), static_cast<uint8_t>(number));
  memcpy(message.data(), &number, sizeof(number));
  return message;
}

}  // namespace

TEST_CASE("a mailbox keeps messages whole and in order, around its end") {
  Mailbox mailbox(1024);
  std::mt19937 random(1);
  uint32_t put = 0;
  uint32_t taken = 0;
  std::vector<size_t> sizes;
  for (int round = 0; round < 10'000; ++round) {
    const size_t size = random() % 300;
    const std::vector<uint8_t> message = Message(put, size);
    const size_t cut = random() % message.size();
    if (mailbox.Fits(message.size())) {
      mailbox.Put({message.data(), cut}, {message.data() + cut, message.size() - cut});
      CHECK(!mailbox.overflowing());
      sizes.push_back(size);
      ++put;
    } else {
      CHECK(mailbox.TakeWantsRoom());
    }
    if (random() % 2 == 0) continue;
    const Span front = mailbox.Front();
    if (front.data == nullptr) {
      CHECK(taken == put);
      continue;
    }
    const std::vector<uint8_t> expected = Message(taken, sizes[taken]);
    REQUIRE(front.size == expected.size());
    CHECK(memcmp(front.data, expected.data(), front.size) == 0);
    mailbox.Pop();
    ++taken;
  }
  CHECK(put > 1000);
}

TEST_CASE("what does not fit into a mailbox waits, and nothing passes it") {
  Mailbox mailbox(256);
  for (uint32_t i = 0; i < 100; ++i) mailbox.Put(SpanOf(Message(i, 40)));
  CHECK(mailbox.overflowing());
  for (uint32_t i = 0; i < 100; ++i) {
    Span front = mailbox.Front();
    if (front.data == nullptr) {
      CHECK(mailbox.TakeWantsRoom());
      mailbox.Refill();
      front = mailbox.Front();
    }
    uint32_t number = 0;
    REQUIRE(front.data != nullptr);
    memcpy(&number, front.data, sizeof(number));
    CHECK(number == i);
    mailbox.Pop();
  }
  CHECK(mailbox.Refill());
  CHECK(mailbox.empty());
}

TEST_CASE("two threads sleep and wake each other by mailboxes") {
  Mailbox mailbox(4096);
  Waiter producer;
  Waiter consumer;
  constexpr uint32_t kMessages = 100'000;
  std::thread thread([&] {
    std::mt19937 random(2);
    for (uint32_t i = 0; i < kMessages; ++i) {
      mailbox.Put(SpanOf(Message(i, random() % 200)));
      consumer.Rouse();
      while (mailbox.overflowing()) {
        producer.Doze();
        if (mailbox.Refill()) {
          producer.Rise();
        } else {
          consumer.Rouse();
          producer.Wait();
        }
      }
      consumer.Rouse();
    }
  });
  uint32_t next = 0;
  bool right = true;
  while (next < kMessages) {
    const Span front = mailbox.Front();
    if (front.data != nullptr) {
      uint32_t number = 0;
      memcpy(&number, front.data, sizeof(number));
      right = right && number == next;
      for (size_t i = sizeof(number); i < front.size; ++i)
        right = right && front.data[i] == static_cast<uint8_t>(next);
      ++next;
      mailbox.Pop();
      if (mailbox.TakeWantsRoom()) producer.Rouse();
      continue;
    }
    consumer.Doze();
    if (mailbox.empty()) {
      consumer.Wait();
    } else {
      consumer.Rise();
    }
  }
  thread.join();
  CHECK(right);
}

}  // namespace ownssl::test
