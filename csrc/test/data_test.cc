// Application data: both directions, pieces and rooms of every size, and the end of it.
#include "../base/streaming_copy.h"
#include "pair.h"

namespace ownssl::test {
namespace {

std::unique_ptr<Pair> Connected(int version) {
  auto pair = std::make_unique<Pair>(ClientContext(version), ServerContext(version));
  REQUIRE(pair->Run());
  REQUIRE(pair->Established());
  return pair;
}

// The number of TLS records in ciphertext that begins with one.
size_t Records(const std::string& wire) {
  size_t count = 0;
  for (size_t at = 0; at + 5 <= wire.size(); ++count) {
    at += 5 + (static_cast<uint8_t>(wire[at + 3]) << 8 | static_cast<uint8_t>(wire[at + 4]));
  }
  return count;
}

}  // namespace

TEST_CASE("data goes both ways at once, in pieces of every size") {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const size_t chunk : {size_t{1}, size_t{5}, size_t{1000}, kAll}) {
      CAPTURE(version);
      CAPTURE(chunk);
      const auto pair = Connected(version);
      pair->SetChunks(chunk);
      const size_t size = chunk == 1 ? 17'000 : 50'000;
      const std::string up = RandomText(size - 999, 1);
      const std::string down = RandomText(size, 2);
      pair->client.to_send = {up};
      pair->server.to_send = {down};
      REQUIRE(pair->Run());
      CHECK(pair->server.received == up);
      CHECK(pair->client.received == down);
    }
  }
}

TEST_CASE("a copy past the caches is the same bytes, from anywhere to anywhere, and nothing else") {
  constexpr size_t kAround = 128;
  for (const size_t size : {0, 1, 63, 64, 65, 127, 128, 1000, 65536}) {
    for (const size_t skip : {0, 1, 15, 16, 17, 48, 63}) {
      CAPTURE(size);
      CAPTURE(skip);
      const std::string text = RandomText(size + skip, 9);
      std::string copy(size + kAround * 2, '.');
      auto* to = reinterpret_cast<uint8_t*>(copy.data()) + kAround - skip;
      StreamingCopy(to, SpanOf(text).data + skip, size);
      CHECK(copy.substr(kAround - skip, size) == text.substr(skip));
      CHECK(copy.find_first_not_of('.') >= kAround - skip);
      CHECK((size == 0 || copy.find_last_not_of('.') < kAround - skip + size));
    }
  }
}

TEST_CASE("the room for plaintext can be smaller than a record") {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const size_t room : {size_t{1}, size_t{7}, size_t{1000}, size_t{16383}, size_t{16384}}) {
      CAPTURE(version);
      CAPTURE(room);
      const auto pair = Connected(version);
      pair->server.plaintext_room = room;
      CHECK(pair->Carries(&pair->client, RandomText(room < 10 ? 20'000 : 100'000, 3)));
      CHECK((pair->server.seen & kPlaintextFull) != 0);
      CHECK(pair->server.inbox_left() == 0);
    }
  }
}

TEST_CASE("without room for plaintext nothing is read, and nothing is lost") {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto pair = Connected(version);
    pair->client.to_send = {"patience"};
    pair->Step(&pair->client);
    pair->server.plaintext_room = 0;
    for (int i = 0; i < 10; ++i) pair->Step(&pair->server);
    CHECK((pair->server.seen & kPlaintextFull) != 0);
    CHECK(pair->server.received.empty());
    pair->server.plaintext_room = 100;
    REQUIRE(pair->Run());
    CHECK(pair->server.received == "patience");
  }
}

TEST_CASE("chunks of every kind are written as one stream") {
  for (uint32_t seed = 0; seed < 30; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto pair = Connected(seed % 2 == 0 ? TLS1_2_VERSION : TLS1_3_VERSION);
    std::string all;
    for (size_t i = random() % 50; i > 0; --i) {
      const size_t limit = random() % 10 == 0 ? 70'000 : 100;
      pair->client.to_send.push_back(
          RandomText(random() % 3 == 0 ? 0 : random() % limit, static_cast<uint32_t>(random())));
      all += pair->client.to_send.back();
    }
    pair->SetChunks(0);
    pair->random.seed(seed);
    pair->client.write_room = 16'384 + 512 + random() % 100'000;
    pair->server.plaintext_room = 1 + random() % 30'000;
    REQUIRE(pair->Run());
    CHECK(pair->client.sent());
    CHECK(pair->server.received == all);
  }
}

