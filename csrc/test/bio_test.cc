#include "../io/bio.h"

#include <random>

#include "support.h"

namespace ownssl::test {
namespace {

bool WantsRead(const MemoryBio& bio) {
  return ossl.BIO_test_flags(bio.bio(), BIO_FLAGS_RWS | BIO_FLAGS_SHOULD_RETRY) ==
         (BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY);
}

bool WantsWrite(const MemoryBio& bio) {
  return ossl.BIO_test_flags(bio.bio(), BIO_FLAGS_RWS | BIO_FLAGS_SHOULD_RETRY) ==
         (BIO_FLAGS_WRITE | BIO_FLAGS_SHOULD_RETRY);
}

bool WantsNothing(const MemoryBio& bio) {
  return ossl.BIO_test_flags(bio.bio(), BIO_FLAGS_RWS | BIO_FLAGS_SHOULD_RETRY) == 0;
}

}  // namespace

TEST_CASE("a memory BIO reads what was lent, in parts, and then asks for a retry") {
  const std::string input = "0123456789";
  MemoryBio bio;
  REQUIRE(bio.bio());
  bio.Lend(SpanOf(input).data, input.size(), nullptr, 0);
  CHECK(bio.input_left());
  char room[16] = {};
  size_t done = 0;
  CHECK(ossl.BIO_read_ex(bio.bio(), room, 4, &done) == 1);
  CHECK(done == 4);
  CHECK(bio.consumed() == 4);
  CHECK(WantsNothing(bio));
  CHECK(ossl.BIO_read_ex(bio.bio(), room + 4, 12, &done) == 1);
  CHECK(done == 6);
  CHECK(std::string(room) == input);
  CHECK(!bio.input_left());
  CHECK(ossl.BIO_read_ex(bio.bio(), room, 1, &done) == 0);
  CHECK(done == 0);
  CHECK(WantsRead(bio));

  // With more to read, the wish is gone.
  bio.Lend(SpanOf(input).data, 1, nullptr, 0);
  CHECK(bio.consumed() == 0);
  CHECK(ossl.BIO_read_ex(bio.bio(), room, 16, &done) == 1);
  CHECK(done == 1);
  CHECK(WantsNothing(bio));
}

TEST_CASE("a memory BIO writes as much as fits, and then asks for a retry") {
  std::vector<uint8_t> output(10);
  MemoryBio bio;
  bio.Lend(nullptr, 0, output.data(), output.size());
  CHECK(bio.room() == 10);
  size_t done = 0;
  CHECK(ossl.BIO_write_ex(bio.bio(), "0123", 4, &done) == 1);
  CHECK(done == 4);
  CHECK(bio.produced() == 4);
  CHECK(bio.room() == 6);
  CHECK(ossl.BIO_write_ex(bio.bio(), "456789more", 10, &done) == 1);
  CHECK(done == 6);
  CHECK(std::string(output.begin(), output.end()) == "0123456789");
  CHECK(bio.room() == 0);
  CHECK(ossl.BIO_write_ex(bio.bio(), "more", 4, &done) == 0);
  CHECK(done == 0);
  CHECK(WantsWrite(bio));
  CHECK(bio.produced() == 10);
}

TEST_CASE("a memory BIO keeps nothing after Release()") {
  const std::string input = "input";
  auto output = std::make_unique<uint8_t[]>(8);
  MemoryBio bio;
  bio.Lend(SpanOf(input).data, input.size(), output.get(), 8);
  size_t done = 0;
  char room[2];
  CHECK(ossl.BIO_read_ex(bio.bio(), room, 2, &done) == 1);
  CHECK(ossl.BIO_write_ex(bio.bio(), "x", 1, &done) == 1);
  bio.Release();
  output.reset();
  CHECK(bio.consumed() == 0);
  CHECK(bio.produced() == 0);
  CHECK(bio.room() == 0);
  CHECK(!bio.input_left());
  CHECK(ossl.BIO_read_ex(bio.bio(), room, 2, &done) == 0);
  CHECK(WantsRead(bio));
  CHECK(ossl.BIO_write_ex(bio.bio(), "x", 1, &done) == 0);
  CHECK(WantsWrite(bio));
}

TEST_CASE("a memory BIO was never lent anything, and waits") {
  MemoryBio bio;
  char byte = 0;
  CHECK(ossl.BIO_read(bio.bio(), &byte, 1) == -1);
  CHECK(ossl.BIO_write(bio.bio(), &byte, 1) == -1);
  size_t done = 1;
  char room[1];
  CHECK(ossl.BIO_read_ex(bio.bio(), room, 1, &done) == 0);
  CHECK(done == 0);
  CHECK(WantsRead(bio));
  CHECK(ossl.BIO_write_ex(bio.bio(), "x", 1, &done) == 0);
  CHECK(WantsWrite(bio));
}

TEST_CASE("a memory BIO can be flushed, and declines every other control") {
  MemoryBio bio;
  CHECK(ossl.BIO_ctrl(bio.bio(), BIO_CTRL_FLUSH, 0, nullptr) == 1);
  for (const int command : {BIO_CTRL_RESET, BIO_CTRL_EOF, BIO_CTRL_PENDING, BIO_CTRL_WPENDING,
                            BIO_CTRL_PUSH, BIO_CTRL_POP, BIO_CTRL_DUP, BIO_C_SET_FD}) {
    CHECK(ossl.BIO_ctrl(bio.bio(), command, 0, nullptr) == 0);
  }
}

TEST_CASE("a memory BIO passes any bytes in any pieces, unchanged and in order") {
  std::mt19937 random(7);
  const std::string input = RandomText(5000, 7);
  MemoryBio bio;
  std::string read;
  std::string written;
  size_t lent = 0;
  while (lent < input.size() || written.size() < input.size()) {
    const size_t size = std::min<size_t>(random() % 400, input.size() - lent);
    std::vector<uint8_t> output(random() % 400);
    bio.Lend(SpanOf(input).data + lent, size, output.data(), output.size());
    lent += size;
    char piece[50];
    size_t done = 0;
    while (ossl.BIO_read_ex(bio.bio(), piece, 1 + random() % sizeof piece, &done) == 1) {
      read.append(piece, done);
    }
    REQUIRE(bio.consumed() == size);
    while (written.size() < read.size() &&
           ossl.BIO_write_ex(bio.bio(), read.data() + written.size(),
                             std::min<size_t>(1 + random() % 50, read.size() - written.size()),
                             &done) == 1) {
      written.append(reinterpret_cast<char*>(output.data()) + bio.produced() - done, done);
    }
    bio.Release();
  }
  CHECK(read == input);
  CHECK(written == input);
}

TEST_CASE("memory BIOs are freed with their owner, or with the SSL that shares them") {
  CHECK(LeavesNothing([] {
    auto bio = std::make_unique<MemoryBio>();
    REQUIRE(ossl.BIO_up_ref(bio->bio()) == 1);
    const BIOPointer shared(bio->bio());
    bio.reset();
  }));
}

}  // namespace ownssl::test
