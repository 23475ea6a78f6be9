// Connections in I/O threads, over real sockets, with a thread that plays the part of JavaScript.
#include "../io_threads/available.h"
#if OWNSSL_IO_THREADS

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "../io_threads/pool.h"
#include "support.h"

namespace ownssl::test {
namespace {

using Kind = Report::Kind;

// One end of a connection, as JavaScript has it.
struct Side {
  std::shared_ptr<OffloadedSession> steps;
  IoConnection* connection = nullptr;
  IoThread* thread = nullptr;
  Answer answer = AnswerPlainly;
  std::string received;
  bool uses = true;  // The plaintext; else it stays where it is.
  size_t unused = 0;
  uint64_t written = 0;
  std::vector<Question> asked;
  std::vector<Kind> heard;
  std::vector<uint32_t> numbers;
  size_t events = 0;

  bool Heard(Kind kind) const { return std::find(heard.begin(), heard.end(), kind) != heard.end(); }
  int Number(Kind kind) const {
    const auto found = std::find(heard.begin(), heard.end(), kind);
    return found == heard.end() ? -1 : static_cast<int>(numbers[size_t(found - heard.begin())]);
  }
};

// A JavaScript thread: one port to each I/O thread.
class Application : public Sleeper {
 public:
  ~Application() override { CloseAll(); }

  void CloseAll() {
    for (auto& line : lines_) line->port->Close();
    lines_.clear();
  }

  IoThread* gone = nullptr;  // Has ended.

  Port& Reach(IoThread* thread) { return *LineTo(thread).port; }

  void Attach(Side* side, IoThread* thread, std::shared_ptr<SecureContext> context, Role role,
              int fd) {
    side->thread = thread;
    side->steps = std::make_shared<OffloadedSession>(Session::Create(std::move(context), role));
    side->steps->Share();
    side->connection = new IoConnection(side->steps, StreamSocket::Duplicate(fd), side);
    ::close(fd);
    Send(side, Command::Kind::kAttach);
  }

  void Send(Side* side, Command::Kind kind, uint32_t number = 0) {
    Command command{kind};
    command.number = number;
    command.connection = side->connection;
    Reach(side->thread).Send(command);
  }

  void Write(Side* side, const std::string& text, bool ack = false) {
    Command command{Command::Kind::kWrite};
    command.connection = side->connection;
    Span body = SpanOf(text);
    side->written += text.size();
    if (ack) side->connection->AckAt(side->written);
    if (text.size() > Port::kInlineWrite) {
      auto* copy = new uint8_t[body.size];
      std::copy_n(body.data, body.size, copy);
      command.data = copy;
      command.size = body.size;
      body = {};
    }
    Reach(side->thread).Send(command, body);
  }

  void Use(Side* side, size_t size) {
    if (side->connection->Use(size)) Send(side, Command::Kind::kRead);
  }

  // Takes reports until that holds.
  void Until(const std::function<bool()>& done) {
    while (!done()) {
      bool any = false;
      for (auto& line : lines_) {
        if (line->thread != gone) any = Drain(line.get()) || any;
      }
      for (auto& line : lines_) {
        if (line->thread != gone) line->port->Rouse();
      }
      if (any || done()) continue;
      Doze();
      const bool sleeps = std::all_of(lines_.begin(), lines_.end(), [this](auto& line) {
        return line->thread == gone || line->port->MaySleep();
      });
      if (!sleeps) {
        Rise();
        continue;
      }
      std::unique_lock<std::mutex> lock(mutex_);
      REQUIRE(wake_.wait_for(lock, std::chrono::seconds(60), [this] { return woken_; }));
      woken_ = false;
    }
  }

 private:
  struct Line {
    IoThread* thread;
    std::shared_ptr<Port> port;
    std::vector<std::pair<uint32_t, std::vector<uint8_t>>> slabs;
    uint32_t next_slab = 1;
  };

  Line& LineTo(IoThread* thread) {
    for (auto& line : lines_) {
      if (line->thread == thread) return *line;
    }
    lines_.push_back(std::make_unique<Line>());
    Line& line = *lines_.back();
    line.thread = thread;
    line.port = std::make_shared<Port>(this, thread);
    thread->Open(line.port);
    for (int i = 0; i < 4; ++i) Lend(&line);
    return line;
  }