TEST_CASE("small chunks share a record") {
  const auto pair = Connected(TLS1_3_VERSION);
  pair->client.wire.clear();
  pair->client.to_send.assign(1000, "0123456789");
  REQUIRE(pair->Run());
  CHECK(pair->server.received.size() == 10'000);
  CHECK(Records(pair->client.wire) == 1);
}

TEST_CASE("a smaller fragment makes more records, whatever the chunks") {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const size_t write_room : {size_t{1024}, size_t{5000}, size_t{64 * 1024}}) {
      const auto pair = Connected(version);
      REQUIRE(pair->client.session->SetMaxSendFragment(512));
      CHECK(!pair->client.session->SetMaxSendFragment(511));
      CHECK(!pair->client.session->SetMaxSendFragment(16385));
      pair->client.wire.clear();
      pair->client.write_room = write_room;
      pair->client.to_send = {"", RandomText(700, 1), RandomText(10, 2), RandomText(5000, 3)};
      REQUIRE(pair->Run());
      CHECK(pair->server.received == RandomText(700, 1) + RandomText(10, 2) + RandomText(5000, 3));
      CHECK(Records(pair->client.wire) == (5710 + 511) / 512);
    }
  }
}

TEST_CASE("a write without room for a record takes nothing") {
  const auto pair = Connected(TLS1_3_VERSION);
  const std::string text = "text";
  std::vector<uint8_t> room(16'384 + 511);
  Session::Progress progress;
  CHECK(pair->client.session->Write({SpanOf(text)}, 0, {room.data(), room.size()}, &progress) ==
        kOutputFull);
  CHECK(progress.written + progress.output == 0);
  CHECK(pair->client.session->Write({}, 0, {}, &progress) == 0);
  CHECK(pair->client.session->Write({{}, {}}, 0, {}, &progress) == 0);
  CHECK(pair->client.session->Write({SpanOf(text)}, 4, {}, &progress) == 0);
  CHECK(pair->Carries(&pair->client, text));
}

TEST_CASE("a write before the handshake is done waits") {
  const auto pair = AskingPair(TLS1_3_VERSION);
  pair->client.to_send = {"early"};
  pair->server.to_send = {"bird"};
  REQUIRE(pair->Run());
  CHECK((pair->client.seen & kBlocked) != 0);
  CHECK((pair->server.seen & kBlocked) != 0);
  CHECK(pair->server.received == "early");
  CHECK(pair->client.received == "bird");
}

TEST_CASE("an update of keys is answered, as room allows") {
  for (const size_t room : {size_t{1}, size_t{7}, size_t{4096}}) {
    const auto pair = Connected(TLS1_3_VERSION);
    REQUIRE(ossl.SSL_key_update(pair->client.session->ssl(), SSL_KEY_UPDATE_REQUESTED) == 1);
    pair->server.output_room = room;
    pair->server.to_send = {RandomText(100'000, 1)};
    pair->client.to_send = {RandomText(100'000, 2)};
    REQUIRE(pair->Run());
    CHECK(pair->client.received == RandomText(100'000, 1));
    CHECK(pair->server.received == RandomText(100'000, 2));
    CHECK(pair->Carries(&pair->server, "more"));
  }
}

TEST_CASE("close_notify ends one direction; what follows it is ignored") {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const size_t chunk : {kAll, size_t{1}}) {
      const auto pair = Connected(version);
      pair->SetChunks(chunk);
      CHECK(pair->Carries(&pair->client, "the last words"));
      std::vector<uint8_t> room(4096);
      Session::Progress progress;
      // With no room it waits, and with some it is sent once.
      CHECK(pair->client.session->Shutdown({}, &progress) == kOutputFull);
      CHECK(pair->client.session->Shutdown({room.data(), 3}, &progress) == kOutputFull);
      pair->server.inbox.append(reinterpret_cast<char*>(room.data()), progress.output);
      CHECK(pair->client.session->Shutdown({room.data(), room.size()}, &progress) == 0);
      pair->server.inbox.append(reinterpret_cast<char*>(room.data()), progress.output);
      CHECK(pair->client.session->Shutdown({room.data(), room.size()}, &progress) == 0);
      CHECK(progress.output == 0);

      pair->server.inbox += "GET / HTTP/1.1\r\n\r\n";
      REQUIRE(pair->Run());
      CHECK((pair->server.seen & kCloseNotify) != 0);
      CHECK(!pair->server.failed());
      CHECK(pair->server.inbox_left() == 0);
      CHECK(pair->server.received == "the last words");
      // The other direction is open, as TCP's is.
      CHECK(pair->Carries(&pair->server, "an answer"));
      CHECK(pair->server.session->Shutdown({room.data(), room.size()}, &progress) == 0);
      pair->client.inbox.append(reinterpret_cast<char*>(room.data()), progress.output);
      REQUIRE(pair->Run());
      CHECK((pair->client.seen & kCloseNotify) != 0);
      CHECK(!pair->client.failed());
    }
  }
}

TEST_CASE("a shutdown before the handshake sends nothing") {
  Pair pair(ClientContext(), ServerContext());
  std::vector<uint8_t> room(4096);
  Session::Progress progress;
  CHECK(pair.client.session->Shutdown({room.data(), room.size()}, &progress) == 0);
  CHECK(progress.output == 0);
  REQUIRE(pair.Run());
  CHECK(pair.Established());
}

}  // namespace ownssl::test
