// Handshakes, in pieces of every size, with every question waiting for its answer.
#include "pair.h"

namespace ownssl::test {
namespace {

using Q = Question;

// What is asked, in which order.
void CheckQuestions(const Pair& pair, int version) {
  std::vector<Q> expected{Q::kClientHello, Q::kCertificate, Q::kVerify, Q::kNewSession};
  // A session for each of the two tickets of TLS 1.3.
  if (version == TLS1_3_VERSION) expected.push_back(Q::kNewSession);
  CHECK(pair.server.asked == expected);
  CHECK(pair.client.asked == std::vector<Q>{Q::kVerify});
}

void CheckDone(Pair* pair) {
  REQUIRE(pair->Run());
  REQUIRE(pair->Established());
  for (End* end : {&pair->client, &pair->server}) {
    CHECK((end->seen & kHandshakeDone) != 0);
    CHECK(end->session->question() == Q::kNone);
    CHECK(!end->failed());
    CHECK(end->inbox_left() == 0);
  }
  CHECK(pair->Carries(&pair->client, "from the client"));
  CHECK(pair->Carries(&pair->server, "from the server"));
}

}  // namespace

TEST_CASE("a handshake asks every question, at once or after a while") {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const int patience : {0, 1, 3}) {
      CAPTURE(version);
      CAPTURE(patience);
      const auto pair = AskingPair(version);
      pair->SetPatience(patience);
      CheckDone(pair.get());
      CheckQuestions(*pair, version);
      CHECK(((pair->server.seen & pair->client.seen) & kSuspended) != 0);
      CHECK(ossl.SSL_version(pair->client.session->ssl()) == version);
    }
  }
  CHECK(Session::live() == 0);
  CHECK(SecureContext::live() == 0);
}

TEST_CASE("a handshake in pieces of every size") {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const size_t chunk : {1, 2, 3, 5, 6, 7, 64, 1000}) {
      CAPTURE(version);
      CAPTURE(chunk);
      const auto pair = AskingPair(version);
      pair->SetChunks(chunk);
      CheckDone(pair.get());
      CheckQuestions(*pair, version);
    }
  }
}

TEST_CASE("a handshake in pieces of random size") {
  for (uint32_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    const int version = seed % 2 == 0 ? TLS1_2_VERSION : TLS1_3_VERSION;
    const auto pair = AskingPair(version);
    pair->random.seed(seed);
    pair->SetChunks(0);
    pair->SetPatience(static_cast<int>(seed % 3));
    pair->client.output_room = 1 + pair->random() % 2000;
    pair->server.output_room = 1 + pair->random() % 2000;
    CheckDone(pair.get());
    CheckQuestions(*pair, version);
  }
}

TEST_CASE("the room for ciphertext can be as small as a byte") {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const size_t room : {1, 2, 5, 100}) {
      CAPTURE(version);
      CAPTURE(room);
      const auto pair = AskingPair(version);
      pair->client.output_room = pair->server.output_room = room;
      CheckDone(pair.get());
      CheckQuestions(*pair, version);
      CHECK(((pair->server.seen & pair->client.seen) & kOutputFull) != 0);
    }
  }
}

TEST_CASE("no room and no input are no progress and no failure") {
  const auto pair = AskingPair(TLS1_3_VERSION);
  for (int i = 0; i < 3; ++i) {
    Session::Progress progress;
    CHECK(pair->client.session->Pump({}, {}, {}, &progress) == kOutputFull);
    CHECK(progress.output == 0);
    CHECK((pair->server.session->Pump({}, {}, {}, &progress) & ~kEvents) == 0);
    CHECK(progress.output == 0);
  }
  CheckDone(pair.get());
}

