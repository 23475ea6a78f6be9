// Which setting holds when, and which step may follow which.
#include "../session/states.h"

#include <string>

#include "pair.h"

namespace ownssl::test {
namespace {

using Q = Question;
using Begun = Session::Renegotiation;
constexpr int kVersions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

int impossible = 0;
void Count(const char*, int, int) { ++impossible; }

}  // namespace

TEST_CASE("an impossible transition changes nothing and is reported") {
  const auto before = SetOnImpossible(&Count);
  impossible = 0;
  Machine<HandshakeState> handshake("handshake", HandshakeState::kIdle);
  CHECK(!handshake.To(HandshakeState::kFinished));
  CHECK(handshake.In(HandshakeState::kIdle));
  CHECK(handshake.To(HandshakeState::kRunning));
  CHECK(handshake.To(HandshakeState::kAsked));
  CHECK(!handshake.To(HandshakeState::kFinished));
  Machine<LifeState> life("life", LifeState::kFailed);
  CHECK(!life.To(LifeState::kOpen));
  Machine<InputState> input("input", InputState::kCloseNotify);
  CHECK(!input.To(InputState::kOpen));
  CHECK(impossible == 4);
  SetOnImpossible(before);
}

TEST_CASE("settings of a handshake have no effect once it has begun") {
  for (const int version : kVersions) {
    CAPTURE(version);
    const auto trusting = ClientContext(version);
    std::string session;
    {
      Pair pair(trusting, ServerContext(version));
      pair.client.session->EnableSessionEvents();
      REQUIRE(pair.Run());
      session = SessionOf(pair.client);
      REQUIRE(!session.empty());
      // Of another server it would show the certificate as this one's.
      CHECK(!pair.client.session->SetSession(SpanOf(session)));
      CHECK(!pair.client.session->SetServername("late.test"));
    }
    Pair pair(trusting, ServerContext(version));
    bool asked = false;
    pair.client.answer = [&](Session& at, Q question) {
      asked = true;
      CHECK(!at.SetSession(SpanOf(session)));
      CHECK(!at.SetServername("late.test"));
      CHECK(!at.SetPskIdentityHint("late"));
      at.SetAlpn({1, 'x'});
      at.EnablePsk();
      at.RequestOcsp();
      at.RefuseRenegotiation();
      CHECK(at.Renegotiate() == Begun::kUnderWay);
      // These wait until OpenSSL is through.
      CHECK(at.SetMaxSendFragment(512));
      CHECK(!at.SetMaxSendFragment(511));
      CHECK(!at.SetMaxSendFragment(16385));
      CHECK(at.SetContext(ClientContext(version)));
      at.SetVerify(true, true);
      return AnswerPlainly(at, question);
    };
    REQUIRE(pair.Run());
    CHECK(asked);
    CHECK(pair.Established());
    CHECK(pair.client.asked == std::vector<Q>{Q::kVerify});
    const size_t before = pair.client.wire.size();
    CHECK(pair.Carries(&pair.client, RandomText(10'000, 1)));
    // In records of 512 bytes, each with more than 20 bytes around it.
    CHECK(pair.client.wire.size() - before > 10'000 + 20 * 20);
  }
}

TEST_CASE("an answer counts once, and only to the question that waits") {
  Pair pair(ClientContext(), ServerContext());
  pair.client.answer = [](Session& at, Q question) {
    at.AnswerOcsp();
    at.AnswerNewSession();
    at.AnswerNoPsk();
    at.AnswerClientHello(std::nullopt);
    at.AnswerSession({});
    CHECK(at.waiting());
    CHECK(at.question() == question);
    at.AnswerVerify(X509_V_ERR_CERT_REVOKED);
    at.AnswerVerify(X509_V_OK);
    at.Refuse();
    return true;
  };
  REQUIRE(pair.Run());
  CHECK(!pair.Established());
  // The versions of OpenSSL begin the name differently.
  CHECK(pair.server.code().find("ALERT_CERTIFICATE_REVOKED") != std::string::npos);
}

TEST_CASE("a second renegotiation waits for the first") {
  for (const bool by_server : {true, false}) {
    CAPTURE(by_server);
    Pair pair(ClientContext(TLS1_2_VERSION), ServerContext(TLS1_2_VERSION));
    CHECK(pair.client.session->Renegotiate() == Begun::kUnderWay);
    REQUIRE(pair.Run());
    End* end = by_server ? &pair.server : &pair.client;
    CHECK(end->session->Renegotiate() == Begun::kBegun);
    CHECK(end->session->Renegotiate() == Begun::kUnderWay);
    pair.Step(end);
    CHECK(end->session->Renegotiate() == Begun::kUnderWay);
    end->seen = 0;
    REQUIRE(pair.Run());
    CHECK((end->seen & kHandshakeDone) != 0);
    CHECK(!end->failed());
    CHECK(end->session->Renegotiate() == Begun::kBegun);
    CHECK(pair.Carries(end, "after it"));
  }
}

TEST_CASE("a server's data flows while the client has not followed its HelloRequest") {
  Pair pair(ClientContext(TLS1_2_VERSION), ServerContext(TLS1_2_VERSION));
  REQUIRE(pair.Run());
  REQUIRE(pair.server.session->Renegotiate() == Begun::kBegun);
  pair.Step(&pair.server);  // Sends the HelloRequest; nothing comes from the client.
  const std::string text = RandomText(5'000, 1);
  std::vector<uint8_t> room(64 * 1024);
  Session::Progress progress;
  const uint32_t status =
      pair.server.session->Write({SpanOf(text)}, 0, {room.data(), room.size()}, &progress);
  CHECK((status & kBlocked) == 0);
  CHECK(progress.written == text.size());
}

TEST_CASE("a peer's renegotiation can be refused") {
  for (const bool by_client : {true, false}) {
    CAPTURE(by_client);
    Pair pair(ClientContext(TLS1_2_VERSION), ServerContext(TLS1_2_VERSION));
    End* starter = by_client ? &pair.client : &pair.server;
    End* other = pair.OtherOf(starter);
    other->session->RefuseRenegotiation();
    REQUIRE(pair.Run());
    other->asked.clear();
    other->seen = 0;
    REQUIRE(starter->session->Renegotiate() == Begun::kBegun);
    REQUIRE(pair.Run());
    CHECK((other->seen & kHandshakeDone) == 0);
    CHECK(other->asked.empty());
    // Attempts are told: they can be counted.
    CHECK(other->EventsOf(Event::Kind::kHandshakeStart).size() == 1);
    // The alert is a warning, but to OpenSSL it is fatal.
    CHECK(starter->code() == "ERR_SSL_NO_RENEGOTIATION");
  }
}

}  // namespace ownssl::test
