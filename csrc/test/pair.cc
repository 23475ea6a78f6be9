#include "pair.h"

#include <algorithm>
#include <iterator>

namespace ownssl::test {
namespace {

// Far more crossings than any test needs: whoever reaches this goes in circles.
constexpr int kManyCrossings = 3'000'000;

template <typename T>
std::unique_ptr<T[]> Exactly(size_t size) {
  return std::unique_ptr<T[]>(new T[size]);
}

std::unique_ptr<Session> NewSession(std::shared_ptr<SecureContext> context, Role role) {
  auto session = Session::Create(std::move(context), role);
  REQUIRE(session);
  return session;
}

}  // namespace

bool End::sent() const {
  size_t size = 0;
  for (const std::string& part : to_send) size += part.size();
  return skip == size;
}

bool End::Asked(Question question) const {
  return std::find(asked.begin(), asked.end(), question) != asked.end();
}

std::vector<Event> End::EventsOf(Event::Kind kind) const {
  std::vector<Event> found;
  std::copy_if(events.begin(), events.end(), std::back_inserter(found),
               [kind](const Event& event) { return event.kind == kind; });
  return found;
}

Pair::Pair(std::shared_ptr<SecureContext> client_context,
           std::shared_ptr<SecureContext> server_context) {
  client.session = NewSession(std::move(client_context), Role::kClient);
  server.session = NewSession(std::move(server_context), Role::kServer);
}

bool Pair::Run() {
  for (int i = 0; i < kManyCrossings; ++i) {
    const bool one = Step(&client);
    const bool other = Step(&server);
    if (!one && !other) return true;
  }
  return false;
}

bool Pair::Connect() {
  if (!Run() || !Established()) return false;
  for (End* end : {&client, &server}) {
    end->seen = 0;
    end->asked.clear();
    end->events.clear();
  }
  return true;
}

bool Pair::Step(End* end) {
  const bool pumped = Pump(end);
  return Write(end) || pumped;
}

bool Pair::Pump(End* end) {
  size_t size = std::min(end->chunk, end->inbox_left());
  if (end->chunk == 0) size = std::min(end->inbox_left(), size_t{random()} % 700);
  const auto input = Exactly<uint8_t>(size);
  std::copy_n(end->inbox.data() + end->inbox_done, size, input.get());
  const auto plaintext = Exactly<uint8_t>(end->plaintext_room);
  const auto output = Exactly<uint8_t>(end->output_room);

  Session::Progress progress;
  const uint32_t status =
      end->session->Pump({input.get(), size}, {plaintext.get(), end->plaintext_room},
                         {output.get(), end->output_room}, &progress);
  const bool news = (status & ~end->seen) != 0;
  end->seen |= status;
  end->inbox_done += progress.consumed;
  end->received.append(reinterpret_cast<char*>(plaintext.get()), progress.plaintext);
  Deliver(end, output.get(), progress.output);
  if ((status & kEvents) != 0) {
    for (Event& event : end->session->TakeEvents()) end->events.push_back(std::move(event));
  }
  const bool bytes = progress.consumed + progress.plaintext + progress.output > 0;
  if (end->waiting && (status != kSuspended || bytes)) FAIL("an open question lets nothing happen");

  if ((status & kSuspended) != 0) return Wait(end) || bytes;
  // An empty piece of random size is no end.
  return bytes || news || (end->chunk == 0 && end->inbox_left() > 0 && !end->failed());
}

bool Pair::Wait(End* end) {
  const Question question = end->session->question();
  const bool news = !end->waiting;
  if (news) {
    end->waiting = true;
    end->waited = 0;
    end->asked.push_back(question);
  }
  if (end->waited++ < end->patience) return true;
  if (!end->answer(*end->session, question)) return news;
  end->waiting = false;
  return true;
}

bool Pair::Write(End* end) {
  if (end->sent()) return false;
  std::vector<Span> chunks;
  for (const std::string& part : end->to_send) chunks.push_back(SpanOf(part));
  const auto output = Exactly<uint8_t>(end->write_room);
  Session::Progress progress;
  end->seen |= end->session->Write(chunks, end->skip, {output.get(), end->write_room}, &progress);
  end->skip += progress.written;
  Deliver(end, output.get(), progress.output);
  return progress.written + progress.output > 0;
}

void Pair::Deliver(End* from, const uint8_t* data, size_t size) {
  if (size == 0) return;
  End* to = OtherOf(from);
  std::string bytes(reinterpret_cast<const char*>(data), size);
  from->wire += bytes;
  if (tamper) tamper(to, &bytes);
  to->inbox += bytes;
}

bool Pair::Carries(End* from, const std::string& text) {
  End* to = OtherOf(from);
  from->to_send = {text};
  from->skip = 0;
  to->received.clear();
  if (!Run() || !from->sent()) return false;
  return to->received == text;
}

std::unique_ptr<Pair> AskingPair(int version) {
  auto client = ServerContext(version, "client");
  auto server = ServerContext(version);
  // With tickets, TLS 1.2 has no session to announce.
  server->SetOptions(SSL_OP_NO_TICKET);
  auto pair = std::make_unique<Pair>(client, server);
  Session& session = *pair->server.session;
  session.AskForClientHello();
  session.AskForCertificate();
  session.AskForNewSession();
  session.SetVerify(true, true);
  pair->client.session->EnableSessionEvents();
  return pair;
}

std::unique_ptr<Pair> PskPair(int version) {
  auto context = [version] {
    auto plain = PlainContext(version);
    REQUIRE(plain->SetCiphers("PSK-AES128-GCM-SHA256"));
    return plain;
  };
  auto server = context();
  REQUIRE(server->SetSessionIdContext("ownssl tests"));
  auto pair = std::make_unique<Pair>(context(), server);
  pair->client.session->EnablePsk();
  pair->server.session->EnablePsk();
  pair->client.answer = AnswerWithPsk("someone", "0123456789abcdef");
  pair->server.answer = pair->client.answer;
  return pair;
}

std::string SessionOf(const End& client) {
  const std::vector<Event> sessions = client.EventsOf(Event::Kind::kSession);
  if (sessions.empty()) return {};
  return {sessions.back().data.begin(), sessions.back().data.end()};
}

}  // namespace ownssl::test