  static void Lend(Line* line) {
    line->slabs.emplace_back(line->next_slab++, std::vector<uint8_t>(Port::kSlabSize));
    auto& [name, slab] = line->slabs.back();
    line->port->Lend(name, {slab.data(), slab.size()});
  }

  bool Drain(Line* line) {
    Report report{Kind::kClosed};
    Span body;
    bool any = false;
    while (line->port->Next(&report, &body)) {
      any = true;
      Hear(line, report, body);
      line->port->Pop();
    }
    line->port->Drained();
    return any;
  }

  void Hear(Line* line, const Report& report, Span body) {
    auto* side = static_cast<Side*>(report.connection->owner);
    side->heard.push_back(report.kind);
    side->numbers.push_back(report.number);
    switch (report.kind) {
      case Kind::kPlaintext: {
        const uint8_t* data = body.data;
        if (report.slab != 0) {
          // The older ones are used up.
          while (line->slabs.front().first != report.slab) {
            line->slabs.erase(line->slabs.begin());
            Lend(line);
          }
          data = line->slabs.front().second.data() + report.offset;
        }
        side->received.append(reinterpret_cast<const char*>(data), report.size);
        if (side->uses) {
          Use(side, report.size);
        } else {
          side->unused += report.size;
        }
        break;
      }
      case Kind::kEvents:
        side->events += report.events->size();
        delete report.events;
        break;
      case Kind::kQuestion: {
        const auto question = static_cast<Question>(report.number);
        side->asked.push_back(question);
        if (side->answer(*side->steps->Use(), question)) Send(side, Command::Kind::kProceed);
        break;
      }
      case Kind::kClosed:
        delete side->connection;
        side->connection = nullptr;
        break;
      default:
        break;
    }
  }

  void Wake() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    woken_ = true;
    wake_.notify_one();
  }

