// Renegotiation (TLS 1.2): a handshake inside a connection, while data is under way.
#include "pair.h"

namespace ownssl::test {
namespace {

using Q = Question;

// Both have certificates, and the server asks for the client's.
std::unique_ptr<Pair> Connected() {
  auto pair = std::make_unique<Pair>(ServerContext(TLS1_2_VERSION, "client"),
                                     ServerContext(TLS1_2_VERSION));
  pair->server.session->SetVerify(true, true);
  REQUIRE(pair->Connect());
  return pair;
}

}  // namespace

TEST_CASE("either end can renegotiate, with data in flight and questions to wait for") {
  for (const bool by_client : {true, false}) {
    for (const size_t chunk : {size_t{1}, size_t{50}, size_t{0}, kAll}) {
      for (const int patience : {0, 2}) {
        CAPTURE(by_client);
        CAPTURE(chunk);
        CAPTURE(patience);
        const auto pair = Connected();
        pair->SetChunks(chunk);
        pair->SetPatience(patience);
        pair->client.plaintext_room = pair->server.plaintext_room = 700;
        const size_t size = chunk == 1 ? 2'000 : 30'000;
        const std::string up = RandomText(size, 1);
        const std::string down = RandomText(size, 2);
        End* starter = by_client ? &pair->client : &pair->server;
        REQUIRE(starter->session->Renegotiate() == Session::Renegotiation::kBegun);
        starter->to_send = {by_client ? up : down};
        // The other end does not know of it yet, and has data on its way.
        End* other = pair->OtherOf(starter);
        other->to_send = {by_client ? down : up};
        pair->Step(other);
        REQUIRE(pair->Run());
        CHECK(pair->server.received == up);
        CHECK(pair->client.received == down);
        // A server's data need not wait for the client to follow.
        if (by_client) CHECK((starter->seen & kBlocked) != 0);
        for (End* end : {&pair->client, &pair->server}) {
          CHECK((end->seen & kHandshakeDone) != 0);
          CHECK(!end->failed());
          // A client that is asked for a handshake resumes its session: nothing to verify.
          if (by_client) CHECK(end->asked == std::vector<Q>{Q::kVerify});
        }
        // OpenSSL counts the HelloRequest as the start of a handshake of its own.
        CHECK(pair->server.EventsOf(Event::Kind::kHandshakeStart).size() == (by_client ? 1 : 0));
        CHECK(pair->server.EventsOf(Event::Kind::kOwnHandshakeStart).size() == (by_client ? 0 : 2));
        CHECK(pair->Carries(&pair->client, "after it"));
      }
    }
  }
}

TEST_CASE("data that was sent before a renegotiation arrives while its question is open") {
  const auto pair = Connected();
  pair->server.to_send = {RandomText(40'000, 1)};
  pair->Step(&pair->server);
  REQUIRE(pair->client.session->Renegotiate() == Session::Renegotiation::kBegun);
  pair->client.answer = LeaveOpen;
  REQUIRE(pair->Run());
  CHECK(pair->client.session->question() == Q::kVerify);
  CHECK(pair->client.received == RandomText(40'000, 1));
  std::vector<uint8_t> room(64 * 1024);
  Session::Progress progress;
  const std::string text = "not now";
  CHECK(pair->client.session->Write({SpanOf(text)}, 0, {room.data(), room.size()}, &progress) ==
        kBlocked);
  CHECK(pair->client.session->Shutdown({room.data(), room.size()}, &progress) == 0);
  CHECK(progress.output == 0);
  pair->client.answer = AnswerPlainly;
  CHECK(pair->Carries(&pair->client, text));
}

TEST_CASE("an open question of a renegotiation needs no room to go on") {
  const auto pair = Connected();
  REQUIRE(pair->client.session->Renegotiate() == Session::Renegotiation::kBegun);
  pair->client.answer = LeaveOpen;
  REQUIRE(pair->Run());
  REQUIRE(pair->client.session->question() == Q::kVerify);
  pair->client.session->AnswerVerify(X509_V_OK);
  Session::Progress progress;
  CHECK(pair->client.session->Pump({}, {}, {}, &progress) != kSuspended);
  pair->client.waiting = false;
  pair->client.answer = AnswerPlainly;
  CHECK(pair->Carries(&pair->client, "it went on"));
}

TEST_CASE("many renegotiations in a row, by turns") {
  const auto pair = Connected();
  for (int i = 0; i < 20; ++i) {
    End* starter = i % 3 == 0 ? &pair->server : &pair->client;
    REQUIRE(starter->session->Renegotiate() == Session::Renegotiation::kBegun);
    REQUIRE(pair->Carries(&pair->server, RandomText(20'000, 1)));
    REQUIRE(pair->Carries(&pair->client, RandomText(20'000, 2)));
  }
  const size_t theirs = pair->server.EventsOf(Event::Kind::kHandshakeStart).size();
  const size_t own = pair->server.EventsOf(Event::Kind::kOwnHandshakeStart).size();
  CHECK(theirs + own >= 20);
}

TEST_CASE("a renegotiation that is refused ends the connection") {
  for (const bool by_client : {true, false}) {
    CAPTURE(by_client);
    const auto pair = Connected();
    REQUIRE(pair->client.session->Renegotiate() == Session::Renegotiation::kBegun);
    End* end = by_client ? &pair->client : &pair->server;
    end->answer = Refuse;
    REQUIRE(pair->Run());
    CHECK(end->code() == "ERR_SSL_CERTIFICATE_VERIFY_FAILED");
    CHECK(pair->OtherOf(end)->failed());
  }
}

TEST_CASE("the questions before a certificate are asked again, too") {
  for (const size_t chunk : {size_t{1}, kAll}) {
    const auto pair = AskingPair(TLS1_2_VERSION);
    REQUIRE(pair->Run());
    pair->server.asked.clear();
    pair->SetChunks(chunk);
    pair->SetPatience(1);
    REQUIRE(pair->client.session->Renegotiate() == Session::Renegotiation::kBegun);
    REQUIRE(pair->Carries(&pair->client, "data"));
    CHECK(pair->server.asked ==
          std::vector<Q>{Q::kClientHello, Q::kCertificate, Q::kVerify, Q::kNewSession});
    CHECK(!pair->server.failed());
  }
}

TEST_CASE("no close_notify gets between a renegotiation and its last question") {
  const auto pair = AskingPair(TLS1_2_VERSION);
  REQUIRE(pair->Run());
  pair->server.answer = Except(Q::kNewSession, LeaveOpen);
  REQUIRE(pair->client.session->Renegotiate() == Session::Renegotiation::kBegun);
  REQUIRE(pair->Run());
  REQUIRE(pair->server.session->question() == Q::kNewSession);
  std::vector<uint8_t> room(4096);
  Session::Progress progress;
  CHECK(pair->server.session->Shutdown({room.data(), room.size()}, &progress) == 0);
  CHECK(progress.output == 0);
  pair->server.answer = AnswerPlainly;
  CHECK(pair->Carries(&pair->server, "still open"));
}

TEST_CASE("nothing is taken after close_notify, whatever is renegotiated") {
  for (const bool by_client : {true, false}) {
    for (const bool by_server : {true, false}) {
      CAPTURE(by_client);
      CAPTURE(by_server);
      const auto pair = Connected();
      if (by_client) REQUIRE(pair->client.session->Renegotiate() == Session::Renegotiation::kBegun);
      if (by_server) REQUIRE(pair->server.session->Renegotiate() == Session::Renegotiation::kBegun);
      std::vector<uint8_t> room(64 * 1024);
      Session::Progress ended;
      CHECK(pair->server.session->Shutdown({room.data(), room.size()}, &ended) == 0);
      pair->client.inbox.append(reinterpret_cast<char*>(room.data()), ended.output);
      REQUIRE(pair->Run());
      CHECK((pair->client.seen & kCloseNotify) != 0);
      Session::Progress progress;
      const std::string text = "too late";
      CHECK(pair->server.session->Write({SpanOf(text)}, 0, {room.data(), room.size()}, &progress) ==
            kFailed);
      CHECK(progress.written == 0);
      CHECK(pair->server.code() == "ERR_SSL_PROTOCOL_IS_SHUTDOWN");
    }
  }
}

TEST_CASE("a session can be destroyed while a renegotiation waits") {
  for (const Q question : {Q::kClientHello, Q::kCertificate, Q::kVerify, Q::kNewSession}) {
    CAPTURE(static_cast<int>(question));
    CHECK(LeavesNothing([&] {
      const auto pair = AskingPair(TLS1_2_VERSION);
      REQUIRE(pair->Run());
      pair->server.answer = Except(question, LeaveOpen);
      REQUIRE(pair->client.session->Renegotiate() == Session::Renegotiation::kBegun);
      pair->client.to_send = {"data"};
      pair->server.to_send = {"data"};
      REQUIRE(pair->Run());
      REQUIRE(pair->server.session->question() == question);
    }));
  }
  CHECK(Session::live() == 0);
}

TEST_CASE("TLS 1.3 does not renegotiate") {
  Pair pair(ClientContext(TLS1_3_VERSION), ServerContext(TLS1_3_VERSION));
  REQUIRE(pair.Run());
  CHECK(pair.client.session->Renegotiate() == Session::Renegotiation::kFailed);
  CHECK(pair.Carries(&pair.client, "goes on"));
}

}  // namespace ownssl::test
