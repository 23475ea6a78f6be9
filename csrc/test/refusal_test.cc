// What becomes of a handshake whose question is refused, left open, or abandoned.
#include "pair.h"

namespace ownssl::test {
namespace {

using Q = Question;

struct Case {
  Q question;
  bool of_client;
  int version;
  const char* code;   // Of the end that refuses.
  const char* alert;  // How the other end's code ends.

  std::unique_ptr<Pair> MakePair() const {
    const bool psk = question == Q::kPskClient || question == Q::kPskServer;
    return psk ? PskPair(version) : AskingPair(version);
  }
  End* EndOf(Pair* pair) const { return of_client ? &pair->client : &pair->server; }
};

// Two of the codes are OpenSSL's way to say that an application's callback has failed.
const Case kCases[] = {
    {Q::kClientHello, false, TLS1_2_VERSION, "CALLBACK_FAILED", "ALERT_INTERNAL_ERROR"},
    {Q::kClientHello, false, TLS1_3_VERSION, "CALLBACK_FAILED", "ALERT_INTERNAL_ERROR"},
    {Q::kCertificate, false, TLS1_2_VERSION, "CERT_CB_ERROR", "ALERT_INTERNAL_ERROR"},
    {Q::kCertificate, false, TLS1_3_VERSION, "CERT_CB_ERROR", "ALERT_INTERNAL_ERROR"},
    {Q::kVerify, false, TLS1_2_VERSION, "CERTIFICATE_VERIFY_FAILED", "ALERT_HANDSHAKE_FAILURE"},
    {Q::kVerify, false, TLS1_3_VERSION, "CERTIFICATE_VERIFY_FAILED", "ALERT_HANDSHAKE_FAILURE"},
    {Q::kVerify, true, TLS1_2_VERSION, "CERTIFICATE_VERIFY_FAILED", "ALERT_HANDSHAKE_FAILURE"},
    {Q::kVerify, true, TLS1_3_VERSION, "CERTIFICATE_VERIFY_FAILED", "ALERT_HANDSHAKE_FAILURE"},
    {Q::kPskServer, false, TLS1_2_VERSION, "INTERNAL_ERROR", "ALERT_INTERNAL_ERROR"},
    {Q::kPskServer, false, TLS1_3_VERSION, "INTERNAL_ERROR", "ALERT_INTERNAL_ERROR"},
    {Q::kPskClient, true, TLS1_2_VERSION, "INTERNAL_ERROR", "ALERT_HANDSHAKE_FAILURE"},
    // Before the first byte was sent: the server did not expect an alert.
    {Q::kPskClient, true, TLS1_3_VERSION, "INTERNAL_ERROR", "UNEXPECTED_MESSAGE"},
    // The last one is asked when it is too late to fail.
    {Q::kNewSession, false, TLS1_2_VERSION, nullptr, nullptr},
    {Q::kNewSession, false, TLS1_3_VERSION, nullptr, nullptr},
};

bool EndsWith(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

}  // namespace

TEST_CASE("a refusal fails the handshake, and its alert reaches the peer") {
  for (const Case& c : kCases) {
    if (c.code == nullptr) continue;
    for (const size_t chunk : {kAll, size_t{1}}) {
      CAPTURE(static_cast<int>(c.question));
      CAPTURE(c.of_client);
      CAPTURE(c.version);
      CAPTURE(chunk);
      const auto pair = c.MakePair();
      pair->SetChunks(chunk);
      pair->SetPatience(1);
      End* end = c.EndOf(pair.get());
      End* other = pair->OtherOf(end);
      end->answer = Except(c.question, Refuse, end->answer);
      REQUIRE(pair->Run());
      CHECK(end->Asked(c.question));
      CHECK(end->failed());
      CHECK(!end->established());
      CHECK(end->code() == std::string("ERR_SSL_") + c.code);
      CHECK(other->failed());
      CHECK_MESSAGE(EndsWith(other->code(), c.alert), other->code());

      // A failure is final, and needs no further bytes.
      const std::string junk = "junk";
      std::vector<uint8_t> room(4096);
      Session::Progress progress;
      const Room output{room.data(), room.size()};
      CHECK(end->session->Pump(SpanOf(junk), output, output, &progress) == kFailed);
      CHECK(end->session->Write({SpanOf(junk)}, 0, output, &progress) == kFailed);
      CHECK(end->session->Shutdown(output, &progress) == 0);
      CHECK(progress.consumed + progress.output + progress.plaintext + progress.written == 0);
      CHECK(end->code() == std::string("ERR_SSL_") + c.code);
    }
  }
}

TEST_CASE("a new session that is not announced fails nothing") {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto pair = AskingPair(version);
    pair->server.answer = Except(Q::kNewSession, Refuse);
    REQUIRE(pair->Run());
    CHECK(pair->Established());
    CHECK(pair->Carries(&pair->client, "data"));
  }
}

TEST_CASE("a session can be destroyed while any question is open") {
  for (const Case& c : kCases) {
    CAPTURE(static_cast<int>(c.question));
    CAPTURE(c.of_client);
    CAPTURE(c.version);
    CHECK(LeavesNothing([&] {
      const auto pair = c.MakePair();
      End* end = c.EndOf(pair.get());
      end->answer = Except(c.question, LeaveOpen, end->answer);
      REQUIRE(pair->Run());
      REQUIRE(end->session->question() == c.question);
    }));
    CHECK(Session::live() == 0);
    CHECK(SecureContext::live() == 0);
  }
}

TEST_CASE("a session can be destroyed between an answer and what follows from it") {
  for (const Case& c : kCases) {
    CAPTURE(static_cast<int>(c.question));
    CAPTURE(c.of_client);
    CAPTURE(c.version);
    CHECK(LeavesNothing([&] {
      const auto pair = c.MakePair();
      End* end = c.EndOf(pair.get());
      const Answer answer = end->answer;
      end->answer = Except(c.question, LeaveOpen, answer);
      REQUIRE(pair->Run());
      CHECK(answer(*end->session, c.question));
      end->session.reset();
    }));
    CHECK(Session::live() == 0);
  }
}

TEST_CASE("a session can be destroyed after any number of bytes") {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    size_t steps = 0;
    for (bool done = false; !done; ++steps) {
      const auto pair = AskingPair(version);
      pair->SetChunks(97);
      pair->SetPatience(1);
      for (size_t i = 0; i < steps; ++i) {
        pair->Step(&pair->client);
        pair->Step(&pair->server);
      }
      done = pair->Established();
    }
    CHECK(steps > 20);
  }
  CHECK(Session::live() == 0);
}

