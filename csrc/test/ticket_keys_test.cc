// Rings of ticket keys: what decrypts, and what a rotation makes of them.

#include "../context/ticket_keys.h"

#include <algorithm>
#include <chrono>

#include "support.h"

namespace ownssl::test {
namespace {

constexpr int64_t kHour = 3'600'000;

int64_t Now() {
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  return duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string TextOf(Span bytes) { return {reinterpret_cast<const char*>(bytes.data), bytes.size}; }

std::vector<std::string> RingOf(TicketKeys& keys) {
  std::vector<std::string> texts;
  for (const TicketKey& key : keys.ring()) texts.push_back(TextOf(key.bytes()));
  return texts;
}

TicketRotation From(const std::string& state, int64_t steps_ago, uint32_t keep) {
  // Half an hour into the present step.
  return {Now() - steps_ago * kHour - kHour / 2, kHour, keep, 0, SecretOf(state)};
}

const std::string kState(TicketRotation::kStateSize, 's');

}  // namespace

TEST_CASE("a ring has its newest key, and finds the others by their names") {
  TicketKeys keys;
  REQUIRE(keys.Fill());
  CHECK(keys.Newest().bytes().size == TicketKey::kSmall);
  std::vector<TicketKey> ring;
  for (const char c : {'a', 'b', 'c'}) {
    ring.emplace_back(SecretOf(std::string(c == 'b' ? 80 : 48, c)));
  }
  keys.Set(std::move(ring));
  CHECK(TextOf(keys.Newest().name()) == std::string(16, 'a'));
  for (const char c : {'a', 'b', 'c'}) {
    const std::string name(16, c);
    const auto found = keys.Find(SpanOf(name).data);
    REQUIRE(found);
    CHECK(found->newest == (c == 'a'));
    const size_t part = c == 'b' ? 32 : 16;
    CHECK(TextOf(found->key.mac_key()) == std::string(part, c));
    CHECK(TextOf(found->key.cipher_key()) == std::string(part, c));
  }
  const std::string unknown(16, 'd');
  CHECK(!keys.Find(SpanOf(unknown).data));
  keys.Set(SpanOf(std::string(47, 'x')));  // No key: nothing changes.
  keys.Set(std::vector<TicketKey>());
  CHECK(TextOf(keys.Newest().name()) == std::string(16, 'a'));
}

TEST_CASE("rings that follow the same state are the same, whenever they began to") {
  TicketKeys early;
  REQUIRE(early.Follow(From(kState, 0, 3), {}));
  const std::vector<std::string> first = RingOf(early);
  REQUIRE(first.size() == 1);
  CHECK(first[0].size() == TicketKey::kLarge);

  TicketKeys late;
  REQUIRE(late.Follow(From(kState, 5, 3), {}));
  const std::vector<std::string> ring = RingOf(late);
  CHECK(ring.size() == 4);  // The newest, and three kept.
  // In the meantime the state has gone on: the first key can't be made of it.
  const auto rotation = late.rotation();
  REQUIRE(rotation);
  CHECK(rotation->step == 5);
  CHECK(TextOf({rotation->state.data(), rotation->state.size()}) != kState);
  CHECK(std::find(ring.begin(), ring.end(), first[0]) == ring.end());

  // Who joins later by the state of another has the newest, and no older ones.
  TicketKeys joined;
  REQUIRE(joined.Follow(*late.rotation(), {}));
  CHECK(RingOf(joined) == std::vector<std::string>{ring[0]});
  TicketKeys two_ago;
  REQUIRE(two_ago.Follow(From(kState, 3, 3), {}));
  CHECK(RingOf(two_ago)[0] == ring[2]);
}

TEST_CASE("a ring that begins to rotate keeps what it had") {
  TicketKeys keys;
  keys.Set(SpanOf(std::string(48, 'x')));
  CHECK(!keys.rotation());
  REQUIRE(keys.Rotate(kHour, 2));
  const std::vector<std::string> ring = RingOf(keys);
  REQUIRE(ring.size() == 2);
  CHECK(ring[1] == std::string(48, 'x'));
  REQUIRE(keys.Rotate(1, 1));  // It does already.
  CHECK(keys.rotation()->every == kHour);
  CHECK(RingOf(keys) == ring);
  keys.Set(SpanOf(std::string(48, 'y')));
  CHECK(!keys.rotation());
}

TEST_CASE("what is no rotation is refused, and one that is very old stops nobody") {
  TicketKeys keys;
  REQUIRE(keys.Fill());
  TicketRotation bad = From(kState, 1, 1);
  bad.every = 0;
  CHECK(!keys.Follow(std::move(bad), {}));
  bad = From(kState, 1, 1);
  bad.step = -1;
  CHECK(!keys.Follow(std::move(bad), {}));
  CHECK(!keys.Follow(From("short", 1, 1), {}));
  CHECK(keys.Newest().bytes().size == TicketKey::kSmall);
  // From 1970, every millisecond.
  REQUIRE(keys.Follow({0, 1, 1, 0, SecretOf(kState)}, {}));
  CHECK(keys.rotation()->step > 65'535);
  // A clock that was put back.
  REQUIRE(keys.Follow({Now() + kHour * 10, kHour, 1, 0, SecretOf(kState)}, {}));
  CHECK(keys.rotation()->step == 0);
}

TEST_CASE("a group has one ring, as long as somebody has it") {
  const auto one = TicketKeys::OfGroup("a");
  CHECK(one.get() == TicketKeys::OfGroup("a").get());
  CHECK(one.get() != TicketKeys::OfGroup("b").get());
}

}  // namespace ownssl::test
