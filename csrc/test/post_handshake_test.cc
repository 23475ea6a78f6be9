// A server asks for the client's certificate in an established connection (TLS 1.3; RFC 8446,
// 4.6.2), with data under way.
#include "pair.h"

namespace ownssl::test {
namespace {

using Q = Question;
using Request = ClientAuthentication::Request;

// The client has a certificate, and can be asked for it; `asks`: it is asked which one.
std::unique_ptr<Pair> Connected(bool asks = true, const std::string& name = "client") {
  auto pair = std::make_unique<Pair>(
      name.empty() ? ClientContext(TLS1_3_VERSION) : ServerContext(TLS1_3_VERSION, name),
      ServerContext(TLS1_3_VERSION));
  pair->client.session->client_authentication().Offer();
  if (asks) pair->client.session->client_authentication().AskForIdentity();
  REQUIRE(pair->Connect());
  return pair;
}

Request Ask(Pair& pair, bool require = true) {
  return pair.server.session->client_authentication().RequestCertificate(require);
}

}  // namespace

TEST_CASE("a server can ask in a connection, with data in flight and questions to wait for") {
  for (const bool asks : {true, false}) {
    for (const size_t chunk : {size_t{1}, size_t{50}, size_t{0}, kAll}) {
      for (const int patience : {0, 2}) {
        CAPTURE(asks);
        CAPTURE(chunk);
        CAPTURE(patience);
        const auto pair = Connected(asks);
        pair->SetChunks(chunk);
        pair->SetPatience(patience);
        pair->client.plaintext_room = pair->server.plaintext_room = 700;
        const size_t size = chunk == 1 ? 2'000 : 30'000;
        const std::string up = RandomText(size, 1);
        const std::string down = RandomText(size, 2);
        pair->client.to_send = {up};
        pair->server.to_send = {down};
        REQUIRE(Ask(*pair) == Request::kBegun);
        CHECK(Ask(*pair) == Request::kUnderWay);
        REQUIRE(pair->Run());
        CHECK(pair->server.received == up);
        CHECK(pair->client.received == down);
        CHECK((pair->server.seen & kHandshakeDone) != 0);
        CHECK(pair->server.asked == std::vector<Q>{Q::kVerify});
        CHECK(pair->client.asked ==
              (asks ? std::vector<Q>{Q::kClientCertificate} : std::vector<Q>{}));
        CHECK(pair->server.session->VerifyResult() == X509_V_OK);
        CHECK(!pair->server.session->PeerChain().empty());
        CHECK(!pair->client.failed());
        CHECK(!pair->server.failed());
        CHECK(pair->Carries(&pair->client, "after it"));
        CHECK(pair->Carries(&pair->server, "after it"));
      }
    }
  }
}

TEST_CASE("what came before the client's certificate is told in a crossing of its own") {
  const auto pair = Connected();
  REQUIRE(Ask(*pair) == Request::kBegun);
  pair->client.to_send = {"before"};
  pair->Step(&pair->server);
  pair->Step(&pair->client);
  REQUIRE(pair->Run());
  CHECK(pair->server.received == "before");
  CHECK((pair->server.seen & kHandshakeDone) != 0);
}

TEST_CASE("a client without a certificate, or with one that is refused") {
  for (const bool require : {true, false}) {
    CAPTURE(require);
    const auto pair = Connected(false, "");
    REQUIRE(Ask(*pair, require) == Request::kBegun);
    REQUIRE(pair->Run());
    CHECK(pair->server.failed() == require);
    CHECK(pair->client.failed() == require);
    CHECK(((pair->server.seen & kHandshakeDone) != 0) == !require);
    CHECK(pair->server.session->PeerChain().empty());
    if (!require) CHECK(pair->Carries(&pair->client, "goes on"));
  }
  const auto pair = Connected();
  REQUIRE(Ask(*pair) == Request::kBegun);
  pair->server.answer = Refuse;
  REQUIRE(pair->Run());
  CHECK(pair->server.code() == "ERR_SSL_CERTIFICATE_VERIFY_FAILED");
  CHECK(pair->client.failed());
}

TEST_CASE("a client that refuses to choose ends the connection") {
  const auto pair = Connected();
  REQUIRE(Ask(*pair) == Request::kBegun);
  pair->client.answer = Refuse;
  REQUIRE(pair->Run());
  CHECK(pair->client.failed());
  CHECK(pair->server.failed());
}

TEST_CASE("many times, with another certificate each time") {
  const auto pair = Connected();
  auto other = ServerContext(TLS1_3_VERSION, "client-rsa");
  for (int i = 0; i < 12; ++i) {
    pair->client.answer = [&](Session& session, Q) {
      session.client_authentication().Answer(i % 3 == 0 ? nullptr : other);
      return true;
    };
    pair->server.session->PeerChain();
    REQUIRE(Ask(*pair) == Request::kBegun);
    REQUIRE(pair->Carries(&pair->server, RandomText(20'000, 1)));
    REQUIRE(pair->Carries(&pair->client, RandomText(20'000, 2)));
    CHECK(pair->server.session->PeerMatches("client.example.test"));
    CHECK((EVP_PKEY_RSA == ossl.EVP_PKEY_get_id(ossl.X509_get0_pubkey(
                               pair->server.session->PeerChain().front()))) == (i % 3 != 0));
  }
}

TEST_CASE("who has not offered it is not asked, nor is anybody in an older version") {
  Pair pair(ClientContext(TLS1_3_VERSION), ServerContext(TLS1_3_VERSION));
  REQUIRE(pair.Run());
  CHECK(Ask(pair) == Request::kNotOffered);
  CHECK(pair.Carries(&pair.client, "goes on"));
  Pair old(ClientContext(TLS1_2_VERSION), ServerContext(TLS1_2_VERSION));
  old.client.session->client_authentication().Offer();
  REQUIRE(old.Run());
  CHECK(Ask(old) == Request::kOldVersion);
  CHECK(old.Carries(&old.server, "goes on"));
}

TEST_CASE("a session can be destroyed while either end waits") {
  for (const bool at_client : {true, false}) {
    CAPTURE(at_client);
    CHECK(LeavesNothing([&] {
      const auto pair = Connected();
      End* end = at_client ? &pair->client : &pair->server;
      end->answer = LeaveOpen;
      REQUIRE(Ask(*pair) == Request::kBegun);
      pair->client.to_send = {"data"};
      pair->server.to_send = {"data"};
      REQUIRE(pair->Run());
      REQUIRE(end->session->waiting());
    }));
  }
  CHECK(Session::live() == 0);
}

TEST_CASE("nothing is asked after close_notify") {
  const auto pair = Connected();
  std::vector<uint8_t> room(64 * 1024);
  REQUIRE(Ask(*pair) == Request::kBegun);
  Session::Progress ended;
  CHECK(pair->server.session->Shutdown({room.data(), room.size()}, &ended) == 0);
  pair->client.inbox.append(reinterpret_cast<char*>(room.data()), ended.output);
  REQUIRE(pair->Run());
  CHECK((pair->client.seen & kCloseNotify) != 0);
  CHECK(pair->client.asked.empty());
  CHECK(!pair->server.failed());
}

}  // namespace ownssl::test