TEST_CASE("sessions that wait can be destroyed in any order, and their fibers used again") {
  std::mt19937 random(11);
  std::vector<std::unique_ptr<Pair>> pairs;
  for (int i = 0; i < 150; ++i) {
    const Case& c = kCases[random() % std::size(kCases)];
    auto pair = c.MakePair();
    c.EndOf(pair.get())->answer = Except(c.question, LeaveOpen, c.EndOf(pair.get())->answer);
    REQUIRE(pair->Run());
    pairs.push_back(std::move(pair));
    if (pairs.size() > 40) pairs.erase(pairs.begin() + static_cast<long>(random() % pairs.size()));
  }
  pairs.clear();
  CHECK(Session::live() == 0);
}

TEST_CASE("an answer comes after the peer is gone") {
  for (const Case& c : kCases) {
    const auto pair = c.MakePair();
    End* end = c.EndOf(pair.get());
    const Answer answer = end->answer;
    end->answer = Except(c.question, LeaveOpen, answer);
    REQUIRE(pair->Run());
    pair->OtherOf(end)->session.reset();
    REQUIRE(answer(*end->session, c.question));
    Session::Progress progress;
    std::vector<uint8_t> room(4096);
    const uint32_t status =
        end->session->Pump({}, {room.data(), room.size()}, {room.data(), room.size()}, &progress);
    CHECK((status & kFailed) == 0);
  }
}

}  // namespace ownssl::test
