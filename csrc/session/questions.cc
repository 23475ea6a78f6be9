// How a Session asks the application from within a handshake, and takes its answers.

#include <algorithm>
#include <utility>

#include "callbacks/callbacks.h"
#include "session.h"

namespace ownssl {

// --- Called on the fiber, by callbacks ---

bool Session::Ask(Question question) {
  if (closed() || !fiber_ || !fiber_->running()) return false;
  question_ = question;
  answer_ = Answer::kRefused;
  if (established()) client_authentication_.Asks();
  Enter(established() ? HandshakeState::kReasked : HandshakeState::kAsked);
  fiber_->Suspend();
  if (waiting()) Answered();  // A session that is closed goes on without an answer.
  question_ = Question::kNone;
  return answer_ == Answer::kGiven && !closed();
}

bool Session::AskForContext() {
  if (!settings_.asks_certificate || this_handshake_.context != HandshakeChoice::kOpen) {
    return this_handshake_.context != HandshakeChoice::kRefused;
  }
  // A handshake that goes on all the same must not ask again.
  const bool chosen = Ask(Question::kCertificate);
  this_handshake_.context = chosen ? HandshakeChoice::kMade : HandshakeChoice::kRefused;
  return chosen;
}

bool Session::BeforeCostlyPart() {
  if (!MayOffload() || costly_ || established() || step_ != Step::kHandshake) return true;
  if (closed() || !fiber_ || !fiber_->running()) return !closed();
  costly_ = true;
  Enter(HandshakeState::kOffloaded);
  fiber_->Suspend();
  Enter(HandshakeState::kRunning);
  return !closed();
}

bool Session::has_token() const {
  return std::any_of(contexts_.begin(), contexts_.end(),
                     [](const auto& context) { return context->has_token(); });
}

bool Session::has_slow_key() const {
  return std::any_of(contexts_.begin(), contexts_.end(),
                     [](const auto& context) { return context->has_slow_key(); });
}

bool Session::MayOffload() const { return offload_ && !has_token(); }

Session::ContextLocks Session::LockContexts() const {
  std::vector<SecureContext*> contexts;
  for (const auto& context : contexts_) contexts.push_back(context.get());
  if (chosen_context_) contexts.push_back(chosen_context_.get());
  // Everybody locks in the order of the addresses, and each context once, or two could wait for
  // each other.
  std::sort(contexts.begin(), contexts.end());
  contexts.erase(std::unique(contexts.begin(), contexts.end()), contexts.end());
  ContextLocks locks;
  for (SecureContext* context : contexts) locks.emplace_back(context->mutex());
  return locks;
}

// --- Answers ---

void Session::Answered() {
  Enter(established() ? HandshakeState::kRerunning : HandshakeState::kRunning);
}

// An answer to what was not asked is nothing: a question is answered once.
bool Session::Take(Question question) {
  if (!waiting() || question_ != question) return false;
  answer_ = Answer::kGiven;
  Answered();
  return true;
}

void Session::Refuse() {
  if (waiting()) Answered();
}

void Session::AnswerClientHello(std::optional<std::string> alpn, ConnectionChoice choice) {
  if (!Take(Question::kClientHello)) return;
  chosen_alpn_ = std::move(alpn);
  // The lock of a context that is used soon is among those that the next crossing takes.
  chosen_context_ = choice.context;
  choice_ = std::move(choice);
}

void Session::RefuseClientHello(int alert) {
  if (!waiting() || question_ != Question::kClientHello) return;
  client_hello_alert_ = alert;
  Refuse();
}

void Session::AnswerSession(Span session) {
  if (!Take(Question::kSession) || session.size == 0) return;
  const unsigned char* data = session.data;
  resumed_session_.reset(ossl.d2i_SSL_SESSION(nullptr, &data, static_cast<long>(session.size)));
  ossl.ERR_clear_error();  // A session that can't be parsed is not resumed; that is no failure.
}

void Session::AnswerCertificate(std::shared_ptr<SecureContext> context, Span ocsp_response,
                                std::optional<CertificateDemand> demand) {
  if (!Take(Question::kCertificate)) return;
  if (demand) this_handshake_.demand = demand;
  if (context && settings_.keylog) context->EnableKeylog(&Callbacks::OnKeylog);
  chosen_context_ = std::move(context);
  ocsp_response_.assign(ocsp_response.data, ocsp_response.data + ocsp_response.size);
}

void Session::AnswerPsk(std::string identity, Secret key) {
  if (!Take(Question::kPskClient) && !Take(Question::kPskServer)) return;
  psk_.identity = std::move(identity);
  psk_.key = std::move(key);
}

void Session::AnswerNoPsk() { AnswerPsk({}, {}); }

// `vouched`: whatever OpenSSL made of it, as of a raw public key, the application knows it.
void Session::AnswerVerify(int x509_error, bool vouched) {
  if (!Take(Question::kVerify)) return;
  verify_error_ = x509_error;
  vouched_ = vouched;
}

void Session::AnswerNewSession() { static_cast<void>(Take(Question::kNewSession)); }

void Session::AnswerOcsp() { static_cast<void>(Take(Question::kOcsp)); }

}  // namespace ownssl
