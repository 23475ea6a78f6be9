// Ciphertext that a peer would not send: damaged, cut off, too long, or no TLS at all.
#include "pair.h"

namespace ownssl::test {
namespace {

using Q = Question;
constexpr int kVersions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

// Small and quick handshakes: there is one for each byte of them.
struct Contexts {
  explicit Contexts(int version) : client(ClientContext(version)), server(PlainContext(version)) {
    REQUIRE(server->SetCertificate(SpanOf(Fixture("server-direct.crt"))));
    REQUIRE(server->SetKey(SpanOf(Fixture("server-direct.key")), nullptr));
    REQUIRE(client->SetGroups("X25519:P-256"));
  }
  Pair MakePair() const { return Pair(client, server); }

  std::shared_ptr<SecureContext> client;
  std::shared_ptr<SecureContext> server;
};

// What each end puts on the wire in a handshake where nothing goes wrong: the client, the server.
std::pair<size_t, size_t> Sizes(const Contexts& contexts) {
  Pair pair = contexts.MakePair();
  REQUIRE(pair.Run());
  REQUIRE(pair.Established());
  return {pair.client.wire.size(), pair.server.wire.size()};
}

// After whatever has happened: nothing goes in circles, failures have a reason, and nothing arrives
// that was not sent.
void CheckSane(Pair* pair) {
  const bool ended = pair->Run();
  REQUIRE(ended);
  for (const End* end : {&pair->client, &pair->server}) {
    const OpenSSLError& error = end->session->error();
    const bool sane = end->failed() == !error.empty() &&
                      (error.code.empty() || error.code.rfind("ERR_SSL_", 0) == 0);
    REQUIRE_MESSAGE(sane, error.code, error.message);
  }
  if (!pair->Established() || pair->client.failed() || pair->server.failed()) return;
  pair->tamper = nullptr;
  for (End* from : {&pair->client, &pair->server}) {
    // It need not arrive: what was damaged can be the length of a ticket, after the handshake.
    const bool arrived = pair->Carries(from, "data");
    REQUIRE((arrived || pair->OtherOf(from)->received.empty()));
  }
}

// Does something to one byte of what goes to an end.
std::function<void(End*, std::string*)> At(End* target, size_t offset,
                                           std::function<void(std::string*, size_t)> change) {
  auto passed = std::make_shared<size_t>(0);
  return [=](End* to, std::string* bytes) {
    if (to != target) return;
    if (offset >= *passed && offset < *passed + bytes->size()) change(bytes, offset - *passed);
    *passed += bytes->size();
  };
}

std::string Record(int type, int version, size_t length, const std::string& body) {
  std::string record;
  record += static_cast<char>(type);
  record += static_cast<char>(version >> 8);
  record += static_cast<char>(version & 0xff);
  record += static_cast<char>(length >> 8);
  record += static_cast<char>(length & 0xff);
  return record + body;
}

// What a fresh server, or client, makes of these bytes.
Pair After(Role role, const std::string& bytes, size_t chunk) {
  Pair pair(ClientContext(), ServerContext());
  End* end = role == Role::kServer ? &pair.server : &pair.client;
  pair.Step(end);
  end->inbox = bytes;
  end->chunk = chunk;
  while (pair.Step(end)) {
  }
  return pair;
}

}  // namespace

TEST_CASE("a byte of the handshake is damaged, each in its turn") {
  for (const int version : kVersions) {
    const Contexts contexts(version);
    const auto [up, down] = Sizes(contexts);
    std::mt19937 random(static_cast<uint32_t>(version));
    size_t unharmed = 0;
    for (size_t i = 0; i < up + down; ++i) {
      CAPTURE(version);
      CAPTURE(i);
      Pair pair = contexts.MakePair();
      End* target = i < up ? &pair.server : &pair.client;
      const char mask = static_cast<char>(1 + random() % 255);
      pair.tamper = At(target, i < up ? i : i - up, [mask](std::string* bytes, size_t at) {
        (*bytes)[at] = static_cast<char>((*bytes)[at] ^ mask);
      });
      CheckSane(&pair);
      if (pair.Established() && !pair.client.failed() && !pair.server.failed()) ++unharmed;
    }
    // Versions in the headers of records are the only bytes that nothing protects.
    CHECK(unharmed <= 16);
  }
}

TEST_CASE("a handshake is cut off after each byte") {
  for (const int version : kVersions) {
    const Contexts contexts(version);
    const auto [up, down] = Sizes(contexts);
    for (size_t i = 0; i < up + down; i += 3) {
      CAPTURE(version);
      CAPTURE(i);
      Pair pair = contexts.MakePair();
      End* target = i < up ? &pair.server : &pair.client;
      bool cut = false;
      const auto at = At(target, i < up ? i : i - up, [&cut](std::string* bytes, size_t offset) {
        bytes->resize(offset);
        cut = true;
      });
      pair.tamper = [&](End* to, std::string* bytes) {
        if (cut && to == target) bytes->clear();
        if (!cut) at(to, bytes);
      };
      const bool ended = pair.Run();
      REQUIRE(ended);
      // Whoever gets too little waits; that is not a failure.
      REQUIRE(!pair.client.failed());
      REQUIRE(!pair.server.failed());
    }
  }
  CHECK(Session::live() == 0);
}

TEST_CASE("bytes of the handshake come twice, or are left out") {
  for (const int version : kVersions) {
    const Contexts contexts(version);
    const auto [up, down] = Sizes(contexts);
    for (size_t i = 0; i < up + down; i += 11) {
      for (const bool twice : {false, true}) {
        Pair pair = contexts.MakePair();
        End* target = i < up ? &pair.server : &pair.client;
        pair.tamper = At(target, i < up ? i : i - up, [twice](std::string* bytes, size_t at) {
          const size_t size = std::min<size_t>(bytes->size() - at, 1 + at % 40);
          if (twice) return void(bytes->insert(at, bytes->substr(at, size)));
          bytes->erase(at, size);
        });
        CheckSane(&pair);
      }
    }
  }
}

TEST_CASE("a byte of a record of data is damaged, each in its turn") {
  for (const int version : kVersions) {
    const Contexts contexts(version);
    for (size_t i = 0; i < 5 + 8 + 100 + 17; ++i) {
      CAPTURE(version);
      CAPTURE(i);
      Pair pair = contexts.MakePair();
      REQUIRE(pair.Run());
      pair.tamper = At(&pair.server, i, [](std::string* bytes, size_t at) {
        (*bytes)[at] = static_cast<char>((*bytes)[at] ^ 0x20);
      });
      pair.client.to_send = {std::string(100, 'd')};
      REQUIRE(pair.Run());
      // A longer record is waited for; nothing damaged is ever delivered.
      REQUIRE((pair.server.received.empty() || pair.server.received == std::string(100, 'd')));
    }
  }
}

TEST_CASE("records that are too long are refused before they have come") {
  for (const int version : kVersions) {
    Pair pair{ClientContext(version), ServerContext(version)};
    REQUIRE(pair.Run());
    pair.server.inbox += Record(SSL3_RT_APPLICATION_DATA, TLS1_2_VERSION, 0xffff, "x");
    REQUIRE(pair.Run());
    CHECK(pair.server.failed());
    CHECK(pair.client.failed());  // By its alert.
  }
  const Pair pair = After(Role::kServer, Record(SSL3_RT_HANDSHAKE, TLS1_VERSION, 0x5000, ""), kAll);
  CHECK(pair.server.failed());
}

TEST_CASE("messages that claim to be huge take no memory") {
  const std::string huge = std::string("\1\xff\xff\xff", 4) + std::string(500, 'x');
  const LiveMemory before = LiveAllocations();
  const Pair pair =
      After(Role::kServer, Record(SSL3_RT_HANDSHAKE, TLS1_VERSION, huge.size(), huge), kAll);
  CHECK(pair.server.failed());
  CHECK(LiveAllocations().bytes - before.bytes < 1'000'000);
}

TEST_CASE("other protocols fail, and say so") {
  const std::pair<const char*, const char*> texts[] = {
      {"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "ERR_SSL_HTTP_REQUEST"},
      {"CONNECT localhost:443 HTTP/1.1\r\n\r\n", "ERR_SSL_HTTPS_PROXY_REQUEST"},
      {"HTTP/1.1 400 Bad Request\r\n\r\n", "ERR_SSL_WRONG_VERSION_NUMBER"},
      {"SSH-2.0-OpenSSH_9.2\r\n", "ERR_SSL_WRONG_VERSION_NUMBER"},
      {"220 mail.example.test ESMTP\r\n", "ERR_SSL_WRONG_VERSION_NUMBER"},
  };
  for (const auto& [text, code] : texts) {
    for (const size_t chunk : {size_t{1}, kAll}) {
      CAPTURE(text);
      const Pair server = After(Role::kServer, text, chunk);
      CHECK(server.server.code() == code);
      const Pair client = After(Role::kClient, text, chunk);
      CHECK(client.client.failed());
    }
  }
}

TEST_CASE("random bytes, with and without the header of a record") {
  for (uint32_t seed = 0; seed < 240; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const std::string junk = RandomText(random() % 400, seed);
    const int type = static_cast<int>(20 + random() % 5);
    std::string bytes = junk;
    if (seed % 3 == 1) bytes = Record(type, TLS1_2_VERSION, junk.size(), junk);
    if (seed % 3 == 2) {
      // A handshake message with a header that fits.
      std::string message = std::string(1, static_cast<char>(random() % 25)) + '\0';
      message += static_cast<char>(junk.size() >> 8);
      message += static_cast<char>(junk.size() & 0xff);
      message += junk;
      bytes = Record(SSL3_RT_HANDSHAKE, TLS1_2_VERSION, message.size(), message);
    }
    for (const Role role : {Role::kServer, Role::kClient}) {
      const Pair pair = After(role, bytes, seed % 2 == 0 ? kAll : 1);
      REQUIRE(!(role == Role::kServer ? pair.server : pair.client).established());
    }
  }
  CHECK(Session::live() == 0);
}

}  // namespace ownssl::test
