// Connections in I/O threads, over real sockets, with a thread that plays the part of JavaScript.
#include "../io_threads/available.h"
#if OWNSSL_IO_THREADS

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "../base/counters.h"
#include "../io_threads/pool.h"
#include "support.h"

namespace ownssl::test {
namespace {

using Kind = Report::Kind;

// One end of a connection, as JavaScript has it.
struct Side {
  std::shared_ptr<OffloadedSession> steps;
  std::shared_ptr<StreamSocket> socket;
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
  bool accepts = true;   // Renegotiations of the peer.
  bool invited = false;  // To accept one.

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
    side->socket = StreamSocket::Duplicate(fd);
    side->connection = new IoConnection(side->steps, side->socket, side);
    ::close(fd);
    Send(side, Command::Kind::kAttach);
  }

  // Asks until the thread has let go.
  void Detach(Side* side) {
    do {
      side->heard.clear();
      side->numbers.clear();
      Send(side, Command::Kind::kDetach);
      Until([side] { return side->Heard(Kind::kDetached); });
    } while (side->Number(Kind::kDetached) != 0);
  }

  // Takes the session and the socket of a connection that was detached.
  void Take(Side* side) {
    side->steps->Unshare();
    Send(side, Command::Kind::kClose, 1);
    Until([side] { return side->connection == nullptr; });
  }

  // Gives them to another thread.
  void GoOn(Side* side, IoThread* thread) {
    side->thread = thread;
    side->steps->Share();
    side->written = 0;
    side->connection = new IoConnection(side->steps, side->socket, side, true);
    Send(side, Command::Kind::kAttach);
    Send(side, Command::Kind::kRead);
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
        for (const Event& event : *report.events) {
          if (event.kind != Event::Kind::kHandshakeStart) continue;
          side->invited = true;
          if (side->accepts) Send(side, Command::Kind::kAccept);
        }
        delete report.events;
        break;
      case Kind::kQuestion: {
        const auto question = static_cast<Question>(report.number);
        side->asked.push_back(question);
        if (side->steps == nullptr) break;  // It was closed while the question was on its way.
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
  Couple() = default;
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
  void BeginClose(Application* application) {
    for (Side* side : {&client, &server}) {
      application->Send(side, Command::Kind::kClose);
      side->steps->Close();
      side->steps.reset();
    }
  }
  void Close(Application* application) {
    BeginClose(application);
    application->Until([this] { return !client.connection && !server.connection; });
  }

  Side client;
  Side server;
};

// Two connections of one thread, which are established.
struct TwoCouples {
  TwoCouples() {
    couple.Start(&application);
    other.Start(&application);
    application.Until([&] { return couple.Established() && other.Established(); });
  }

  const std::unique_ptr<IoThread> thread = IoThread::Start();
  Application application;
  Couple couple{&application, thread.get(), ClientContext(), ServerContext()};
  Couple other{&application, thread.get(), ClientContext(), ServerContext()};
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
    // Some end the stream behind close_notify, and some leave that to others.
    const auto shuts_down = [&couples](auto& couple) {
      return (std::find(couples.begin(), couples.end(), couple) - couples.begin()) % 3 != 0;
    };
    for (auto& couple : couples) {
      CHECK(couple->server.events > 0);
      CHECK(couple->server.asked.front() == Question::kClientHello);
      application.Write(&couple->client, small);
      application.Write(&couple->client, large);
      application.Write(&couple->client, small, true);
      application.Write(&couple->server, large, true);
      application.Send(&couple->client, Command::Kind::kEnd, shuts_down(couple) ? 1 : 0);
    }
    application.Until(all([&](auto& couple) {
      return couple->client.Heard(Kind::kTaken) && couple->server.Heard(Kind::kTaken) &&
             couple->client.Heard(Kind::kEnded) && couple->server.Heard(Kind::kCloseNotify) &&
             couple->client.received.size() >= large.size();
    }));
    for (auto& couple : couples) {
      CHECK((couple->server.received == small + large + small));
      CHECK((couple->client.received == large));
      CHECK(couple->server.socket->PeekEnd(false, false) == (shuts_down(couple) ? 0 : -EAGAIN));
      // What was negotiated can be asked for meanwhile.
      CHECK(ossl.SSL_version(couple->server.steps->Use()->ssl()) == version);
      couple->Close(&application);
    }
    CHECK(Session::live() == live);
  }
}

TEST_CASE("slow signatures are made in other threads, where a connection shares its own") {
  const int64_t live = Session::live();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const std::string name : {"server-rsa", "server-ec"}) {
      for (const size_t load : {1, 2}) {
        CAPTURE(version);
        CAPTURE(name);
        CAPTURE(load);
        const std::unique_ptr<IoThread> thread = IoThread::Start();
        thread->load = load;
        Application application;
        const auto server = ServerContext(version, name);
        const uint64_t steps = counters.steps.value();
        std::vector<std::unique_ptr<Couple>> couples;
        for (int i = 0; i < 6; ++i) {
          couples.push_back(
              std::make_unique<Couple>(&application, thread.get(), ClientContext(version), server));
          Couple& couple = *couples.back();
          for (Side* side : {&couple.client, &couple.server}) side->steps->Use()->AllowOffload();
          couple.server.steps->Use()->AskForCertificate();
          couple.Start(&application);
        }
        const auto all = [&](auto holds) {
          return [&couples, holds] { return std::all_of(couples.begin(), couples.end(), holds); };
        };
        application.Until(all([](auto& couple) { return couple->Established(); }));
        for (auto& couple : couples) {
          application.Write(&couple->server, name, true);
          application.Send(&couple->server, Command::Kind::kEnd);
        }
        application.Until(
            all([](auto& couple) { return couple->client.Heard(Kind::kCloseNotify); }));
        CHECK((counters.steps.value() > steps) == (name == "server-rsa" && load > 1));
        for (auto& couple : couples) {
          CHECK((couple->client.received == name));
          CHECK(couple->server.asked.size() == 1);
          couple->Close(&application);
        }
      }
    }
  }
  CHECK(Session::live() == live);
}

