#include <random>

#include "../io/plaintext_gatherer.h"
#include "support.h"

namespace ownssl::test {
namespace {

using Chunks = std::vector<std::string>;

std::vector<Span> SpansOf(const Chunks& chunks) {
  std::vector<Span> spans;
  for (const std::string& chunk : chunks) spans.push_back(SpanOf(chunk));
  return spans;
}

std::vector<Span> SpansOf(Chunks&&) = delete;  // They would point at what is gone.

// Takes everything, `step()` bytes of each piece at most, and checks each piece on the way.
template <typename Step>
std::string Gather(const Chunks& chunks, size_t skip, size_t fragment, size_t records, Step step) {
  std::string all;
  for (const std::string& chunk : chunks) all += chunk;
  const std::vector<Span> spans = SpansOf(chunks);
  PlaintextGatherer gatherer(spans, skip, fragment);
  std::string gathered;
  while (!gatherer.empty()) {
    const Span piece = gatherer.Next(records);
    const Span again = gatherer.Next(records);
    const size_t left = all.size() - skip - gathered.size();
    REQUIRE(piece.size > 0);
    REQUIRE(piece.size <= records * fragment);
    REQUIRE(again.size == piece.size);
    REQUIRE(memcmp(again.data, piece.data, piece.size) == 0);
    // Whole records, or all that is left.
    REQUIRE((piece.size % fragment == 0 || piece.size == left));
    const size_t taken = std::min<size_t>(step(), piece.size);
    gathered.append(reinterpret_cast<const char*>(piece.data), taken);
    gatherer.Advance(taken);
  }
  return gathered;
}

std::string Gather(const Chunks& chunks, size_t skip, size_t fragment, size_t records) {
  return Gather(chunks, skip, fragment, records, [] { return SIZE_MAX; });
}

}  // namespace

TEST_CASE("nothing to gather") {
  const std::vector<Span> none;
  CHECK(PlaintextGatherer(none, 0, 512).empty());
  const std::string something = "x";
  const std::vector<Span> empties{{}, {}, SpanOf(something), {}};
  CHECK(!PlaintextGatherer(empties, 0, 512).empty());
  CHECK(PlaintextGatherer(empties, 1, 512).empty());
}

TEST_CASE("small chunks share records, large ones are passed as they lie") {
  const std::string large = RandomText(5000, 1);
  const Chunks chunks{"a", "", "bc", large.substr(0, 100)};
  const std::vector<Span> spans = SpansOf(chunks);
  const PlaintextGatherer small(spans, 0, 512);
  CHECK(small.Next(4).size == 103);

  const std::vector<Span> one{SpanOf(large)};
  PlaintextGatherer whole(one, 0, 512);
  CHECK(whole.Next(3).data == one[0].data);
  CHECK(whole.Next(3).size == 3 * 512);
  CHECK(whole.Next(100).size == 9 * 512);
  whole.Advance(9 * 512);
  CHECK(whole.Next(100).data == one[0].data + 9 * 512);  // The last chunk needs no copy either.
  CHECK(whole.Next(100).size == 5000 - 9 * 512);
}

TEST_CASE("a record is filled from the next chunk, whatever its size") {
  const Chunks chunks{RandomText(700, 1), RandomText(16384, 2), RandomText(1, 3)};
  CHECK(Gather(chunks, 0, 512, 8) == chunks[0] + chunks[1] + chunks[2]);
  CHECK(Gather(chunks, 699, 16384, 1) == (chunks[0] + chunks[1] + chunks[2]).substr(699));
}

TEST_CASE("whatever is gathered is the concatenation of the chunks") {
  for (uint32_t seed = 0; seed < 3000; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    Chunks chunks;
    std::string all;
    const size_t count = random() % 12;
    for (size_t i = 0; i < count; ++i) {
      // Mostly small, sometimes none, sometimes several records.
      const size_t limit = random() % 5 == 0 ? 3000 : 40;
      chunks.push_back(
          RandomText(random() % 4 == 0 ? 0 : random() % limit, static_cast<uint32_t>(random())));
      all += chunks.back();
    }
    const size_t skip = random() % (all.size() + 1);
    const size_t fragment = random() % 2 == 0 ? 1 + random() % 64 : 512 + random() % 15873;
    const size_t records = 1 + random() % 9;
    REQUIRE(Gather(chunks, skip, fragment, records) == all.substr(skip));
    REQUIRE(Gather(chunks, skip, fragment, records, [&] { return 1 + random() % 700; }) ==
            all.substr(skip));
  }
}

TEST_CASE("the bytes of any two splits are the same") {
  const std::string text = RandomText(40, 9);
  for (size_t first = 0; first <= text.size(); ++first) {
    for (size_t second = first; second <= text.size(); ++second) {
      const Chunks chunks{text.substr(0, first), text.substr(first, second - first),
                          text.substr(second)};
      for (size_t skip = 0; skip <= text.size(); skip += 3) {
        REQUIRE(Gather(chunks, skip, 7, 2) == text.substr(skip));
      }
    }
  }
}

}  // namespace ownssl::test
