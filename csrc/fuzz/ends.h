// Two ends of a connection in one process, for targets that are about handshakes.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "../session/offloaded_session.h"
#include "input.h"

namespace ownssl::fuzz {

std::string Fixture(const std::string& name);  // A file of test/fixtures/make.mjs.

// Contexts are made once for the process. `version` is 0 for both.
struct ContextOptions {
  int version = 0;
  bool certificate = true;
  bool psk_only = false;
  bool encrypted = false;  // With a real cipher, not the one of null_cipher.h.
  bool tickets = true;
  bool elsewhere = false;    // The key; its questions are answered by SignElsewhere().
  bool other_group = false;  // Not the client's first: TLS 1.3 needs a second ClientHello.
};
std::shared_ptr<SecureContext> ContextFor(Role role, const ContextOptions& options);

void ForgetContexts();

// What a client knows after a connection to ContextFor(kServer, …): a session to resume.
const std::string& SessionFor(int version);

// False leaves the question open.
using Answer = std::function<bool(Session&, Question)>;
void AnswerPlainly(Session& session, Question question);

class End {
 public:
  End(std::shared_ptr<SecureContext> context, Role role);
  ~End();
  End(const End&) = delete;
  End& operator=(const End&) = delete;

  // Lets the costly parts of handshakes run in another thread.
  void UseThread();
  // One crossing, with `size` bytes of the inbox at most. What comes out goes to `other`.
  uint32_t Pump(size_t size = SIZE_MAX);
  // What is left of `to_send`.
  uint32_t Write();
  void Shutdown();
  // From now on it reads and writes the socket itself.
  bool Connect(int fd);
  void Close();

  OffloadedSession::User session() { return steps_->Use(); }
  bool open() const { return steps_ != nullptr; }
  bool failed() const { return (seen & kFailed) != 0; }
  bool sent() const { return done == to_send.size(); }

  End* other = nullptr;
  Answer answer;
  std::string inbox;
  std::string to_send;
  size_t done = 0;  // How much of it has been taken.
  std::string received;
  std::vector<SecretBytes> sessions;
  uint32_t seen = 0;
  bool idle = false;  // The last crossing did nothing.

  size_t plaintext_room = 8 * 1024;
  size_t output_room = 8 * 1024;
  bool lost = false;  // Whether bytes of this end were lost.
  int other_fd = -1;  // Where the other end's bytes go once this one is connected.

 private:
  void TakeFromSocket();
  void Deliver(const uint8_t* data, size_t size);
  void Check(uint32_t status, const Session::Progress& progress, size_t size);

  std::shared_ptr<OffloadedSession> steps_;
  std::shared_ptr<StreamSocket> socket_;
  std::string piece_;  // Of the inbox, that a thread has.
  bool under_way_ = false;
  bool collects_ = false;  // The result of a step, which may take several crossings.
  int fruitless_ = 0;
};

// A client and a server of the same options, each the other's other end; the server has the
// certificate.
struct Ends {
  explicit Ends(const ContextOptions& options);

  End client;
  End server;
};

// Both, until neither can do anything; the process ends if that does not happen.
void Settle(End* one, End* other);

}  // namespace ownssl::fuzz
