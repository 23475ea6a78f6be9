// What the ClientHello negotiates: names, protocols, stapled status; and the key log.
#include <set>

#include "pair.h"

namespace ownssl::test {
namespace {

using Q = Question;
constexpr int kVersions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

std::string AlpnOf(const End& end) {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  ossl.SSL_get0_alpn_selected(end.session->ssl(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

std::vector<uint8_t> Bytes(const std::string& text) { return {text.begin(), text.end()}; }

std::string Der(int tag, const std::string& body) {
  std::string header{static_cast<char>(tag)};
  if (body.size() >= 0x80) header += '\x82';
  if (body.size() >= 0x80) header += static_cast<char>(body.size() >> 8);
  return header + static_cast<char>(body.size() & 0xff) + body;
}

// An OCSP response (RFC 6960, 4.2.1) around any bytes. OpenSSL 3.6 and later staple nothing else.
std::string OcspResponse(size_t size) {
  const std::string basic("\x06\x09\x2b\x06\x01\x05\x05\x07\x30\x01\x01", 11);
  const std::string bytes = Der(0xa0, Der(0x30, basic + Der(0x04, RandomText(size, 5))));
  return Der(0x30, std::string("\x0a\x01\x00", 3) + bytes);
}

// The common name in the certificate that the client got.
std::string NameOf(const End& client) {
  const std::vector<X509*> chain = client.session->PeerChain();
  if (chain.empty()) return {};
  char text[200] = {};
  ossl.X509_NAME_oneline(ossl.X509_get_subject_name(chain.front()), text, sizeof text);
  const std::string name = text;
  return name.substr(name.rfind('=') + 1);
}

}  // namespace

TEST_CASE("the server's list decides the protocol") {
  struct {
    const char* client;
    const char* server;
    const char* chosen;  // Null: no connection.
  } const cases[] = {
      {"\2h2\1a", "\1a\2h2", "a"},
      {"\2h2\1a", "\2h2\1a", "h2"},
      {"\1a", "\1b\1c\1a", "a"},
      {"\1a", "\1b", nullptr},
      {"\1a", "", ""},
      {"", "\1a", ""},
      {"", "", ""},
      {"\2aa", "\1a", nullptr},
  };
  for (const int version : kVersions) {
    for (const auto& c : cases) {
      for (const size_t chunk : {size_t{1}, kAll}) {
        CAPTURE(version);
        CAPTURE(c.client);
        CAPTURE(c.server);
        Pair pair(ClientContext(version), ServerContext(version));
        pair.SetChunks(chunk);
        if (*c.client != '\0') pair.client.session->SetAlpn(Bytes(c.client));
        if (*c.server != '\0') pair.server.session->SetAlpn(Bytes(c.server));
        REQUIRE(pair.Run());
        if (c.chosen == nullptr) {
          CHECK(pair.server.code() == "ERR_SSL_NO_APPLICATION_PROTOCOL");
          CHECK(pair.client.code().find("ALERT_NO_APPLICATION_PROTOCOL") != std::string::npos);
        } else {
          REQUIRE(pair.Established());
          CHECK(AlpnOf(pair.client) == c.chosen);
          CHECK(AlpnOf(pair.server) == c.chosen);
        }
      }
    }
  }
}

TEST_CASE("a broken list of protocols is never read beyond its end") {
  for (const char* list : {"\1", "\377a", "\2h2\5a", "\1a\1"}) {
    Pair pair(ClientContext(), ServerContext());
    pair.client.session->SetAlpn(Bytes("\1z"));
    pair.server.session->SetAlpn(Bytes(list));
    REQUIRE(pair.Run());
    CHECK(pair.server.failed());
  }
}

TEST_CASE("the application chooses the protocol, out of those offered") {
  struct {
    std::optional<std::string> answer;
    bool works;
  } const cases[] = {{"h2", true}, {"a", true}, {"b", false}, {"", false}, {std::nullopt, false}};
  for (const int version : kVersions) {
    for (const auto& c : cases) {
      Pair pair(ClientContext(version), ServerContext(version));
      pair.client.session->SetAlpn(Bytes("\2h2\1a"));
      pair.server.session->SetAlpn(Bytes("\1b"));  // Not asked for then.
      pair.server.session->AskForAlpn();
      const std::optional<std::string> answer = c.answer;
      pair.server.answer = Except(Q::kClientHello, [&answer](Session& session, Q) {
        session.AnswerClientHello(answer);
        return true;
      });
      REQUIRE(pair.Run());
      CHECK(pair.Established() == c.works);
      if (c.works) CHECK(AlpnOf(pair.client) == *c.answer);
    }
  }
}

TEST_CASE("the name that a client asks for gets it another context") {
  for (const int version : kVersions) {
    for (const size_t chunk : {size_t{1}, kAll}) {
      CAPTURE(version);
      Pair pair(ClientContext(version), ServerContext(version, "server-ec"));
      pair.SetChunks(chunk);
      pair.SetPatience(2);
      REQUIRE(pair.client.session->SetServername("other.example.test"));
      pair.server.session->AskForCertificate();
      std::weak_ptr<SecureContext> weak;
      pair.server.answer = Except(Q::kCertificate, [&](Session& session, Q) {
        CHECK(session.servername() == "other.example.test");
        auto other = ServerContext(version, "server-rsa");
        weak = other;
        session.AnswerCertificate(std::move(other), {});
        return true;
      });
      REQUIRE(pair.Run());
      REQUIRE(pair.Established());
      CHECK(NameOf(pair.client) == "server-rsa");
      CHECK(!weak.expired());  // As long as the session needs it.
      CHECK(pair.Carries(&pair.server, "data"));
      pair.server.session.reset();
      CHECK(weak.expired());
    }
  }
}

TEST_CASE("a context without a certificate makes no connection") {
  for (const int version : kVersions) {
    Pair pair(ClientContext(version), ServerContext(version));
    pair.server.session->AskForCertificate();
    pair.server.answer = Except(Q::kCertificate, [&](Session& session, Q) {
      session.AnswerCertificate(PlainContext(version), {});
      return true;
    });
    REQUIRE(pair.Run());
    // The one of the first context stays in use, where the other has none.
    CHECK(pair.Established() != pair.server.failed());
    CHECK(pair.client.failed() == pair.server.failed());
  }
}

TEST_CASE("names of every length") {
  for (const size_t size : {1, 254, 255, 256, 1000}) {
    Pair pair(ClientContext(), ServerContext());
    const bool set = pair.client.session->SetServername(std::string(size, 'n'));
    CHECK(set == (size <= 255));
    REQUIRE(pair.Run());
    CHECK(pair.Established());
    CHECK(pair.server.session->servername().size() == (set ? size : 0));
  }
}

TEST_CASE("a stapled status reaches the client that asked for it") {
  for (const int version : kVersions) {
    for (const size_t size : {size_t{0}, size_t{300}, size_t{3000}, size_t{16'000}}) {
      for (const bool wanted : {false, true}) {
        CAPTURE(version);
        CAPTURE(size);
        CAPTURE(wanted);
        Pair pair(ClientContext(version), ServerContext(version));
        pair.server.output_room = 1000;
        if (wanted) pair.client.session->RequestOcsp();
        pair.server.session->AskForCertificate();
        const std::string status = size == 0 ? "" : OcspResponse(size);
        pair.server.answer = Except(Q::kCertificate, [&](Session& session, Q) {
          CHECK(session.client_hello().wants_ocsp == wanted);
          session.AnswerCertificate(nullptr, SpanOf(status));
          return true;
        });
        std::vector<uint8_t> seen;
        pair.client.answer = Except(Q::kOcsp, [&](Session& session, Q) {
          seen = session.ocsp_response();
          session.AnswerOcsp();
          return true;
        });
        REQUIRE(pair.Run());
        REQUIRE(pair.Established());
        CHECK(pair.client.Asked(Q::kOcsp) == wanted);
        if (wanted) CHECK(seen == std::vector<uint8_t>(status.begin(), status.end()));
      }
    }
  }
}

TEST_CASE("the key log has the same lines on both ends, of those that listen") {
  for (const int version : kVersions) {
    const auto client = ClientContext(version);
    const auto server = ServerContext(version);
    for (const bool listens : {true, false}) {
      Pair pair(client, server);
      if (listens) pair.client.session->EnableKeylog();
      pair.server.session->EnableKeylog();
      REQUIRE(pair.Run());
      std::set<std::string> lines;
      for (const Event& event : pair.server.EventsOf(Event::Kind::kKeylog)) {
        lines.emplace(event.data.begin(), event.data.end());
        CHECK(event.data.back() == '\n');
      }
      CHECK(lines.size() == (version == TLS1_2_VERSION ? 1 : 5));
      std::set<std::string> others;
      for (const Event& event : pair.client.EventsOf(Event::Kind::kKeylog)) {
        others.emplace(event.data.begin(), event.data.end());
      }
      CHECK(others == (listens ? lines : std::set<std::string>{}));
      const char* label = version == TLS1_2_VERSION ? "CLIENT_RANDOM " : "CLIENT_HANDSHAKE_TRAFFIC";
      CHECK(lines.begin()->find(label) == 0);
    }
  }
}

}  // namespace ownssl::test
