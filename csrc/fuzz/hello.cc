// What a server reads before it knows anything: the ClientHello, and identities of pre-shared keys.
// On the other side the hint that a client gets.
#include "ends.h"
#include "target.h"
#include "wire.h"

namespace ownssl::fuzz {
namespace {

constexpr uint8_t kClientHello = 1;
constexpr uint8_t kServerKeyExchange = 12;
constexpr uint8_t kClientKeyExchange = 16;
constexpr char kServerHello = 2;

bool Contains(const std::vector<uint8_t>& list, const std::string& name) {
  for (size_t at = 0; at < list.size(); at += 1 + list[at]) {
    if (std::string(list.begin() + static_cast<ptrdiff_t>(at) + 1, list.end())
                .compare(0, list[at], name) == 0 &&
        list[at] == name.size()) {
      return true;
    }
  }
  return false;
}

// An opaque vector with two bytes of length.
std::string Vector(const std::string& text) {
  return std::string{static_cast<char>(text.size() >> 8), static_cast<char>(text.size())} + text;
}

ContextOptions Version(bool tls13) {
  ContextOptions options;
  options.version = tls13 ? TLS1_3_VERSION : TLS1_2_VERSION;
  return options;
}

// Whether the record at the start is the ServerHello; `first` is that record.
bool StartsWithServerHello(const std::string& flight, std::string* first) {
  constexpr size_t kHeader = 5;
  if (flight.size() <= kHeader || flight[kHeader] != kServerHello) return false;
  const size_t size =
      static_cast<size_t>(static_cast<uint8_t>(flight[3])) << 8 | static_cast<uint8_t>(flight[4]);
  *first = flight.substr(0, kHeader + size);
  return true;
}

}  // namespace

void FuzzClientHello(Input input) {
  const uint8_t flags = input.Byte();
  ContextOptions options;
  options.psk_only = (flags & 1) != 0;
  options.certificate = !options.psk_only;
  End server(ContextFor(Role::kServer, options), Role::kServer);
  End nobody(ContextFor(Role::kClient, options), Role::kClient);
  server.other = &nobody;
  {
    const OffloadedSession::User session = server.session();
    session->AskForClientHello();
    session->AskForSession();
    if ((flags & 2) != 0) session->AskForAlpn();
    if ((flags & 4) != 0) session->AskForCertificate();
    if ((flags & 8) != 0) session->EnablePsk();
    if ((flags & 32) != 0) session->KeepClientHello();
  }
  std::string name;
  std::string protocol;
  std::vector<uint8_t> offered;
  server.answer = [&](Session& session, Question question) {
    FUZZ_REQUIRE(session.session_id().size() <= SSL_MAX_SSL_SESSION_ID_LENGTH);
    if (question != Question::kClientHello) {
      AnswerPlainly(session, question);
      return true;
    }
    const ClientHello& hello = session.client_hello();
    name = hello.servername;
    offered = hello.alpn;
    FUZZ_REQUIRE(name.find('\0') == name.npos && name.size() <= TLSEXT_MAXLEN_host_name);
    const bool chooses = !offered.empty() && offered.size() > offered[0];
    if (chooses) protocol.assign(offered.begin() + 1, offered.begin() + 1 + offered[0]);
    session.AnswerClientHello(chooses ? std::optional<std::string>(protocol) : std::nullopt);
    return true;
  };
  const std::string hello = Message(kClientHello, input.Rest());
  if ((flags & 16) != 0) {
    for (const char c : hello.substr(5)) {
      const auto byte = static_cast<uint8_t>(c);
      server.inbox += Record(22, {&byte, 1});
    }
  } else {
    server.inbox = hello;
  }
  Settle(&server, nullptr);

  // What is kept is the message, whatever its records were.
  if ((flags & 32) != 0) {
    const OffloadedSession::User session = server.session();
    const std::vector<uint8_t>& kept = session->client_hello_message().bytes;
    FUZZ_REQUIRE(kept.empty() || std::string(kept.begin(), kept.end()) == hello.substr(5));
  }

  // Where OpenSSL went on, it has read the same.
  std::string answer;
  if (server.failed() || !StartsWithServerHello(nobody.inbox, &answer)) return;
  const OffloadedSession::User session = server.session();
  const char* accepted = ossl.SSL_get_servername(session->ssl(), TLSEXT_NAMETYPE_host_name);
  FUZZ_REQUIRE(name == (accepted != nullptr ? accepted : ""));
  const unsigned char* chosen = nullptr;
  unsigned int size = 0;
  ossl.SSL_get0_alpn_selected(session->ssl(), &chosen, &size);
  if (size > 0) {
    FUZZ_REQUIRE((flags & 2) != 0);
    FUZZ_REQUIRE(std::string(chosen, chosen + size) == protocol && Contains(offered, protocol));
  }
}

void FuzzPsk(Input input) {
  const uint8_t flags = input.Byte();
  ContextOptions options = Version((flags & 1) != 0);
  options.psk_only = true;
  options.certificate = false;
  End client(ContextFor(Role::kClient, options), Role::kClient);
  End server(ContextFor(Role::kServer, options), Role::kServer);
  client.other = &server;
  server.other = &client;
  client.session()->EnablePsk();
  server.session()->EnablePsk();
  const std::string key = input.Text(input.Byte());
  const std::string text = input.Text(SIZE_MAX);
  std::optional<std::string> hint;
  std::string identity;
  bool asked = false;
  client.answer = [&](Session& session, Question question) {
    if (question == Question::kPskClient) hint = session.psk_hint();
    if ((flags & 8) == 0) {
      session.AnswerPsk(text, Secret(SpanOf(key).data, key.size()));
    } else {
      AnswerPlainly(session, question);
    }
    return true;
  };
  server.answer = [&](Session& session, Question question) {
    FUZZ_REQUIRE(question == Question::kPskServer);
    identity = session.psk_identity();
    asked = true;
    session.AnswerPsk({}, Secret(SpanOf(key).data, key.size()));
    return true;
  };

  const std::string until_zero = text.substr(0, text.find('\0'));
  if ((flags & 2) != 0 && options.version == TLS1_2_VERSION && text.size() < UINT16_MAX) {
    // An identity that no client of ours would send, after the hellos.
    client.Pump();
    for (int i = 0; i < 20; ++i) server.Pump();
    server.inbox += Message(kClientKeyExchange, SpanOf(Vector(text)));
    Settle(&server, nullptr);
    FUZZ_REQUIRE(!asked || identity == until_zero);
    FUZZ_REQUIRE(!server.session()->established());
    return;
  }
  if ((flags & 4) != 0 && options.version == TLS1_2_VERSION && text.size() < UINT16_MAX) {
    // A hint that no server of ours would send.
    client.Pump();
    for (int i = 0; i < 20; ++i) server.Pump();
    std::string hello;
    FUZZ_REQUIRE(StartsWithServerHello(client.inbox, &hello));
    client.inbox = hello + Message(kServerKeyExchange, SpanOf(Vector(text))) +
                   Message(14, {});  // ServerHelloDone
    Settle(&client, nullptr);
    FUZZ_REQUIRE(!hint || *hint == until_zero);
    return;
  }
  Settle(&client, &server);
  if (asked && (flags & 8) == 0) FUZZ_REQUIRE(identity == until_zero);
  const bool both = client.session()->established() && server.session()->established();
  FUZZ_REQUIRE(!both || (asked && !key.empty()));
}

}  // namespace ownssl::fuzz
