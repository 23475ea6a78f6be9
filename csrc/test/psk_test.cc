// Pre-shared keys.
#include "pair.h"

namespace ownssl::test {
namespace {

using Q = Question;

const std::string kKey = "0123456789abcdef";
// OpenSSL's limits: RFC 4279, 5.3 asks for 64 and 128 at least.
constexpr size_t kLongestKey = PSK_MAX_PSK_LEN;
constexpr size_t kLongestIdentity = PSK_MAX_IDENTITY_LEN;

constexpr int kVersions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

}  // namespace

TEST_CASE("a key that both know makes a connection, without certificates") {
  for (const int version : kVersions) {
    for (const size_t chunk : {size_t{1}, kAll}) {
      CAPTURE(version);
      const auto pair = PskPair(version);
      pair->SetChunks(chunk);
      pair->SetPatience(2);
      std::string identity;
      pair->server.answer = [&](Session& session, Q question) {
        if (question == Q::kPskServer) identity = session.psk_identity();
        return AnswerWithPsk("ignored", kKey)(session, question);
      };
      REQUIRE(pair->Run());
      REQUIRE(pair->Established());
      CHECK(identity == "someone");
      CHECK(pair->client.asked == std::vector<Q>{Q::kPskClient});
      CHECK(pair->server.asked == std::vector<Q>{Q::kPskServer});
      CHECK(pair->client.session->PeerChain().empty());
      CHECK(pair->Carries(&pair->client, "data"));
      CHECK(pair->Carries(&pair->server, "data"));
    }
  }
}

TEST_CASE("the hint of a TLS 1.2 server reaches the client") {
  for (const int version : kVersions) {
    CAPTURE(version);
    const auto pair = PskPair(version);
    REQUIRE(pair->server.session->SetPskIdentityHint("which one?"));
    std::optional<std::string> hint = "nothing";
    pair->client.answer = [&](Session& session, Q question) {
      hint = session.psk_hint();
      return AnswerWithPsk("someone", kKey)(session, question);
    };
    REQUIRE(pair->Run());
    CHECK(pair->Established());
    CHECK(hint ==
          (version == TLS1_2_VERSION ? std::optional<std::string>("which one?") : std::nullopt));
  }
  const auto pair = PskPair(TLS1_2_VERSION);
  CHECK(!pair->server.session->SetPskIdentityHint(std::string(1000, 'x')));
}

TEST_CASE("a wrong key fails both ends") {
  for (const int version : kVersions) {
    CAPTURE(version);
    const auto pair = PskPair(version);
    pair->server.answer = AnswerWithPsk("", "fedcba9876543210");
    REQUIRE(pair->Run());
    CHECK(pair->server.failed());
    CHECK(pair->client.failed());
    CHECK(!pair->server.established());
    // TLS 1.2 can't decrypt the Finished message, TLS 1.3 sees it in the ClientHello.
    if (version == TLS1_3_VERSION) CHECK(pair->server.code() == "ERR_SSL_BINDER_DOES_NOT_VERIFY");
  }
}

TEST_CASE("an identity that the server does not know is refused, unless there is a certificate") {
  for (const int version : kVersions) {
    CAPTURE(version);
    const auto pair = PskPair(version);
    pair->server.answer = AnswerPlainly;
    REQUIRE(pair->Run());
    CHECK(pair->server.failed());
    CHECK(pair->client.failed());
  }

  Pair pair(ClientContext(TLS1_3_VERSION), ServerContext(TLS1_3_VERSION));
  pair.client.session->EnablePsk();
  pair.server.session->EnablePsk();
  pair.client.answer = AnswerWithPsk("someone", kKey);
  REQUIRE(pair.Run());
  CHECK(pair.Established());
  CHECK(pair.client.Asked(Q::kVerify));
}

TEST_CASE("a client without a key") {
  // TLS 1.2 chose the cipher suite already; TLS 1.3 has certificates to fall back on.
  for (const int version : kVersions) {
    CAPTURE(version);
    const auto pair = PskPair(version);
    pair->client.answer = AnswerPlainly;
    REQUIRE(pair->Run());
    CHECK(pair->client.failed());
    CHECK(pair->server.failed());
  }
  Pair pair(ClientContext(TLS1_3_VERSION), ServerContext(TLS1_3_VERSION));
  pair.client.session->EnablePsk();
  pair.server.session->EnablePsk();
  REQUIRE(pair.Run());
  CHECK(pair.Established());
  CHECK(!pair.server.Asked(Q::kPskServer));
}

TEST_CASE("keys and identities of every length") {
  for (const int version : kVersions) {
    for (const size_t key : {1, 16, 256, 511, 512, 513, 100'000}) {
      for (const size_t identity : {1, 128, 255, 256, 257, 100'000}) {
        CAPTURE(version);
        CAPTURE(key);
        CAPTURE(identity);
        const auto pair = PskPair(version);
        // A zero in a key is a byte as any other.
        const std::string secret(key, '\0');
        pair->client.answer = AnswerWithPsk(std::string(identity, 'i'), secret);
        pair->server.answer = AnswerWithPsk("", secret);
        REQUIRE(pair->Run());
        const bool fits = pair->Established();
        CHECK(fits == (key <= kLongestKey && identity <= kLongestIdentity));
        CHECK(fits != pair->client.failed());
      }
    }
  }
}

TEST_CASE("a server's key that is too long is refused there") {
  for (const int version : kVersions) {
    CAPTURE(version);
    const auto pair = PskPair(version);
    pair->server.answer = AnswerWithPsk("", std::string(kLongestKey + 1, 'k'));
    REQUIRE(pair->Run());
    CHECK(pair->server.failed());
    CHECK(pair->client.failed());
    CHECK(!pair->client.established());
  }
}

TEST_CASE("a key for a client that answers a HelloRetryRequest") {
  const auto context = [](const char* groups) {
    auto plain = PlainContext(TLS1_3_VERSION);
    REQUIRE(plain->SetGroups(groups));
    return plain;
  };
  Pair pair(context("P-256:P-384"), context("P-384"));
  pair.SetChunks(1);
  pair.SetPatience(1);
  for (End* end : {&pair.client, &pair.server}) {
    end->session->EnablePsk();
    end->answer = AnswerWithPsk("someone", kKey);
  }
  REQUIRE(pair.Run());
  CHECK(pair.Established());
  CHECK(pair.Carries(&pair.client, "data"));
}

TEST_CASE("what is cleansed is zero") {
  std::vector<uint8_t> bytes(100, 0xaa);
  Cleanse(bytes.data(), bytes.size());
  CHECK(bytes == std::vector<uint8_t>(100, 0));
  SecretBytes copied;
  copied.resize(100, 0xaa);
  const SecretBytes other = copied;
  copied.resize(1000);
  CHECK(other.size() == 100);
  CHECK(other.back() == 0xaa);
}

TEST_CASE("a secret moves, and leaves nothing behind") {
  Secret one = SecretOf("key");
  const uint8_t* bytes = one.data();
  Secret two = std::move(one);
  CHECK(two.data() == bytes);
  CHECK(two.size() == 3);
  CHECK(one.empty());  // NOLINT: that it is empty is the point.
  Secret three = SecretOf("another");
  three = std::move(two);
  CHECK(three.data() == bytes);
  three.Clear();
  CHECK(three.empty());
  CHECK(Secret(5).size() == 5);
}

}  // namespace ownssl::test
