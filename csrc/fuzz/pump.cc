// The pump, as client and as server, in every state: against a real peer, whose bytes are damaged
// on their way. The input is a program: first what both ends are, then step after step.
#include <sys/socket.h>
#include <unistd.h>

#include "ends.h"
#include "target.h"
#include "wire.h"

namespace ownssl::fuzz {
namespace {

constexpr size_t kMostWritten = 40'000;
constexpr size_t kRooms[] = {8 * 1024, 5, 33, 300, 2000, 20'000};

struct Machine {
  Machine(Input* in, Role role) : input(in), subject_role(role) {
    const uint8_t flags = input->Byte();
    ContextOptions options;
    options.version = (flags & 1) != 0 ? TLS1_3_VERSION : (flags & 2) != 0 ? TLS1_2_VERSION : 0;
    options.psk_only = (flags & 4) != 0;
    options.encrypted = (flags & 8) != 0 && !options.psk_only;
    options.tickets = (flags & 16) == 0;
    options.other_group = (flags & 32) != 0;
    const bool client_certificate = (flags & 64) != 0;
    const bool resumes = (flags & 128) != 0;

    const uint8_t client_flags = input->Byte();
    const uint8_t server_flags = input->Byte();
    const uint8_t rooms = input->Byte();
    const uint8_t more = input->Byte();
    patience = more % 3;
    options.elsewhere = more >= 192;

    options.certificate = client_certificate;
    client = std::make_unique<End>(ContextFor(Role::kClient, options), Role::kClient);
    options.certificate = !options.psk_only;
    server = std::make_unique<End>(ContextFor(Role::kServer, options), Role::kServer);
    client->other = server.get();
    server->other = client.get();
    subject = role == Role::kClient ? client.get() : server.get();
    peer = subject->other;

    SetClient(client_flags, options, resumes);
    SetServer(server_flags, options, client_certificate);
    subject->output_room = kRooms[rooms % 6];
    subject->plaintext_room = kRooms[rooms / 6 % 6];
    if (rooms >= 216) subject->UseThread();
    subject->answer = [this](Session& session, Question question) {
      return AnswerOf(session, question);
    };
  }

  void SetClient(uint8_t flags, const ContextOptions& options, bool resumes) {
    const OffloadedSession::User session = client->session();
    if ((flags & 1) != 0) session->SetServername("name.example.test");
    if ((flags & 2) != 0) session->SetAlpn({1, 'a', 2, 'h', '2'});
    if ((flags & 4) != 0) session->RequestOcsp();
    if ((flags & 8) != 0) session->EnableKeylog();
    if ((flags & 16) != 0) session->EnableSessionEvents();
    if ((flags & 32) != 0) session->SetMaxSendFragment(512);
    if ((flags & 64) != 0) session->SetVerify(false, false);
    if (options.psk_only || (flags & 128) != 0) session->EnablePsk();
    if ((flags & 3) != 0) session->client_authentication().Offer();
    if ((flags & 5) != 0) session->client_authentication().AskForIdentity();
    if (resumes) session->SetSession(SpanOf(SessionFor(options.version)));
  }

  void SetServer(uint8_t flags, const ContextOptions& options, bool client_certificate) {
    const OffloadedSession::User session = server->session();
    if ((flags & 1) != 0) session->AskForClientHello();
    if ((flags & 1) != 0) session->AskForSession();
    if ((flags & 2) != 0) session->AskForAlpn();
    if ((flags & 4) != 0) session->AskForCertificate();
    if ((flags & 8) != 0) session->AskForNewSession();
    if ((flags & 16) != 0) session->SetAlpn({1, 'b', 2, 'h', '2'});
    if ((flags & 32) != 0) session->SetMaxSendFragment(512);
    if ((flags & 64) != 0) session->EnableSessionEvents();
    if (options.psk_only || (flags & 128) != 0) {
      session->EnablePsk();
      session->SetPskIdentityHint("hint");
    }
    session->SetVerify(client_certificate, (flags & 2) != 0);
  }

  bool AnswerOf(Session& session, Question question) {
    if (settling) {
      AnswerPlainly(session, question);
      return true;
    }
    if (waited++ < patience) return false;
    waited = 0;
    switch (input->Below(6)) {
      case 0:
      case 1:
      case 2:
        AnswerPlainly(session, question);
        return true;
      case 3:
        session.Refuse();
        return true;
      case 4:
        return false;
      default:
        AnswerOddly(session, question);
        return true;
    }
  }

  void AnswerOddly(Session& session, Question question) {
    switch (question) {
      case Question::kClientHello: {
        return session.AnswerClientHello(input->Text(input->Below(4)));
      }
      case Question::kSession:
        return session.AnswerSession(input->Flag() ? SpanOf(SessionFor(TLS1_2_VERSION))
                                                   : input->Take(input->Byte()));
      case Question::kCertificate: {
        ContextOptions options;
        options.tickets = input->Flag();
        return session.AnswerCertificate(ContextFor(Role::kServer, options),
                                         input->Take(input->Byte()));
      }
      case Question::kPskClient:
      case Question::kPskServer: {
        const std::string identity = input->Text(input->Below(300));
        const Span key = input->Take(input->Below(600));
        return session.AnswerPsk(identity, Secret(key.data, key.size));
      }
      case Question::kVerify:
        return session.AnswerVerify(static_cast<int>(input->Byte()));
      case Question::kClientCertificate:
        return session.client_authentication().Answer(ContextFor(Role::kClient, {}));
      case Question::kPrivateKey: {
        const Span answer = input->Take(input->Byte());
        return session.AnswerPrivateKey({answer.data, answer.size});
      }
      default:
        return AnswerPlainly(session, question);
    }
  }

  void Send(End* end) {
    const size_t size = input->Word();
    if (end->to_send.size() + size > kMostWritten) return;
    const size_t filler = input->Byte();
    for (size_t i = 0; i < size; ++i) end->to_send += static_cast<char>(filler + (i & 63));
    end->Write();
  }

  // A new handshake or new keys, from whichever end.
  void Renew(End* end) {
    const OffloadedSession::User session = end->session();
    if (!session->established() || session->question() != Question::kNone) return;
    if (ossl.SSL_version(session->ssl()) < TLS1_3_VERSION) {
      session->Renegotiate();
    } else if (input->Below(3) == 0) {
      session->client_authentication().RequestCertificate(input->Flag());
    } else {
      ossl.SSL_key_update(session->ssl(), static_cast<int>(input->Below(3)));
    }
    ossl.ERR_clear_error();
  }

  void Look() {
    const OffloadedSession::User session = subject->session();
    session->PeerMatches(input->Flag() ? "localhost" : "127.0.0.1");
    for (X509* certificate : session->PeerChain()) FUZZ_REQUIRE(certificate != nullptr);
    FUZZ_REQUIRE(session->servername().find('\0') == std::string::npos);
  }

  // From now on the subject reads from the kernel, as it does once its handshake is over.
  void ConnectSubject() {
    if (subject->other_fd >= 0 || !subject->inbox.empty() || !subject->session()->established()) {
      return;
    }
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return;
    if (subject->Connect(ends[0])) {
      subject->other_fd = ends[1];
    } else {
      ::close(ends[1]);
    }
    ::close(ends[0]);
  }

  // False when the subject is gone.
  bool Step() {
    switch (input->Below(18)) {
      case 0:
        subject->Pump();
        subject->Write();
        break;
      case 1:
        subject->Pump(input->Byte());
        break;
      case 2:
        peer->Pump();
        peer->Write();
        break;
      case 3:
        for (size_t i = input->Below(4) + 1; i > 0; --i) {
          subject->Pump();
          peer->Pump();
        }
        break;
      case 4:
      case 5:
      case 6:
        clean = false;
        Damage(input, &subject->inbox);
        break;
      case 7: {
        clean = false;
        const uint8_t type = input->Byte();
        subject->inbox += Record(type, input->Take(input->Byte()));
        break;
      }
      case 8: {
        clean = false;
        const uint8_t type = input->Byte();
        subject->inbox += Message(type, input->Take(input->Byte()));
        break;
      }
      case 9:
        Send(subject);
        break;
      case 10:
        Send(peer);
        break;
      case 11:
        subject->Shutdown();
        break;
      case 12:
        peer->Shutdown();
        break;
      case 13:
        Renew(subject);
        break;
      case 14:
        Renew(peer);
        break;
      case 15:
        Look();
        break;
      case 16:
        ConnectSubject();
        break;
      default:
        if (input->Byte() != 0xff) break;
        subject->Close();
        return false;
    }
    return true;
  }

  void Run() {
    while (!input->empty()) {
      if (!Step()) return;
    }
    settling = true;
    Settle(subject, peer);
    if (!clean || subject->lost || peer->lost) return;
    if (subject->failed() || peer->failed()) return;
    if (!subject->session()->established() || !peer->session()->established()) return;
    // Undamaged, all that was taken has arrived.
    for (End* end : {subject, peer}) {
      FUZZ_REQUIRE(end->other->received == end->to_send.substr(0, end->done));
    }
    CompareBindings();
  }

  // Where both ends have a channel binding, it is the same, unless it is made of secrets: in
  // fuzzing mode OpenSSL takes any Finished, so the ends may have secrets that differ.
  void CompareBindings() {
    using Kind = ChannelBindingKind;
    for (const Kind kind : {Kind::kExporter, Kind::kServerEndPoint, Kind::kUnique}) {
      const ChannelBinding mine = subject->session()->BindTo(kind);
      const ChannelBinding theirs = peer->session()->BindTo(kind);
      if (kind != Kind::kServerEndPoint) continue;
      FUZZ_REQUIRE(mine.data.empty() || theirs.data.empty() || mine.data == theirs.data);
    }
  }

  Input* input;
  const Role subject_role;
  std::unique_ptr<End> client;
  std::unique_ptr<End> server;
  End* subject = nullptr;
  End* peer = nullptr;
  int patience = 0;
  int waited = 0;
  bool settling = false;
  bool clean = true;
};

}  // namespace

void FuzzClient(Input input) { Machine(&input, Role::kClient).Run(); }

void FuzzServer(Input input) { Machine(&input, Role::kServer).Run(); }

}  // namespace ownssl::fuzz