TEST_CASE("a connection may be closed, and its threads may end, while its signature is made") {
  const int64_t live = Session::live();
  for (int moment = 0; moment < 24; ++moment) {
    std::unique_ptr<IoThread> thread = IoThread::Start();
    thread->load = 2;
    Application application;
    const auto server = ServerContext(TLS1_3_VERSION, "server-rsa");
    std::vector<std::unique_ptr<Couple>> couples;
    for (int i = 0; i < 8; ++i) {
      couples.push_back(
          std::make_unique<Couple>(&application, thread.get(), ClientContext(), server));
      couples.back()->server.steps->Use()->AllowOffload();
      couples.back()->server.steps->Use()->AskForCertificate();
      couples.back()->Start(&application);
    }
    // What follows the answer is the signature.
    application.Until([&] { return !couples[size_t(moment % 8)]->server.asked.empty(); });
    if (moment % 3 == 0) {
      for (auto& couple : couples) couple->Close(&application);
    }
    if (moment % 3 == 1) application.CloseAll();
    if (moment % 3 == 2) {
      application.gone = thread.get();
      thread.reset();
    }
    application.CloseAll();
  }
  // A step that was running then ends by itself, and the session with it.
  while (Session::live() != live) std::this_thread::yield();
}

TEST_CASE("a connection that rests leaves its thread, and goes on elsewhere") {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(version);
    const int64_t live = Session::live();
    const std::unique_ptr<IoThread> threads[] = {IoThread::Start(), IoThread::Start()};
    Application application;
    Couple couple(&application, threads[0].get(), ClientContext(version), ServerContext(version));
    couple.Start(&application);
    application.Until([&couple] { return couple.Established(); });
    const std::string text = RandomText(40'000, 3);
    std::string to_server;
    std::string to_client;
    for (size_t i = 0; i < 20; ++i) {
      CAPTURE(i);
      for (Side* side : {&couple.client, &couple.server}) {
        application.Detach(side);
        application.Take(side);
      }
      // Both are driven here.
      for (auto [from, to, sum] : {std::tuple{&couple.client, &couple.server, &to_server},
                                   std::tuple{&couple.server, &couple.client, &to_client}}) {
        std::vector<uint8_t> room(70'000);
        Session::Progress written;
        from->steps->Use()->Write({SpanOf(text)}, 0, {room.data(), room.size()}, &written, true);
        REQUIRE(written.written == text.size());
        REQUIRE(written.sent == written.output);
        *sum += text;
        size_t got = 0;
        while (got < text.size()) {
          to->socket->Ready();
          Session::Progress read;
          uint8_t output[2000];
          const uint32_t status =
              to->steps->Pump({}, {room.data(), room.size()}, {output, sizeof(output)}, &read);
          REQUIRE((status & (kFailed | kInputEnded)) == 0);
          to->received.append(reinterpret_cast<const char*>(room.data()), read.plaintext);
          got += read.plaintext;
        }
      }
      application.GoOn(&couple.client, threads[i % 2].get());
      application.GoOn(&couple.server, threads[i / 2 % 2].get());
      application.Write(&couple.client, text);
      application.Write(&couple.server, text);
      to_server += text;
      to_client += text;
      application.Until([&] {
        return couple.server.received.size() == to_server.size() &&
               couple.client.received.size() == to_client.size();
      });
    }
    CHECK(couple.server.received == to_server);
    CHECK(couple.client.received == to_client);
    couple.Close(&application);
    couple.client.socket.reset();
    couple.server.socket.reset();
    CHECK(Session::live() == live);
  }
}

TEST_CASE("a command takes the wish to leave back, whenever it comes") {
  const std::unique_ptr<IoThread> thread = IoThread::Start();
  Application application;
  Couple couple(&application, thread.get(), ClientContext(TLS1_3_VERSION),
                ServerContext(TLS1_3_VERSION));
  couple.Start(&application);
  application.Until([&couple] { return couple.Established(); });
  std::string expected;
  for (size_t i = 0; i < 200; ++i) {
    CAPTURE(i);
    const bool is_away = i % 3 == 0;
    if (is_away) {
      application.Detach(&couple.client);
    } else {
      application.Send(&couple.client, Command::Kind::kDetach);
      // It may be asked twice.
      if (i % 3 == 1) application.Send(&couple.client, Command::Kind::kDetach);
    }
    if (i % 2 == 0) application.Send(&couple.client, Command::Kind::kStay);
    const std::string text = RandomText(1 + i * 100, static_cast<uint32_t>(i));
    application.Write(&couple.client, text);
    application.Write(&couple.server, text);
    expected += text;
    application.Until([&] {
      return couple.server.received.size() == expected.size() &&
             couple.client.received.size() == expected.size();
    });
  }
  CHECK(couple.server.received == expected);
  CHECK(couple.client.received == expected);
  couple.Close(&application);
}

TEST_CASE("a connection that is leaving its thread may be closed, and its threads may end") {
  const int64_t live = Session::live();
  for (size_t i = 0; i < 60; ++i) {
    CAPTURE(i);
    std::unique_ptr<IoThread> thread = IoThread::Start();
    Application application;
    Couple couple(&application, thread.get(), ClientContext(TLS1_3_VERSION),
                  ServerContext(TLS1_3_VERSION));
    couple.Start(&application);
    application.Until([&couple] { return couple.Established(); });
    if (i % 2 == 0) {
      application.Detach(&couple.client);
    } else {
      application.Send(&couple.client, Command::Kind::kDetach);
    }
    switch (i % 3) {
      case 0:
        couple.Close(&application);
        break;
      case 1:
        couple.BeginClose(&application);
        application.CloseAll();
        break;
      default:
        application.CloseAll();
        couple.client.steps.reset();
        couple.server.steps.reset();
    }
    thread.reset();
  }
  CHECK(Session::live() == live);
}

TEST_CASE("a connection of which nothing is read stops at its credit") {
  TwoCouples both;
  Application& application = both.application;
  Couple& couple = both.couple;
  Couple& other = both.other;
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

TEST_CASE("who uses at once what it hears of may have more on its way") {
  TwoCouples both;
  Application& application = both.application;
  Couple& couple = both.couple;
  couple.client.uses = false;
  couple.client.connection->SetUsesAtOnce(true);
  const std::string text = RandomText(3'000'000, 3);
  application.Write(&couple.server, text);
  application.Until([&] { return couple.client.unused >= IoConnection::kWideCredit; });
  CHECK(couple.client.unused <= IoConnection::kWideCredit + Port::kSlabSize);
  // It is late, and that is not forgotten by who waits for it.
  couple.client.connection->SetUsesAtOnce(false);
  couple.client.uses = true;
  application.Use(&couple.client, couple.client.unused);
  application.Until([&] { return couple.client.received.size() == text.size(); });
  CHECK((couple.client.received == text));
  couple.Close(&application);
  both.other.Close(&application);
}

TEST_CASE("two that send much to each other both go on reading, however little the kernel takes") {
  for (const int room : {4096, 0}) {
    CAPTURE(room);
    TwoCouples both;
    Application& application = both.application;
    Couple& couple = both.couple;
    for (Side* side : {&couple.client, &couple.server}) {
      const int fd = side->socket->fd();
      if (room != 0) REQUIRE(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)) == 0);
    }
    const std::string up = RandomText(1'000'000, 6);
    const std::string down = RandomText(1'000'000, 7);
    application.Write(&couple.client, up, true);
    application.Write(&couple.server, down, true);
    application.Until([&] {
      return couple.server.received.size() == up.size() &&
             couple.client.received.size() == down.size();
    });
    CHECK((couple.server.received == up));
    CHECK((couple.client.received == down));
    // The last of it, too, was more than the kernel takes at once.
    application.Until([&] { return couple.client.Heard(Kind::kTaken); });
    if (room != 0) CHECK_FALSE(couple.client.connection->flows_out);
    couple.Close(&application);
    both.other.Close(&application);
  }
}