TEST_CASE("an open question holds everything, however often the pump is driven") {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const Q question : {Q::kClientHello, Q::kCertificate, Q::kVerify, Q::kNewSession}) {
      CAPTURE(version);
      CAPTURE(static_cast<int>(question));
      const auto pair = AskingPair(version);
      pair->server.answer = Except(question, LeaveOpen);
      REQUIRE(pair->Run());
      REQUIRE(pair->server.session->question() == question);
      const std::string more = "more ciphertext";
      std::vector<uint8_t> room(4096);
      for (int i = 0; i < 100; ++i) {
        Session::Progress progress;
        const uint32_t status = pair->server.session->Pump(SpanOf(more), {room.data(), room.size()},
                                                           {room.data(), room.size()}, &progress);
        CHECK(status == kSuspended);
        CHECK(progress.consumed + progress.output + progress.plaintext == 0);
        CHECK(pair->server.session->Write({SpanOf(more)}, 0, {room.data(), room.size()},
                                          &progress) == kBlocked);
        CHECK(pair->server.session->Shutdown({room.data(), room.size()}, &progress) == 0);
        CHECK(progress.output + progress.written == 0);
      }
      pair->server.answer = AnswerPlainly;
      CheckDone(pair.get());
      CheckQuestions(*pair, version);
    }
  }
}

TEST_CASE("answers to what was not asked are harmless") {
  const auto pair = AskingPair(TLS1_3_VERSION);
  for (End* end : {&pair->client, &pair->server}) {
    Session& session = *end->session;
    session.AnswerVerify(X509_V_OK);
    session.AnswerNoPsk();
    session.AnswerNewSession();
    session.Refuse();
  }
  CheckDone(pair.get());
  CheckQuestions(*pair, TLS1_3_VERSION);
}

TEST_CASE("after a HelloRetryRequest the second ClientHello asks nothing again") {
  const auto client = ServerContext(TLS1_3_VERSION, "client");
  const auto server = ServerContext(TLS1_3_VERSION);
  REQUIRE(client->SetGroups("P-256:P-384"));
  REQUIRE(server->SetGroups("P-384"));
  for (const size_t chunk : {size_t{1}, kAll}) {
    Pair pair(client, server);
    pair.SetChunks(chunk);
    pair.server.session->AskForClientHello();
    pair.server.session->AskForCertificate();
    CheckDone(&pair);
    CHECK(pair.server.asked == std::vector<Q>{Q::kClientHello, Q::kCertificate});
  }
}

TEST_CASE("what the ClientHello says is known when it is asked about") {
  const auto pair = AskingPair(TLS1_3_VERSION);
  pair->SetChunks(1);
  REQUIRE(pair->client.session->SetServername("localhost"));
  pair->client.session->SetAlpn({2, 'h', '2', 1, 'x'});
  pair->client.session->RequestOcsp();
  int asked = 0;
  pair->server.answer = Except(Q::kClientHello, [&](Session& session, Q question) {
    ++asked;
    const ClientHello& hello = session.client_hello();
    CHECK(hello.servername == "localhost");
    CHECK(hello.alpn == std::vector<uint8_t>{2, 'h', '2', 1, 'x'});
    CHECK(hello.wants_ocsp);
    return AnswerPlainly(session, question);
  });
  CheckDone(pair.get());
  CHECK(asked == 1);
  CHECK(pair->server.session->servername() == "localhost");
}

TEST_CASE("many handshakes at once, each at another question") {
  constexpr size_t kMany = 60;
  std::vector<std::unique_ptr<Pair>> pairs;
  for (size_t i = 0; i < kMany; ++i) {
    pairs.push_back(AskingPair(i % 2 == 0 ? TLS1_2_VERSION : TLS1_3_VERSION));
    pairs.back()->SetPatience(static_cast<int>(i % 7));
  }
  CHECK(Session::live() == 2 * kMany);
  bool moved = true;
  while (moved) {
    moved = false;
    for (const auto& pair : pairs) {
      for (End* end : {&pair->client, &pair->server}) moved = pair->Step(end) || moved;
    }
  }
  for (const auto& pair : pairs) CheckDone(pair.get());
  pairs.clear();
  CHECK(Session::live() == 0);
}

}  // namespace ownssl::test
