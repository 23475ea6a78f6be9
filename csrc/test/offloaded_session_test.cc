// Handshakes whose steps run in threads, between ends that know nothing of it.
#include "../session/offloaded_session.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include "support.h"

namespace ownssl::test {
namespace {

// What the event loop is in Node: it hears of steps that have ended.
class Loop : public OffloadedSession::Listener {
 public:
  void OnStep(std::shared_ptr<OffloadedSession> steps) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    ended_.push_back(std::move(steps));
    wake_.notify_one();
  }
  std::shared_ptr<OffloadedSession> Next() {
    std::unique_lock<std::mutex> lock(mutex_);
    wake_.wait(lock, [this] { return !ended_.empty(); });
    auto steps = std::move(ended_.front());
    ended_.pop_front();
    return steps;
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::shared_ptr<OffloadedSession>> ended_;
};

struct Side {
  std::shared_ptr<OffloadedSession> steps;
  Side* peer = nullptr;
  std::string inbox;
  std::vector<Question> asked;
  Answer answer = AnswerPlainly;
  uint32_t seen = 0;
  int hops = 0;
  bool away = false;
  bool back = false;  // What a thread has done is taken by the next crossing.
  size_t events = 0;
  size_t room = 8 * 1024;

  // One crossing; false when nothing came of it.
  bool Step() {
    if (away) return false;
    const std::string input = inbox;
    std::vector<uint8_t> output(room);
    uint8_t plaintext[64];
    Session::Progress progress;
    const uint32_t status = steps->Pump(SpanOf(input), {plaintext, sizeof plaintext},
                                        {output.data(), output.size()}, &progress);
    // A thread may have neither consumed nor produced anything, and what came meanwhile is next.
    const bool news = std::exchange(back, false) || (status & ~seen) != 0;
    seen |= status;
    inbox.erase(0, progress.consumed);
    peer->inbox.append(reinterpret_cast<char*>(output.data()), progress.output);
    if ((status & kEvents) != 0) events += steps->Use()->TakeEvents().size();
    if ((status & kOffloaded) != 0) {
      away = true;
      ++hops;
      return true;
    }
    if ((status & kSuspended) != 0) {
      const Question question = steps->Use()->question();
      asked.push_back(question);
      return answer(*steps->Use(), question);
    }
    return news || progress.consumed + progress.output > 0;
  }
};

struct Couple {
  Couple(std::shared_ptr<SecureContext> client_context,
         std::shared_ptr<SecureContext> server_context) {
    client.steps = std::make_shared<OffloadedSession>(
        Session::Create(std::move(client_context), Role::kClient));
    server.steps = std::make_shared<OffloadedSession>(
        Session::Create(std::move(server_context), Role::kServer));
    client.peer = &server;
    server.peer = &client;
  }
  bool Established() {
    return client.steps->Use()->established() && server.steps->Use()->established();
  }
  Side client;
  Side server;
};

// Runs all of them to where nothing moves, in the one loop.
void Run(Loop* loop, const std::vector<std::unique_ptr<Couple>>& couples) {
  std::vector<Side*> sides;
  for (const auto& couple : couples) {
    sides.push_back(&couple->client);
    sides.push_back(&couple->server);
  }
  while (true) {
    bool moved = false;
    for (Side* side : sides) moved = side->Step() || moved;
    if (moved) continue;
    if (std::none_of(sides.begin(), sides.end(), [](Side* side) { return side->away; })) return;
    const auto ended = loop->Next();
    for (Side* side : sides) {
      if (side->steps != ended) continue;
      side->away = false;
      side->back = true;
    }
  }
}

std::vector<std::unique_ptr<Couple>> Alone(std::unique_ptr<Couple> couple) {
  std::vector<std::unique_ptr<Couple>> one;
  one.push_back(std::move(couple));
  return one;
}

void Offloaded(Couple* couple, Offload* offload, const std::shared_ptr<Loop>& loop) {
  couple->client.steps->SetOffload(offload, loop);
  couple->server.steps->SetOffload(offload, loop);
}

// Every question that a handshake with certificates can ask.
std::unique_ptr<Couple> Asking(const std::shared_ptr<SecureContext>& client,
                               const std::shared_ptr<SecureContext>& server) {
  auto couple = std::make_unique<Couple>(client, server);
  const OffloadedSession::User session = couple->server.steps->Use();
  session->AskForClientHello();
  session->AskForCertificate();
  session->AskForNewSession();
  session->EnableKeylog();
  session->SetVerify(true, true);
  couple->client.steps->Use()->EnableSessionEvents();
  return couple;
}

}  // namespace

TEST_CASE("handshakes with all questions, in threads, many at once") {
  const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
  for (const int version : versions) {
    CAPTURE(version);
    Offload offload(3);
    auto loop = std::make_shared<Loop>();
    auto client = ServerContext(version, "client");
    auto server = ServerContext(version);
    auto other = ServerContext(version);
    server->SetOptions(SSL_OP_NO_TICKET);
    std::vector<std::unique_ptr<Couple>> couples;
    for (int i = 0; i < 40; ++i) {
      couples.push_back(Asking(client, server));
      Offloaded(couples.back().get(), &offload, loop);
      if (i % 2 == 0) continue;
      // SNI: from another context on.
      couples.back()->server.answer = [&](Session& session, Question question) {
        if (question != Question::kCertificate) return AnswerPlainly(session, question);
        session.AnswerCertificate(other, {});
        return true;
      };
    }
    // What programs do to contexts in use.
    std::atomic<bool> done{false};
    std::thread changer([&] {
      const std::string keys(48, 'k');
      const std::string root = Fixture("root.crt");
      // Each authority makes what the server asks for longer, so there is an end to them.
      for (int added = 0; !done && added < 100; ++added) {
        server->ticket_keys().Set(SpanOf(keys));
        {
          const std::lock_guard<FairSharedMutex> lock(server->mutex());
          CHECK(server->AddCaCertificates(SpanOf(root)));
        }
        std::this_thread::yield();
      }
      ossl.OPENSSL_thread_stop();
    });
    Run(loop.get(), couples);
    done = true;
    changer.join();
    for (const auto& couple : couples) {
      REQUIRE(couple->Established());
      CHECK(couple->server.hops > 0);
      CHECK(couple->client.hops > 0);
      CHECK(couple->server.events > 0);
      const std::vector<Question>& asked = couple->server.asked;
      CHECK(asked.front() == Question::kClientHello);
      CHECK(asked[1] == Question::kCertificate);
      CHECK(asked[2] == Question::kVerify);
    }
  }
}

TEST_CASE("a resumed session stays where it is") {
  Offload offload(1);
  auto loop = std::make_shared<Loop>();
  auto client = ClientContext();
  auto server = ServerContext();
  REQUIRE(server->SetSessionIdContext("ownssl tests"));
  auto first = Alone(std::make_unique<Couple>(client, server));
  first[0]->client.steps->Use()->EnableSessionEvents();
  Offloaded(first[0].get(), &offload, loop);
  Run(loop.get(), first);
  REQUIRE(first[0]->Established());
  CHECK(first[0]->server.hops > 0);
  SSL_SESSION* session = ossl.SSL_get_session(first[0]->client.steps->Use()->ssl());
  std::vector<uint8_t> der(static_cast<size_t>(ossl.i2d_SSL_SESSION(session, nullptr)));
  unsigned char* data = der.data();
  ossl.i2d_SSL_SESSION(session, &data);

  auto second = Alone(std::make_unique<Couple>(client, server));
  REQUIRE(second[0]->client.steps->Use()->SetSession(SpanOf(der)));
  Offloaded(second[0].get(), &offload, loop);
  Run(loop.get(), second);
  REQUIRE(second[0]->Established());
  CHECK(ossl.SSL_session_reused(second[0]->server.steps->Use()->ssl()) == 1);
  CHECK(second[0]->server.hops == 0);
  CHECK(second[0]->client.hops == 0);

  // One that the server can't read is no resumption; then both do the costly part in threads.
  server->ticket_keys().Set(SpanOf(std::string(48, 'n')));
  auto third = Alone(std::make_unique<Couple>(client, server));
  REQUIRE(third[0]->client.steps->Use()->SetSession(SpanOf(der)));
  Offloaded(third[0].get(), &offload, loop);
  Run(loop.get(), third);
  REQUIRE(third[0]->Established());
  CHECK(ossl.SSL_session_reused(third[0]->server.steps->Use()->ssl()) == 0);
  CHECK(third[0]->server.hops > 0);
  CHECK(third[0]->client.hops > 0);
}

TEST_CASE("what the threads don't accept runs where it is") {
  Offload none(0);
  auto loop = std::make_shared<Loop>();
  auto couples = Alone(Asking(ServerContext(kAnyVersion, "client"), ServerContext()));
  Offloaded(couples[0].get(), &none, loop);
  Run(loop.get(), couples);
  CHECK(couples[0]->Established());
  CHECK(couples[0]->server.hops + couples[0]->client.hops == 0);
}

TEST_CASE("a flight that is longer than the caller's room comes in pieces") {
  Offload offload(1);
  auto loop = std::make_shared<Loop>();
  auto couples = Alone(Asking(ServerContext(kAnyVersion, "client"), ServerContext()));
  Offloaded(couples[0].get(), &offload, loop);
  couples[0]->client.room = couples[0]->server.room = 100;
  Run(loop.get(), couples);
  CHECK(couples[0]->Established());
  CHECK((couples[0]->server.seen & kOutputFull) != 0);
}

TEST_CASE("a failure in a thread is the failure that it is without") {
  OpenSSLError errors[2][2];
  for (const bool threads : {false, true}) {
    Offload offload(1);
    auto loop = std::make_shared<Loop>();
    // The client trusts nobody.
    auto couples = Alone(std::make_unique<Couple>(PlainContext(), ServerContext()));
    couples[0]->client.answer = [](Session& session, Question question) {
      if (question != Question::kVerify) return AnswerPlainly(session, question);
      session.AnswerVerify(session.verify_error());
      return true;
    };
    if (threads) Offloaded(couples[0].get(), &offload, loop);
    Run(loop.get(), couples);
    CHECK((couples[0]->client.seen & kFailed) != 0);
    CHECK((couples[0]->server.seen & kFailed) != 0);
    CHECK((couples[0]->client.hops > 0) == threads);
    errors[threads ? 1 : 0][0] = couples[0]->client.steps->Use()->error();
    errors[threads ? 1 : 0][1] = couples[0]->server.steps->Use()->error();
  }
  for (const int i : {0, 1}) {
    CHECK(errors[0][i].code == errors[1][i].code);
    CHECK(errors[0][i].reason == errors[1][i].reason);
    CHECK(!errors[0][i].code.empty());
  }
}

TEST_CASE("a session can be used, and closed, while a step waits or runs") {
  for (const bool begun : {false, true}) {
    CAPTURE(begun);
    CHECK(LeavesNothing([begun] {
      const int64_t live = Session::live();
      Offload offload(1);
      auto loop = std::make_shared<Loop>();
      struct Hold : Offload::Task {
        void Run() override { const std::lock_guard<std::mutex> lock(mutex); }
        std::mutex mutex;
      };
      const auto hold = std::make_shared<Hold>();
      {
        auto couples = Alone(std::make_unique<Couple>(ClientContext(), ServerContext()));
        Couple& couple = *couples[0];
        couple.server.steps->SetOffload(&offload, loop);
        std::unique_lock<std::mutex> held(hold->mutex);
        REQUIRE(offload.Submit(hold));
        couple.client.Step();
        while (!couple.server.away) couple.server.Step();
        if (begun) held.unlock();
        // Now, or a moment later, the step runs.
        CHECK(couple.server.steps->Use()->role() == Role::kServer);
        CHECK(ossl.SSL_version(couple.server.steps->Use()->ssl()) != 0);
        couple.server.steps->Use()->SetVerify(true, false);
        const bool at_once = couple.server.steps->Close();
        if (!begun) CHECK(at_once);
      }
      offload.Stop();
      loop.reset();
      CHECK(Session::live() == live);
    }));
  }
}

}  // namespace ownssl::test
