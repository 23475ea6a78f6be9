#include "ends.h"

#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <thread>
#include <tuple>

#include "../session/callbacks/callbacks.h"
#include "elsewhere.h"
#include "target.h"

namespace ownssl::fuzz {
namespace {

// Crossings that an exchange of all that an input can hold takes at the worst, byte by byte.
constexpr int kManyCrossings = 400'000;

// The event loop: waits for a step to end.
class Loop : public OffloadedSession::Listener {
 public:
  void OnStep(std::shared_ptr<OffloadedSession> steps) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    ended_ = steps.get();
    wake_.notify_one();
  }
  void WaitFor(const OffloadedSession* steps) {
    std::unique_lock<std::mutex> lock(mutex_);
    wake_.wait(lock, [this, steps] { return ended_ == steps; });
    ended_ = nullptr;
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  const OffloadedSession* ended_ = nullptr;
};

const std::shared_ptr<Loop>& TheLoop() {
  static const auto loop = std::make_shared<Loop>();
  return loop;
}

Offload& TheThread() {
  static auto* offload = new Offload(1);  // Never destroyed, as nothing here is.
  return *offload;
}

using Key = std::tuple<Role, int, bool, bool, bool, bool, bool, bool>;
std::map<Key, std::shared_ptr<SecureContext>>& TheContexts() {
  static auto* made = new std::map<Key, std::shared_ptr<SecureContext>>;
  return *made;
}

std::shared_ptr<SecureContext> Make(Role role, const ContextOptions& options) {
  const int version = options.version;
  auto context =
      SecureContext::Create(ossl.TLS_method(), version == 0 ? TLS1_2_VERSION : version,
                            version == 0 ? TLS1_3_VERSION : version, &Callbacks::InstallOn);
  bool ok = context != nullptr;
  if (options.psk_only) {
    ok = ok && context->SetCiphers("PSK-AES128-GCM-SHA256");
  } else if (options.encrypted) {
    ok = ok && context->SetCiphers("ECDHE-ECDSA-CHACHA20-POLY1305");
  } else {
    ok = ok && context->SetCiphers("ECDHE-ECDSA-AES128-GCM-SHA256:PSK-AES128-GCM-SHA256");
  }
  ok = ok && context->SetCipherSuites(options.encrypted ? "TLS_CHACHA20_POLY1305_SHA256"
                                                        : "TLS_AES_128_GCM_SHA256");
  // Quick ones.
  const bool second = role == Role::kServer && options.other_group;
  ok = ok && context->SetGroups(second ? "P-256" : "X25519:P-256");
  ok = ok && context->AddCaCertificates(SpanOf(Fixture("root.crt")));
  if (options.certificate) {
    const std::string name = role == Role::kServer ? "server-ec" : "client";
    ok =
        ok && context->SetCertificate(SpanOf(Fixture(name + ".crt") + Fixture("intermediate.crt")));
    uint64_t number = 0;
    ok = ok && (options.elsewhere
                    ? context->SetExternalKey(SpanOf(Fixture(name + ".crt")), false, &number) ==
                          SecureContext::ExternalKeyResult::kOk
                    : context->SetKey(SpanOf(Fixture(name + ".key")), nullptr));
  }
  ok = ok && context->SetSessionIdContext("ownssl fuzz");
  FUZZ_REQUIRE(ok);
  const uint8_t keys[TicketKey::kSmall] = {1, 2, 3};
  context->ticket_keys().Set({keys, sizeof keys});
  if (!options.tickets) context->SetOptions(SSL_OP_NO_TICKET);
  return context;
}

}  // namespace

std::string Fixture(const std::string& name) {
  const char* folder = std::getenv("OWNSSL_FIXTURES");
  std::ifstream file(std::string(folder != nullptr ? folder : "build/fixtures") + "/" + name,
                     std::ios::binary);
  FUZZ_REQUIRE(file.good() && "node test/fixtures/make.mjs makes them");
  return {std::istreambuf_iterator<char>(file), {}};
}

std::shared_ptr<SecureContext> ContextFor(Role role, const ContextOptions& options) {
  auto& context =
      TheContexts()[{role, options.version, options.certificate, options.psk_only,
                     options.encrypted, options.tickets, options.other_group, options.elsewhere}];
  if (!context) context = Make(role, options);
  return context;
}

void ForgetContexts() { TheContexts().clear(); }

namespace {

ContextOptions WithCertificate(ContextOptions options, bool certificate) {
  options.certificate = certificate;
  return options;
}

}  // namespace

Ends::Ends(const ContextOptions& options)
    : client(ContextFor(Role::kClient, WithCertificate(options, false)), Role::kClient),
      server(ContextFor(Role::kServer, WithCertificate(options, true)), Role::kServer) {
  client.other = &server;
  server.other = &client;
}

const std::string& SessionFor(int version) {
  static auto* made = new std::map<int, std::string>;
  std::string& session = (*made)[version];
  if (session.empty()) {
    ContextOptions options;
    options.version = version;
    Ends ends(options);
    End& client = ends.client;
    client.session()->EnableSessionEvents();
    Settle(&client, &ends.server);
    FUZZ_REQUIRE(!client.sessions.empty());
    session.assign(client.sessions.back().begin(), client.sessions.back().end());
  }
  return session;
}

void AnswerPlainly(Session& session, Question question) {
  switch (question) {
    case Question::kNone:
      return;
    case Question::kClientHello:
      return session.AnswerClientHello(std::nullopt);
    case Question::kSession:
      return session.AnswerSession({});
    case Question::kCertificate:
      return session.AnswerCertificate(nullptr, {});
    case Question::kPskClient:
      return session.AnswerPsk("someone", Secret(SpanOf("0123456789abcdef").data, 16));
    case Question::kPskServer:
      return session.AnswerPsk({}, Secret(SpanOf("0123456789abcdef").data, 16));
    case Question::kVerify:
      return session.AnswerVerify(session.verify_error());
    case Question::kNewSession:
      return session.AnswerNewSession();
    case Question::kOcsp:
      return session.AnswerOcsp();
    case Question::kClientCertificate:
      return session.client_authentication().Answer(nullptr);
    case Question::kPrivateKey: {
      const std::string name = session.role() == Role::kServer ? "server-ec" : "client";
      return session.AnswerPrivateKey(SignElsewhere(Fixture(name + ".key"), session.key_request()));
    }
  }
}

End::End(std::shared_ptr<SecureContext> context, Role role)
    : answer([](Session& session, Question question) {
        AnswerPlainly(session, question);
        return true;
      }) {
  auto session = Session::Create(std::move(context), role);
  FUZZ_REQUIRE(session);
  steps_ = std::make_shared<OffloadedSession>(std::move(session));
}

End::~End() {
  Close();
  if (other_fd >= 0) ::close(other_fd);
}

void End::UseThread() { steps_->SetOffload(&TheThread(), TheLoop()); }

void End::Close() {
  if (!steps_) return;
  const std::weak_ptr<OffloadedSession> last = steps_;
  steps_->Close();
  steps_.reset();
  // A thread may have the last reference.
  while (!last.expired()) std::this_thread::yield();
}

bool End::Connect(int fd) {
  socket_ = StreamSocket::Duplicate(fd);
  if (!socket_) return false;
  session()->Connect(socket_);
  return true;
}

uint32_t End::Pump(size_t size) {
  TakeFromSocket();
  if (under_way_) TheLoop()->WaitFor(steps_.get());
  under_way_ = false;
  // A thread's step keeps the input it began with until its result is collected.
  if (!collects_) piece_ = inbox.substr(0, size);
  if (socket_) socket_->Ready();
  // Of exactly the size that is told, so that AddressSanitizer sees the first byte beyond.
  const std::unique_ptr<uint8_t[]> input(new uint8_t[piece_.size()]);
  std::copy(piece_.begin(), piece_.end(), input.get());
  const std::unique_ptr<uint8_t[]> plaintext(new uint8_t[plaintext_room]);
  const std::unique_ptr<uint8_t[]> output(new uint8_t[output_room]);
  Session::Progress progress;
  const uint32_t status =
      steps_->Pump({input.get(), piece_.size()}, {plaintext.get(), plaintext_room},
                   {output.get(), output_room}, &progress);
  Check(status, progress, piece_.size());
  inbox.erase(0, progress.consumed);
  piece_.erase(0, progress.consumed);
  collects_ = (status & kOffloaded) != 0 || (collects_ && (status & kOutputFull) != 0);
  received.append(reinterpret_cast<char*>(plaintext.get()), progress.plaintext);
  Deliver(output.get(), progress.output);
  // A message without data, which OpenSSL had read ahead, moves no byte; behind it there is more.
  const bool again = (status & (kOutputFull | kPlaintextFull)) != 0;
  const bool news = (status & ~seen) != 0;
  seen |= status;
  if ((status & kEvents) != 0) {
    for (Event& event : session()->TakeEvents()) {
      if (event.kind == Event::Kind::kSession) sessions.push_back(std::move(event.data));
    }
  }
  idle = !news && !again &&
         progress.consumed + progress.plaintext + progress.output + progress.received == 0;
  if ((status & kOffloaded) != 0) {
    under_way_ = true;
    idle = false;
  } else if ((status & kSuspended) != 0) {
    const OffloadedSession::User user = session();
    FUZZ_REQUIRE(user->question() != Question::kNone && user->waiting());
    if (answer(*user, user->question())) {
      FUZZ_REQUIRE(!user->waiting());
      idle = false;
    }
  }
  return status;
}

void End::Check(uint32_t status, const Session::Progress& progress, size_t size) {
  FUZZ_REQUIRE(progress.consumed <= size);
  FUZZ_REQUIRE(progress.plaintext <= plaintext_room);
  FUZZ_REQUIRE(progress.output <= output_room);
  FUZZ_REQUIRE(progress.written == 0);
  FUZZ_REQUIRE(!failed() || status == kFailed);
  FUZZ_REQUIRE((status & kFailed) == 0 || !session()->error().message.empty());
  FUZZ_REQUIRE((status & kSuspended) == 0 || (status & (kFailed | kCloseNotify)) == 0);
  FUZZ_REQUIRE(progress.plaintext == 0 || session()->established());
  // Whoever is told to call again with more room must get somewhere.
  const size_t bytes = progress.consumed + progress.plaintext + progress.output + progress.received;
  const bool again = (status & (kOutputFull | kPlaintextFull)) != 0;
  fruitless_ = again && bytes == 0 && (status & kEvents) == 0 ? fruitless_ + 1 : 0;
  FUZZ_REQUIRE(fruitless_ < 3);
}

uint32_t End::Write() {
  if (collects_ || sent()) return 0;
  const size_t room = output_room < 20'000 ? 20'000 : output_room;
  const std::unique_ptr<uint8_t[]> output(new uint8_t[room]);
  // In two chunks, of which the first is part of a record.
  const size_t first = std::min(to_send.size(), size_t{100});
  const Span all = SpanOf(to_send);
  const std::vector<Span> chunks = {{all.data, first}, {}, {all.data + first, all.size - first}};
  Session::Progress progress;
  const uint32_t status =
      session()->Write(chunks, done, {output.get(), room}, &progress, socket_ != nullptr);
  FUZZ_REQUIRE(progress.written <= to_send.size() - done);
  FUZZ_REQUIRE(progress.output <= room);
  FUZZ_REQUIRE(progress.sent <= static_cast<ptrdiff_t>(progress.output));
  seen |= status;
  done += progress.written;
  const size_t sent = progress.sent > 0 ? static_cast<size_t>(progress.sent) : 0;
  Deliver(output.get() + sent, progress.output - sent);
  return status;
}

void End::Shutdown() {
  if (collects_) return;
  const std::unique_ptr<uint8_t[]> output(new uint8_t[output_room]);
  for (int i = 0; i < 1000; ++i) {
    Session::Progress progress;
    const uint32_t status = session()->Shutdown({output.get(), output_room}, &progress);
    FUZZ_REQUIRE(progress.output <= output_room);
    seen |= status;
    Deliver(output.get(), progress.output);
    if ((status & kOutputFull) == 0) return;
  }
  Broken("a shutdown ends", __FILE__, __LINE__);
}

void End::Deliver(const uint8_t* data, size_t size) {
  if (size == 0 || other == nullptr) return;
  if (socket_) other->TakeFromSocket();  // Was sent before.
  if (other->other_fd >= 0) {
    // What does not fit is lost, which is one more way to damage it.
    const ssize_t sent = ::send(other->other_fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    lost = lost || sent != static_cast<ssize_t>(size);
    return;
  }
  other->inbox.append(reinterpret_cast<const char*>(data), size);
}

// What the other end has put into its socket.
void End::TakeFromSocket() {
  if (other == nullptr || other->other_fd < 0) return;
  char room[4096];
  for (;;) {
    const ssize_t size = ::recv(other->other_fd, room, sizeof room, MSG_DONTWAIT);
    if (size <= 0) return;
    inbox.append(room, static_cast<size_t>(size));
  }
}

void Settle(End* one, End* other) {
  for (int i = 0; i < kManyCrossings; ++i) {
    bool moved = false;
    for (End* end : {one, other}) {
      if (end == nullptr || !end->open()) continue;
      end->Pump();
      const size_t before = end->done;
      end->Write();
      moved = moved || !end->idle || end->done != before;
    }
    if (!moved) return;
  }
  Broken("an exchange comes to rest", __FILE__, __LINE__);
}

}  // namespace ownssl::fuzz