TEST_CASE("it is known whether the kernel takes what it gets") {
  TwoCouples both;
  Application& application = both.application;
  Couple& couple = both.couple;
  const int room = 1 << 20;
  const int fd = couple.client.socket->fd();
  REQUIRE(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)) == 0);
  CHECK_FALSE(couple.client.connection->flows_out);
  const std::string text = RandomText(100'000, 8);
  application.Write(&couple.client, text, true);
  application.Until([&] { return couple.client.Heard(Kind::kTaken); });
  CHECK(couple.client.connection->flows_out);
  couple.Close(&application);
  both.other.Close(&application);
}

TEST_CASE("a connection that waits for room can be closed") {
  TwoCouples both;
  Application& application = both.application;
  Couple& couple = both.couple;
  Couple& other = both.other;
  Port& port = application.Reach(both.thread.get());
  // All four slabs are filled, since the application takes nothing meanwhile.
  const std::string text = RandomText(1'000'000, 5);
  application.Write(&couple.server, text);
  application.Write(&other.server, text);
  port.Rouse();
  const auto received = [](const Couple& each) { return each.client.connection->received.load(); };
  while (received(couple) + received(other) < size_t{4} * Port::kSlabSize) {
    std::this_thread::yield();
  }
  const size_t before = port.queued_reports();
  // This crossing finds no room, if none before has.
  application.Send(&other.client, Command::Kind::kProceed, 1);
  other.BeginClose(&application);
  port.Rouse();
  // kProceeded and both kClosed are told, and then there is room again.
  while (port.queued_reports() < before + 3 * sizeof(Report)) std::this_thread::yield();
  application.Until([&] { return couple.client.received.size() == text.size(); });
  CHECK(other.client.connection == nullptr);
  CHECK((couple.client.received == text));
  couple.Close(&application);
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

TEST_CASE("an answer's report comes when all that it has led to was reported") {
  const std::unique_ptr<IoThread> thread = IoThread::Start();
  Application application;
  Couple couple(&application, thread.get(), PlainContext(), ServerContext());
  couple.client.answer = LeaveOpen;
  couple.Start(&application);
  application.Until([&] { return !couple.client.asked.empty(); });
  couple.client.steps->Use()->Refuse();
  application.Send(&couple.client, Command::Kind::kProceed, 1);
  application.Until([&] { return couple.client.Heard(Kind::kProceeded); });
  const std::vector<Kind>& heard = couple.client.heard;
  CHECK(std::find(heard.begin(), heard.end(), Kind::kFailed) <
        std::find(heard.begin(), heard.end(), Kind::kProceeded));
  application.CloseAll();
}

TEST_CASE("a renegotiation of the peer's waits until it is accepted") {
  const std::unique_ptr<IoThread> thread = IoThread::Start();
  Application application;
  Couple couple(&application, thread.get(), ServerContext(TLS1_2_VERSION, "client"),
                ServerContext(TLS1_2_VERSION));
  couple.Start(&application);
  application.Until([&] { return couple.Established(); });
  const std::string text = RandomText(300'000, 8);
  const auto ends = [](const Side& side) {
    return std::count(side.heard.begin(), side.heard.end(), Kind::kHandshakeDone);
  };
  const auto renegotiate = [&] {
    for (Side* side : {&couple.client, &couple.server}) {
      while (side->steps->unheard()) side->steps->Heard();
    }
    REQUIRE(couple.client.steps->Use()->Renegotiate() == Session::Renegotiation::kBegun);
    application.Send(&couple.client, Command::Kind::kProceed);
  };
  renegotiate();
  application.Until([&] { return ends(couple.client) == 2 && ends(couple.server) == 2; });
  application.Write(&couple.server, text, true);
  application.Until([&] { return couple.client.received.size() == text.size(); });
  CHECK((couple.client.received == text));

  couple.server.accepts = false;
  couple.server.invited = false;
  renegotiate();
  application.Until([&] { return couple.server.invited; });
  // What is written meanwhile waits, too, and the client hears nothing but the end.
  const uint64_t before = couple.client.connection->received.load();
  application.Write(&couple.server, text);
  application.Send(&couple.server, Command::Kind::kClose);
  application.Until([&] { return couple.client.Heard(Kind::kInputEnded); });
  CHECK(couple.client.connection->received.load() == before);
  CHECK(couple.client.Number(Kind::kInputEnded) == 0);
  CHECK(ends(couple.client) == 2);
  application.CloseAll();
}

namespace {

// Two connected sockets of TCP.
void TcpPair(int ends[2]) {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  REQUIRE(::bind(listener, generic, size) == 0);
  REQUIRE(::listen(listener, 1) == 0);
  REQUIRE(::getsockname(listener, generic, &size) == 0);
  ends[0] = ::socket(AF_INET, SOCK_STREAM, 0);
  REQUIRE(::connect(ends[0], generic, size) == 0);
  ends[1] = ::accept(listener, nullptr, nullptr);
  REQUIRE(ends[1] >= 0);
  ::close(listener);
}

// What a JavaScript thread does: connections of all sorts, and questions about them while data
// flows.
void LiveOn(IoThread* const (&threads)[2], const std::shared_ptr<SecureContext>& client,
            const std::shared_ptr<SecureContext>& server, uint32_t seed) {
  Application application;
  const std::string text = RandomText(150'000, seed);
  for (int round = 0; round < 4; ++round) {
    std::vector<std::unique_ptr<Couple>> couples;
    for (size_t i = 0; i < 4; ++i) {
      int ends[2];
      TcpPair(ends);
      couples.push_back(std::make_unique<Couple>());
      Couple& couple = *couples.back();
      application.Attach(&couple.client, threads[i % 2], client, Role::kClient, ends[0]);
      application.Attach(&couple.server, threads[(i + 1) % 2], server, Role::kServer, ends[1]);
      couple.Start(&application);
    }
    // One of them goes in its handshake, and the peer of another before it has read everything.
    Couple& hasty = *couples[0];
    hasty.Close(&application);
    couples.erase(couples.begin());
    const auto all = [&couples](auto holds) {
      return [&couples, holds] { return std::all_of(couples.begin(), couples.end(), holds); };
    };
    application.Until(all([](auto& couple) { return couple->Established(); }));
    for (auto& couple : couples) {
      application.Write(&couple->client, text, true);
      application.Write(&couple->server, text, true);
    }
    application.Send(&couples[0]->server, Command::Kind::kClose);
    couples[0]->server.steps->Close();
    couples[0]->server.steps.reset();
    application.Until([&] {
      // Whoever observes asks in the midst of all that.
      for (auto& couple : couples) {
        for (Side* side : {&couple->client, &couple->server}) {
          if (side->connection == nullptr) continue;
          CHECK(side->connection->received.load() > 0);
          CHECK(side->connection->sent.load() > 0);
          CHECK(side->connection->taken.load() <= side->written);
          if (side->steps) CHECK(ossl.SSL_version(side->steps->Use()->ssl()) >= TLS1_2_VERSION);
          CHECK(application.Reach(side->thread).queued_commands() <= size_t{256} * 1024);
          CHECK(application.Reach(side->thread).queued_reports() <= size_t{256} * 1024);
        }
      }
      return std::all_of(couples.begin() + 1, couples.end(), [&](auto& couple) {
        return couple->client.received.size() == text.size() &&
               couple->server.received.size() == text.size();
      });
    });
    for (size_t i = 1; i < couples.size(); ++i) {
      CHECK((couples[i]->client.received == text));
      CHECK((couples[i]->server.received == text));
      couples[i]->Close(&application);
    }
    application.Send(&couples[0]->client, Command::Kind::kClose);
    application.Until([&] {
      return couples[0]->client.connection == nullptr && couples[0]->server.connection == nullptr;
    });
  }
}

}  // namespace

TEST_CASE("several JavaScript threads, over TCP, of contexts that change meanwhile") {
  const int64_t live = Session::live();
  {
    const std::unique_ptr<IoThread> near = IoThread::Start();
    const std::unique_ptr<IoThread> far = IoThread::Start();
    IoThread* const threads[2] = {near.get(), far.get()};
    const auto client = ClientContext();
    const auto server = ServerContext();
    std::atomic<bool> done{false};
    std::thread changer([&] {
      const std::string keys(48, 'k');
      const std::string root = Fixture("root.crt");
      for (int turn = 0; !done; ++turn) {
        server->ticket_keys().Set(SpanOf(keys));
        // Each authority makes what the server trusts longer, so there is an end to them.
        if (turn < 100) {
          const std::lock_guard<FairSharedMutex> lock(server->mutex());
          CHECK(server->AddCaCertificates(SpanOf(root)));
        }
        std::this_thread::yield();
      }
      ossl.OPENSSL_thread_stop();
    });
    std::vector<std::thread> applications;
    for (uint32_t i = 0; i < 3; ++i) {
      applications.emplace_back([&, i] {
        LiveOn(threads, client, server, 20 + i);
        ossl.OPENSSL_thread_stop();
      });
    }
    for (std::thread& each : applications) each.join();
    done = true;
    changer.join();
  }
  CHECK(Session::live() == live);
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
