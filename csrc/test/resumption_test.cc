// Sessions that outlive their connection.
#include <map>

#include "pair.h"

namespace ownssl::test {
namespace {

using Q = Question;
constexpr int kVersions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

bool Resumed(const Pair& pair) {
  const bool client = ossl.SSL_session_reused(pair.client.session->ssl()) == 1;
  CHECK(client == (ossl.SSL_session_reused(pair.server.session->ssl()) == 1));
  return client;
}

// A connection with a session to resume, or empty for none. Returns the session it leaves.
struct Connection {
  bool resumed = false;
  std::string session;
  std::vector<Q> client_asked;
};

Connection Connect(const std::shared_ptr<SecureContext>& client,
                   const std::shared_ptr<SecureContext>& server, const std::string& session,
                   size_t chunk = kAll, Answer answer = nullptr, const std::string& name = "",
                   bool request_certificate = false) {
  Pair pair(client, server);
  if (!name.empty()) REQUIRE(pair.client.session->SetServername(name));
  if (request_certificate) {
    pair.server.session->SetVerify(true, true);
    if (answer) pair.server.session->AskForCertificate();
  }
  pair.SetChunks(chunk);
  pair.SetPatience(1);
  pair.client.session->EnableSessionEvents();
  if (!session.empty()) REQUIRE(pair.client.session->SetSession(SpanOf(session)));
  if (answer) {
    pair.server.session->AskForSession();
    pair.server.session->AskForNewSession();
    pair.server.answer = std::move(answer);
  }
  REQUIRE(pair.Run());
  REQUIRE(pair.Established());
  CHECK(pair.Carries(&pair.client, "data"));
  CHECK(pair.Carries(&pair.server, "data"));
  // The chain is known in a resumed connection, too.
  CHECK(!pair.client.session->PeerChain().empty());
  return {Resumed(pair), SessionOf(pair.client), pair.client.asked};
}

// A store of sessions, as an application keeps it.
struct Store {
  Answer answer() {
    return [this](Session& session, Q question) {
      if (question == Q::kNewSession) {
        const Event& event = session.new_session();
        sessions[event.id].assign(event.data.begin(), event.data.end());
        session.AnswerNewSession();
        return true;
      }
      if (question != Q::kSession) return AnswerPlainly(session, question);
      ++asked;
      const auto found = sessions.find(session.session_id());
      session.AnswerSession(found != sessions.end() ? SpanOf(found->second) : Span{});
      return true;
    };
  }
  std::map<std::vector<uint8_t>, std::vector<uint8_t>> sessions;
  int asked = 0;
};

std::shared_ptr<SecureContext> WithoutTickets(int version = TLS1_2_VERSION) {
  auto server = ServerContext(version);
  server->SetOptions(SSL_OP_NO_TICKET);
  return server;
}

}  // namespace

TEST_CASE("a ticket resumes a session, again and again") {
  for (const int version : kVersions) {
    for (const size_t chunk : {size_t{1}, kAll}) {
      CAPTURE(version);
      const auto client = ClientContext(version);
      const auto server = ServerContext(version);
      const Connection first = Connect(client, server, "", chunk);
      CHECK(!first.resumed);
      REQUIRE(!first.session.empty());
      Connection next = first;
      for (int i = 0; i < 3; ++i) {
        next = Connect(client, server, next.session.empty() ? first.session : next.session, chunk);
        CHECK(next.resumed);
        CHECK(next.client_asked.empty());  // The chain was verified then.
      }
      CHECK(Connect(client, server, first.session).resumed);
      // In another context of the client, after it has been kept as bytes.
      CHECK(Connect(ClientContext(version), server, first.session).resumed);
    }
  }
}

TEST_CASE("servers that share their ticket keys resume each other's sessions") {
  for (const int version : kVersions) {
    CAPTURE(version);
    const auto client = ClientContext(version);
    const auto one = ServerContext(version);
    const auto other = ServerContext(version);
    const std::string session = Connect(client, one, "").session;
    CHECK(!Connect(client, other, session).resumed);
    const TicketKey newest = one->ticket_keys().Newest();
    const std::string keys(reinterpret_cast<const char*>(newest.bytes().data), newest.bytes().size);
    other->ticket_keys().Set(SpanOf(keys.substr(1)));  // Not 48 bytes: nothing changes.
    CHECK(!Connect(client, other, session).resumed);
    other->ticket_keys().Set(SpanOf(keys));
    CHECK(Connect(client, other, session).resumed);
    // New keys end what was issued under the old ones, without a failure.
    one->ticket_keys().Set(SpanOf(RandomText(48, 1)));
    CHECK(!Connect(client, one, session).resumed);
    // The same name with other secrets: the ticket does not authenticate.
    one->ticket_keys().Set(SpanOf(keys.substr(0, 16) + RandomText(32, 2)));
    CHECK(!Connect(client, one, session).resumed);
  }
}

TEST_CASE("a damaged ticket means a full handshake") {
  for (const int version : kVersions) {
    const auto client = ClientContext(version);
    const auto server = ServerContext(version);
    const std::string session = Connect(client, server, "").session;
    // Find the ticket in the session: it begins with the name of the keys.
    const TicketKey key = server->ticket_keys().Newest();
    const std::string name(reinterpret_cast<const char*>(key.name().data), key.name().size);
    const size_t ticket = session.find(name);
    REQUIRE(ticket != std::string::npos);
    for (size_t at = 0; at < 160; at += 5) {
      std::string damaged = session;
      damaged[ticket + at] = static_cast<char>(damaged[ticket + at] ^ 4);
      CHECK(!Connect(client, server, damaged).resumed);
    }
    CHECK(Connect(client, server, session).resumed);
  }
}

TEST_CASE("a session is resumed by its ID, from the application's store") {
  for (const int version : kVersions) {
    for (const size_t chunk : {size_t{1}, kAll}) {
      CAPTURE(version);
      const auto client = ClientContext(version);
      const auto server = WithoutTickets(version);
      Store store;
      const Connection first = Connect(client, server, "", chunk, store.answer());
      CHECK(!first.resumed);
      // In TLS 1.3 they are the IDs in the two tickets, and nothing was asked for without one.
      CHECK(store.sessions.size() == (version == TLS1_3_VERSION ? 2 : 1));
      CHECK(store.asked == 0);
      const Connection second = Connect(client, server, first.session, chunk, store.answer());
      CHECK(second.resumed);
      CHECK(store.asked == 1);
      // In another server, which shares the store and nothing else.
      const auto other = WithoutTickets(version);
      CHECK(Connect(client, other, first.session, chunk, store.answer()).resumed);
      Store empty;
      CHECK(!Connect(client, server, first.session, chunk, empty.answer()).resumed);
      CHECK(empty.asked == 1);
      CHECK(!Connect(client, server, first.session, chunk).resumed);
    }
  }
}

TEST_CASE("where sessions are in tickets, the store is not asked") {
  for (const int version : kVersions) {
    CAPTURE(version);
    const auto client = ClientContext(version);
    const auto server = ServerContext(version);
    Store store;
    const Connection first = Connect(client, server, "", kAll, store.answer());
    CHECK(Connect(client, server, first.session, kAll, store.answer()).resumed);
    // A ticket that can't be opened is no ID either.
    const auto stranger = ServerContext(version);
    CHECK(!Connect(client, stranger, first.session, kAll, store.answer()).resumed);
    CHECK(store.asked == 0);
  }
}

TEST_CASE("a HelloRetryRequest does not ask the store again") {
  const auto client = ClientContext(TLS1_3_VERSION);
  const auto server = WithoutTickets(TLS1_3_VERSION);
  REQUIRE(client->SetGroups("P-256:P-384"));
  Store store;
  const Connection first = Connect(client, server, "", kAll, store.answer());
  REQUIRE(server->SetGroups("P-384"));
  CHECK(Connect(client, server, first.session, kAll, store.answer()).resumed);
  CHECK(store.asked == 1);
}

TEST_CASE("a store that fails ends the handshake, by an alert") {
  for (const int version : kVersions) {
    CAPTURE(version);
    const auto client = ClientContext(version);
    const auto server = WithoutTickets(version);
    Store store;
    const std::string session = Connect(client, server, "", kAll, store.answer()).session;
    Pair pair(client, server);
    pair.SetPatience(1);
    REQUIRE(pair.client.session->SetSession(SpanOf(session)));
    pair.server.session->AskForSession();
    pair.server.answer = Except(Q::kSession, Refuse, store.answer());
    REQUIRE(pair.Run());
    CHECK(pair.server.code() == "ERR_SSL_CALLBACK_FAILED");
    CHECK(pair.client.code() == "ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR");
    CHECK(ossl.ERR_peek_error() == 0);
  }
}

TEST_CASE("what a store brings may be anything") {
  const auto client = ClientContext(TLS1_2_VERSION);
  const auto server = WithoutTickets();
  Store store;
  const std::string session = Connect(client, server, "", kAll, store.answer()).session;
  const std::vector<uint8_t> good = store.sessions.begin()->second;
  std::vector<uint8_t>& kept = store.sessions.begin()->second;
  for (size_t size = 0; size < good.size(); size += 3) {
    kept.assign(good.begin(), good.begin() + static_cast<long>(size));
    CHECK(!Connect(client, server, session, kAll, store.answer()).resumed);
  }
  kept.assign(100'000, 0x30);
  CHECK(!Connect(client, server, session, kAll, store.answer()).resumed);
  kept = good;
  CHECK(Connect(client, server, session, kAll, store.answer()).resumed);
}

TEST_CASE("a session of one server name does not open another") {
  for (const int version : kVersions) {
    for (const bool stored : {false, true}) {
      if (stored && version == TLS1_3_VERSION) continue;
      CAPTURE(version);
      CAPTURE(stored);
      const auto client = ClientContext(version);
      const auto server = stored ? WithoutTickets() : ServerContext(version);
      Store store;
      const auto connect = [&](const std::string& name, const std::string& session) {
        return Connect(client, server, session, kAll, stored ? store.answer() : nullptr, name);
      };
      const std::string named = connect("a.test", "").session;
      const std::string unnamed = connect("", "").session;
      CHECK(connect("a.test", named).resumed);
      CHECK(connect("A.TEST", named).resumed);
      CHECK(!connect("b.test", named).resumed);
      CHECK(!connect("a.test.b", named).resumed);
      CHECK(!connect("", named).resumed);
      CHECK(!connect("a.test", unnamed).resumed);
      CHECK(connect("", unnamed).resumed);
      // It was refused under the other name, and is good for its own still.
      CHECK(connect("a.test", named).resumed);
    }
  }
}

TEST_CASE("a client's certificate is verified again where other trust holds") {
  for (const int version : kVersions) {
    CAPTURE(version);
    const std::string keys(TicketKey::kSmall, 'k');
    const auto make = [&](const std::vector<std::string>& trusted) {
      auto context = ServerContext(version);
      REQUIRE(context->SetSessionIdContext("same"));
      context->ticket_keys().Set(SpanOf(keys));
      for (const std::string& name : trusted) {
        REQUIRE(context->AddCaCertificates(SpanOf(Fixture(name))));
      }
      return context;
    };
    const auto client = ServerContext(version, "client");
    const auto one = make({});
    const auto connect = [&](const std::shared_ptr<SecureContext>& server,
                             const std::string& session) {
      return Connect(client, server, session, kAll, nullptr, "a.test", true);
    };
    const Connection first = connect(one, "");
    CHECK(connect(one, first.session).resumed);
    CHECK(connect(make({}), first.session).resumed);
    CHECK(!connect(make({"other-root.crt"}), first.session).resumed);
    // The strict profile is a part of trust, both ways.
    const auto strict = make({});
    strict->BeStrict();
    CHECK(!connect(strict, first.session).resumed);
    const Connection judged = connect(strict, "");
    CHECK(connect(strict, judged.session).resumed);
    CHECK(!connect(one, judged.session).resumed);
    // Without a client's certificate there is nothing that trust could change.
    const std::string plain = Connect(client, one, "", kAll, nullptr, "a.test").session;
    CHECK(Connect(client, make({"other-root.crt"}), plain, kAll, nullptr, "a.test").resumed);
  }
}

TEST_CASE("no session is resumed whose client the strict profile has refused") {
  for (const int version : kVersions) {
    CAPTURE(version);
    const auto client = ServerContext(version, "client");
    const auto server = ServerContext(version);
    REQUIRE(server->SetSessionIdContext("same"));
    std::string session;
    // What was refused is not resumed; what came of the second visit is, in the third.
    for (const int visit : {0, 1, 2}) {
      const bool refuses = visit == 0;
      Pair pair(client, server);
      REQUIRE(pair.client.session->SetServername("a.test"));
      pair.server.session->SetVerify(true, false);
      pair.server.session->strictness().required = true;
      pair.server.answer = [refuses](Session& asked, Q question) {
        if (question == Q::kVerify && refuses) asked.strictness().failed = true;
        return AnswerPlainly(asked, question);
      };
      pair.client.session->EnableSessionEvents();
      if (visit > 0) REQUIRE(pair.client.session->SetSession(SpanOf(session)));
      REQUIRE(pair.Run());
      REQUIRE(pair.Established());
      CHECK(pair.Carries(&pair.client, "data"));
      CHECK(pair.Carries(&pair.server, "data"));
      CHECK(Resumed(pair) == (visit == 2));
      session = SessionOf(pair.client);
    }
  }
}

TEST_CASE("with a client's certificate the trust of the context for the name counts") {
  for (const int version : kVersions) {
    CAPTURE(version);
    const auto server = ServerContext(version);
    REQUIRE(server->SetSessionIdContext("same"));
    const auto client = ServerContext(version, "client");
    const auto for_name = ServerContext(version);
    const auto changed = ServerContext(version);
    REQUIRE(changed->AddCaCertificates(SpanOf(Fixture("other-root.crt"))));
    const auto connect = [&](const std::shared_ptr<SecureContext>& chosen,
                             const std::string& session) {
      Answer answer = [chosen](Session& at, Q question) {
        if (question != Q::kCertificate) return AnswerPlainly(at, question);
        at.AnswerCertificate(chosen, {});
        return true;
      };
      return Connect(client, server, session, kAll, std::move(answer), "a.test", true);
    };
    const std::string session = connect(for_name, "").session;
    CHECK(connect(for_name, session).resumed);
    CHECK(!connect(changed, session).resumed);
    const std::string second = connect(changed, "").session;
    CHECK(connect(changed, second).resumed);
    CHECK(!connect(for_name, second).resumed);
  }
}

TEST_CASE("a ticket whose context the application refuses leaves nothing, and opens nothing") {
  for (const int version : kVersions) {
    CAPTURE(version);
    const auto server = ServerContext(version);
    REQUIRE(server->SetSessionIdContext("same"));
    const auto client = ServerContext(version, "client");
    const std::string session =
        Connect(client, server, "", kAll, AnswerPlainly, "a.test", true).session;
    for (const bool refused : {true, false}) {  // Else the question stays open.
      for (const bool external_key : {false, true}) {
        CAPTURE(refused);
        CAPTURE(external_key);
        CHECK(LeavesNothing([&] {
          Pair pair(client, server);
          REQUIRE(pair.client.session->SetServername("a.test"));
          REQUIRE(pair.client.session->SetSession(SpanOf(session)));
          pair.server.session->SetVerify(true, true);
          pair.server.session->AskForCertificate();
          const Answer key = AnswerWithPsk("someone", "0123456789abcdef");
          if (external_key) {
            for (End* end : {&pair.client, &pair.server}) {
              end->session->EnablePsk();
              end->answer = key;
            }
          }
          pair.server.answer = Except(Q::kCertificate, refused ? Refuse : LeaveOpen, key);
          REQUIRE(pair.Run());
          CHECK(pair.server.asked == std::vector<Q>{Q::kCertificate});
          CHECK(pair.server.failed() == refused);
          CHECK(!pair.Established());
        }));
      }
    }
  }
}

TEST_CASE("a session of another application's context is not resumed") {
  const auto client = ClientContext(TLS1_2_VERSION);
  const auto server = WithoutTickets();
  const auto other = WithoutTickets();
  REQUIRE(other->SetSessionIdContext("another application"));
  Store store;
  const std::string session = Connect(client, server, "", kAll, store.answer()).session;
  CHECK(!Connect(client, other, session, kAll, store.answer()).resumed);
  CHECK(!server->SetSessionIdContext(std::string(33, 'x')));
}

TEST_CASE("a session that can't be read is not set") {
  Pair pair(ClientContext(), ServerContext());
  CHECK(!pair.client.session->SetSession({}));
  CHECK(!pair.client.session->SetSession(SpanOf(std::string("junk"))));
  const std::string session = Connect(ClientContext(), ServerContext(), "").session;
  for (size_t size = 0; size < session.size(); size += 7) {
    CHECK(!pair.client.session->SetSession({SpanOf(session).data, size}));
  }
  CHECK(ossl.ERR_peek_error() == 0);
  REQUIRE(pair.Run());
  CHECK(pair.Established());
}

TEST_CASE("a session is announced only to those that listen") {
  for (const int version : kVersions) {
    Pair pair(ClientContext(version), ServerContext(version));
    REQUIRE(pair.Run());
    CHECK(pair.client.EventsOf(Event::Kind::kSession).empty());
    CHECK(pair.server.asked.empty());
  }
}

TEST_CASE("a resumption that is destroyed half-way leaves nothing") {
  const auto client = ClientContext(TLS1_2_VERSION);
  const auto server = WithoutTickets();
  Store store;
  const std::string session = Connect(client, server, "", kAll, store.answer()).session;
  for (const int steps : {1, 2, 3, 4, 5}) {
    CHECK(LeavesNothing([&] {
      Pair pair(client, server);
      REQUIRE(pair.client.session->SetSession(SpanOf(session)));
      pair.server.session->AskForSession();
      pair.server.answer = store.answer();
      for (int i = 0; i < steps; ++i) {
        pair.Step(&pair.client);
        pair.Step(&pair.server);
      }
    }));
  }
}

}  // namespace ownssl::test