  std::vector<std::unique_ptr<Line>> lines_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool woken_ = false;
};

struct Couple {
  Couple(Application* application, IoThread* thread, std::shared_ptr<SecureContext> client_context,
         std::shared_ptr<SecureContext> server_context) {
    int ends[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    application->Attach(&client, thread, std::move(client_context), Role::kClient, ends[0]);
    application->Attach(&server, thread, std::move(server_context), Role::kServer, ends[1]);
  }
  void Start(Application* application) {
    for (Side* side : {&client, &server}) {
      application->Send(side, Command::Kind::kStart);
      application->Send(side, Command::Kind::kRead);
    }
  }
  bool Established() const {
    return client.Heard(Kind::kHandshakeDone) && server.Heard(Kind::kHandshakeDone);
  }
  void Close(Application* application) {
    for (Side* side : {&client, &server}) {
      application->Send(side, Command::Kind::kClose);
      side->steps->Close();
      side->steps.reset();
    }
    application->Until([this] { return !client.connection && !server.connection; });
  }

  Side client;
  Side server;
};

}  // namespace

TEST_CASE("connections in I/O threads: handshakes with all questions, data both ways, ends") {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(version);
    const int64_t live = Session::live();
    std::unique_ptr<IoThread> threads[] = {IoThread::Start(), IoThread::Start()};
    Application application;
    auto client = ServerContext(version, "client");
    auto server = ServerContext(version);
    server->SetOptions(SSL_OP_NO_TICKET);
    std::vector<std::unique_ptr<Couple>> couples;
    for (size_t i = 0; i < 24; ++i) {
      couples.push_back(
          std::make_unique<Couple>(&application, threads[i % 2].get(), client, server));
      Couple& couple = *couples.back();
      {
        const OffloadedSession::User session = couple.server.steps->Use();
        session->AskForClientHello();
        session->AskForCertificate();
        session->AskForNewSession();
        session->EnableKeylog();
        session->SetVerify(true, true);
      }
      couple.client.steps->Use()->EnableSessionEvents();
      couple.Start(&application);
    }
    const auto all = [&](auto holds) {
      return [&couples, holds] { return std::all_of(couples.begin(), couples.end(), holds); };
    };
    application.Until(all([](auto& couple) { return couple->Established(); }));
    const std::string small = RandomText(500, 1);
    const std::string large = RandomText(700'000, 2);
    for (auto& couple : couples) {
      CHECK(couple->server.events > 0);
      CHECK(couple->server.asked.front() == Question::kClientHello);
      application.Write(&couple->client, small);
      application.Write(&couple->client, large);
      application.Write(&couple->client, small, true);
      application.Write(&couple->server, large, true);
      application.Send(&couple->client, Command::Kind::kEnd);
    }
    application.Until(all([&](auto& couple) {
      return couple->client.Heard(Kind::kTaken) && couple->server.Heard(Kind::kTaken) &&
             couple->client.Heard(Kind::kEnded) && couple->server.Heard(Kind::kCloseNotify) &&
             couple->client.received.size() >= large.size();
    }));
    for (auto& couple : couples) {
      CHECK((couple->server.received == small + large + small));
      CHECK((couple->client.received == large));
      // What was negotiated can be asked for meanwhile.
      CHECK(ossl.SSL_version(couple->server.steps->Use()->ssl()) == version);
      couple->Close(&application);
    }
    CHECK(Session::live() == live);
  }
}

TEST_CASE("a connection of which nothing is read stops at its credit") {
  const std::unique_ptr<IoThread> thread = IoThread::Start();
  Application application;
  Couple couple(&application, thread.get(), ClientContext(), ServerContext());
  Couple other(&application, thread.get(), ClientContext(), ServerContext());
  couple.Start(&application);
  other.Start(&application);
  application.Until([&] { return couple.Established() && other.Established(); });
  couple.client.uses = false;
  const std::string text = RandomText(3'000'000, 3);
  application.Write(&couple.server, text, true);
  application.Until([&] { return couple.client.unused >= IoConnection::kCredit; });
  // Another connection of the same thread is none the worse for it.
  const std::string hello = RandomText(100'000, 4);
  application.Write(&other.server, hello, true);
  application.Until([&] { return other.client.received.size() == hello.size(); });
  CHECK((other.client.received == hello));
  CHECK(couple.client.unused <= IoConnection::kCredit + Port::kSlabSize);
  CHECK(!couple.server.Heard(Kind::kTaken));
  couple.client.uses = true;
  application.Use(&couple.client, couple.client.unused);
  application.Until([&] { return couple.client.received.size() == text.size(); });
  CHECK((couple.client.received == text));
  application.Until([&] { return couple.server.Heard(Kind::kTaken); });
  couple.Close(&application);
  other.Close(&application);
}

TEST_CASE("what a peer does to a connection in an I/O thread is told") {
  const std::unique_ptr<IoThread> thread = IoThread::Start();
  Application application;

  SUBCASE("no TLS at all") {
    int ends[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    Side server;
    application.Attach(&server, thread.get(), ServerContext(), Role::kServer, ends[0]);
    application.Send(&server, Command::Kind::kStart);
    REQUIRE(::send(ends[1], "GET / HTTP/1.0\r\n\r\n", 18, 0) == 18);
    application.Until([&] { return server.Heard(Kind::kFailed); });
    CHECK(server.steps->Use()->error().code == "ERR_SSL_HTTP_REQUEST");
    ::close(ends[1]);
  }
  SUBCASE("leaves before it has said anything") {
    int ends[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    Side server;
    application.Attach(&server, thread.get(), ServerContext(), Role::kServer, ends[0]);
    application.Send(&server, Command::Kind::kStart);
    ::close(ends[1]);
    application.Until([&] { return server.Heard(Kind::kInputEnded); });
    CHECK(server.Number(Kind::kInputEnded) == 0);
    CHECK(!server.Heard(Kind::kFailed));
  }
  SUBCASE("leaves while a question waits") {
    Couple couple(&application, thread.get(), ClientContext(), ServerContext());
    couple.server.steps->Use()->AskForClientHello();
    couple.server.answer = LeaveOpen;
    couple.Start(&application);
    application.Until([&] { return !couple.server.asked.empty(); });
    application.Send(&couple.client, Command::Kind::kClose);
    application.Until([&] { return couple.server.Heard(Kind::kInputEnded); });
  }
  SUBCASE("is refused") {
    Couple couple(&application, thread.get(), PlainContext(), ServerContext());
    couple.client.answer = [](Session& session, Question) {
      session.Refuse();
      return true;
    };
    couple.Start(&application);
    application.Until(
        [&] { return couple.client.Heard(Kind::kFailed) && couple.server.Heard(Kind::kFailed); });
    CHECK(couple.server.steps->Use()->error().code.find("ALERT") != std::string::npos);
  }
  SUBCASE("goes away, and what is written finds nobody") {
    Couple couple(&application, thread.get(), ClientContext(), ServerContext());
    couple.Start(&application);
    application.Until([&] { return couple.Established(); });
    application.Send(&couple.client, Command::Kind::kClose);
    application.Until([&] { return couple.client.connection == nullptr; });
    const std::string text = RandomText(100'000, 5);
    application.Write(&couple.server, text, true);
    application.Until([&] {
      return couple.server.Heard(Kind::kSendFailed) && couple.server.Heard(Kind::kInputEnded);
    });
    CHECK(couple.server.Number(Kind::kSendFailed) == EPIPE);
  }
  application.CloseAll();
}

TEST_CASE("a JavaScript thread may end at any moment, and others go on") {
  const int64_t live = Session::live();
  const std::unique_ptr<IoThread> thread = IoThread::Start();
  Application stays;
  Couple kept(&stays, thread.get(), ClientContext(), ServerContext());
  kept.Start(&stays);
  stays.Until([&] { return kept.Established(); });
  const std::string text = RandomText(200'000, 6);
  for (int moment = 0; moment < 12; ++moment) {
    Application ends;
    std::vector<std::unique_ptr<Couple>> couples;
    for (int i = 0; i < 4; ++i) {
      couples.push_back(
          std::make_unique<Couple>(&ends, thread.get(), ClientContext(), ServerContext()));
      couples.back()->Start(&ends);
    }
    Couple& couple = *couples.front();
    if (moment % 4 == 1) ends.Until([&] { return !couple.client.asked.empty(); });
    if (moment % 4 >= 2) ends.Until([&] { return couple.Established(); });
    if (moment % 4 == 3) {
      for (auto& each : couples) ends.Write(&each->server, text, true);
      ends.Until([&] { return !couple.client.received.empty(); });
    }
    ends.CloseAll();
  }
  stays.Write(&kept.server, text, true);
  stays.Until([&] { return kept.client.received.size() == text.size(); });
  CHECK((kept.client.received == text));
  kept.Close(&stays);
  stays.CloseAll();
  CHECK(Session::live() == live);
}

TEST_CASE("what was commanded before the process ends is still sent") {
  int ends[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  Application application;
  std::unique_ptr<IoThread> near = IoThread::Start();
  std::unique_ptr<IoThread> far = IoThread::Start();
  Side client;
  Side server;
  application.Attach(&client, near.get(), ClientContext(), Role::kClient, ends[0]);
  application.Attach(&server, far.get(), ServerContext(), Role::kServer, ends[1]);
  for (Side* side : {&client, &server}) {
    application.Send(side, Command::Kind::kStart);
    application.Send(side, Command::Kind::kRead);
  }
  application.Until(
      [&] { return client.Heard(Kind::kHandshakeDone) && server.Heard(Kind::kHandshakeDone); });
  const std::string last = RandomText(5000, 7);
  application.Write(&client, last);
  application.Send(&client, Command::Kind::kEnd);
  application.gone = near.get();
  near.reset();  // As at the exit: nobody has woken it.
  application.Until([&] { return server.Heard(Kind::kCloseNotify); });
  CHECK((server.received == last));
  far.reset();
}

TEST_CASE("threads share connections evenly, and are started when they are needed") {
  IoThreads threads;
  threads.SetCount(2);
  IoThread* first = threads.Choose();
  IoThread* second = threads.Choose();
  REQUIRE(first != nullptr);
  CHECK(first != second);
  threads.Choose();
  threads.Choose();
  CHECK(first->load == 2);
  CHECK(second->load == 2);
  threads.Release(second);
  CHECK(threads.Choose() == second);
}

}  // namespace ownssl::test

#endif
