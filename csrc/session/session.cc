#include "session.h"

#include <algorithm>
#include <utility>

#include "../base/counters.h"
#include "../io/plaintext_gatherer.h"
#include "../openssl/controls.h"
#include "callbacks/callbacks.h"

namespace ownssl {
namespace {

// A record adds so much to its fragment at most: header, IV, padding and MAC (RFC 8446, 5.2 allows
// 256 bytes, TLS 1.2 CBC with SHA-384 some 300, and TLS 1.0 sends an empty record besides).
constexpr size_t kRecordOverhead = 512;

// OpenSSL gives this error, too, but a renegotiation that ends after close_notify makes it forget
// to.
OpenSSLError AfterShutdown() {
  OpenSSLError error;
  error.code = "ERR_SSL_PROTOCOL_IS_SHUTDOWN";
  error.library = "SSL routines";
  error.reason = "protocol is shutdown";
  error.message = "write after close_notify: " + error.reason;
  return error;
}

}  // namespace

std::unique_ptr<Session> Session::Create(std::shared_ptr<SecureContext> context, Role role) {
  ClearErrorQueue();
  std::unique_ptr<Session> session(new Session(std::move(context), role));
  if (!session->ssl_ || session->bio_.bio() == nullptr) return nullptr;
  return session;
}

Session::Session(std::shared_ptr<SecureContext> context, Role role)
    : role_(role), contexts_{std::move(context)}, ssl_(ossl.SSL_new(contexts_.front()->ctx())) {
  ++live_;
  if (!ssl_ || bio_.bio() == nullptr) return;
  SSL* ssl = ssl_.get();
  ossl.SSL_set_ex_data(ssl, 0, this);
  // SSL_set_bio() takes one reference for both directions; bio_ keeps its own.
  ossl.BIO_up_ref(bio_.bio());
  ossl.SSL_set_bio(ssl, bio_.bio(), bio_.bio());
  control::SetMode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                            SSL_MODE_RELEASE_BUFFERS);
  Callbacks::InstallOn(ssl);
  if (role_ == Role::kServer) {
    ossl.SSL_set_accept_state(ssl);
    ExcludeDecryption();
    const EchKeys* ech_keys = contexts_.front()->ech_keys();
    if (ech_keys != nullptr && !ech_keys->UseOn(ssl)) ssl_.reset();
  } else {
    ossl.SSL_set_connect_state(ssl);
    SetVerify(true, false);
  }
}

Session::~Session() {
  // A suspended callback is refused whatever it asks, so that OpenSSL unwinds and frees what it
  // holds; there is no way to drop its frames.
  --live_;
  Enter(LifeState::kClosed);
  if (fiber_) {
    // The frames read from the contexts while they unwind, and this may be a thread of Offload.
    const ContextLocks locks = LockContexts();
    while (fiber_) RunStep(step_);
  }
  // What was refused has left errors in the queue, which may be the queue of Node's OpenSSL, too.
  ClearErrorQueue();
}

// --- Crossings ---

uint32_t Session::Pump(Span input, Room plaintext, Room output, Progress* progress) {
  if (failed()) return kFailed;
  if (input_.In(InputState::kCloseNotify)) {
    progress->consumed = input.size;  // Whatever follows close_notify is ignored (RFC 8446, 6.1).
    return kCloseNotify;
  }
  if (waiting()) return kSuspended;
  bio_.Lend(input.data, input.size, output.data, output.size);
  uint32_t status = established() ? 0 : Handshake();
  if (established() && status == 0) {
    // Whoever hears of the handshake may have to judge before the server's next question comes.
    const bool next = handshake_done_ && client_authentication_.Expected();
    status = next ? uint32_t{kPlaintextFull} : Read(plaintext, &progress->plaintext);
  }
  return Finish(status, progress);
}

uint32_t Session::Handshake() {
  if (handshake_.In(HandshakeState::kIdle)) Enter(HandshakeState::kRunning);
  const bool began_costly = costly_;
  RunStep(Step::kHandshake);
  // From the server's answer on, a client's full handshake consists of keys, chains and signatures.
  if (role_ == Role::kClient && !abbreviated_ && !said_all_ && MayOffload()) costly_ = true;
  if (fiber_) return handshake_.In(HandshakeState::kOffloaded) ? kOffloaded : kSuspended;
  // Once our side has said all, reading the peer's Finished is left, which costs little. A server
  // that wants a certificate gets that first, and it is costly again.
  const bool answered = step_error_ == SSL_ERROR_WANT_READ && bio_.produced() > 0;
  const bool last =
      MayRenegotiate() ? role_ == Role::kClient : role_ == Role::kServer && finishes_here_;
  if (began_costly && answered && last) {
    said_all_ = true;
    costly_ = false;
  }
  if (step_result_ != 1) return Stopped(step_error_, "TLS handshake failed");
  Enter(HandshakeState::kFinished);
  return 0;
}

uint32_t Session::Read(Room plaintext, size_t* done) {
  SSL* ssl = ssl_.get();
  // A renegotiation, or an authentication of the client, may ask the application, and so suspend,
  // which must not happen with the caller's buffer on the stack. SSL_peek() runs the handshake on
  // the fiber and stops at data.
  const bool careful = MayRenegotiate() || client_authentication_.Expected();
  ClearErrorQueue();
  while (*done < plaintext.size) {
    size_t space = plaintext.size - *done;
    if (careful) {
      if (ossl.SSL_pending(ssl) == 0) {
        // What came before the client's certificate is told before it.
        if (*done > 0 && client_authentication_.Awaited()) return kPlaintextFull;
        uint32_t status = 0;
        if (!Peek(&status)) return status;
      }
      space = std::min(space, static_cast<size_t>(ossl.SSL_pending(ssl)));
    }
    size_t read = 0;
    bio_.TakeStarved();
    const int result = ossl.SSL_read_ex(ssl, plaintext.data + *done, space, &read);
    *done += read;
    if (result == 1) {
      ReadAhead();
      // Asking OpenSSL whether there is more takes as long as reading a record.
      if (!bio_.input_left() && ossl.SSL_has_pending(ssl) != 1) return 0;
      continue;
    }
    const int error = ossl.SSL_get_error(ssl, result);
    if (error != SSL_ERROR_WANT_READ) return Stopped(error, "TLS read failed");
    // Without SSL_MODE_AUTO_RETRY this may have been a message without data, like a ticket. What it
    // led to is told before the next one is read.
    if (bio_.TakeStarved()) return 0;
    if (!events_.empty()) return kPlaintextFull;
  }
  const bool more = bio_.input_left() || ossl.SSL_has_pending(ssl) == 1;
  return more ? uint32_t{kPlaintextFull} : 0;
}

bool Session::Peek(uint32_t* status) {
  if (!client_authentication_.BeforeReading()) {
    *status = Fail(DrainConnectionErrors("The client can't be asked for a certificate"));
    return false;
  }
  bio_.TakeStarved();
  RunStep(Step::kPeek);
  if (fiber_) {
    // What OpenSSL has read ahead waits with the question, and so does an end behind it.
    const bool more = ossl.SSL_has_pending(ssl_.get()) == 1;
    *status = kSuspended | (more ? uint32_t{kPlaintextFull} : 0);
    return false;
  }
  client_authentication_.AfterReading();
  if (step_result_ == 1) return true;
  *status = Stopped(step_error_, "TLS read failed");
  // This may have been a message without data, as in Read().
  if (step_error_ == SSL_ERROR_WANT_READ && !bio_.TakeStarved()) *status = kPlaintextFull;
  return false;
}

uint32_t Session::Write(const std::vector<Span>& chunks, size_t skip, Room output,
                        Progress* progress, bool send) {
  if (failed()) return kFailed;
  if (life_.In(LifeState::kShutDown)) return Fail(AfterShutdown());
  SSL* ssl = ssl_.get();
  const bool early = MayAnswerEarly();
  if (!early && blocked()) return kBlocked;
  bio_.Lend(nullptr, 0, output.data, output.size);
  uint32_t status = 0;
  const size_t fragment = max_send_fragment_;
  PlaintextGatherer gatherer(chunks, skip, fragment);
  while (!gatherer.empty()) {
    const size_t records = bio_.room() / (fragment + kRecordOverhead);
    if (records == 0) {
      status = kOutputFull;
      break;
    }
    const Span piece = gatherer.Next(records);
    size_t written = 0;
    ClearErrorQueue();
    const auto write = early ? ossl.SSL_write_early_data : ossl.SSL_write_ex;
    const int result = write(ssl, piece.data, piece.size, &written);
    if (result != 1) {
      const int error = ossl.SSL_get_error(ssl, result);
      status = Stopped(error, "TLS write failed");
      if (error == SSL_ERROR_WANT_READ) status = kBlocked;
      break;
    }
    gatherer.Advance(written);
    progress->written += written;
  }
  status = Finish(status, progress);
  // After a failure there is an alert, which the caller sends.
  if (send && progress->output > 0 && (status & kFailed) == 0)
    progress->sent = bio_.Send({output.data, progress->output});
  return status;
}

uint32_t Session::Shutdown(Room output, Progress* progress) {
  // SSL_shutdown() is an error in mid-handshake, and pointless after a fatal one. A question can
  // outlast SSL_in_init() (kNewSession in a renegotiation), and an SSL is not re-entered.
  if (failed() || !established() || fiber_ || ossl.SSL_in_init(ssl_.get()) == 1) return 0;
  if (!life_.In(LifeState::kShutDown)) Enter(LifeState::kShutDown);
  bio_.Lend(nullptr, 0, output.data, output.size);
  ClearErrorQueue();
  const int result = ossl.SSL_shutdown(ssl_.get());
  const bool full = result < 0 && ossl.SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_WRITE;
  ClearErrorQueue();
  return Finish(full ? uint32_t{kOutputFull} : 0, progress);
}

void Session::Connect(std::shared_ptr<StreamSocket> socket) {
  bio_.Connect(std::move(socket));
  reading_ = Reading::kConnected;
  if (role_ == Role::kServer) ReadAhead();
}

// All that is there is taken at once, not a header and then a body. OpenSSL then goes on from one
// message without data to the next, and a client tells of tickets one by one: they come first.
void Session::ReadAhead() {
  if (reading_ != Reading::kConnected) return;
  reading_ = Reading::kAhead;
  ossl.SSL_set_read_ahead(ssl_.get(), 1);
}

uint32_t Session::Finish(uint32_t status, Progress* progress) {
  progress->consumed = bio_.consumed();
  progress->output = bio_.produced();
  progress->received = bio_.received();
  if (progress->plaintext > 0) counters.decrypted.Add(progress->plaintext);
  if (progress->written > 0) counters.encrypted.Add(progress->written);
  if (bio_.ended()) {
    status |= kInputEnded;
    progress->error = bio_.error();
  }
  bio_.Release();
  ClearErrorQueue();  // OpenSSL leaves some behind where it succeeds, too.
  if (std::exchange(handshake_done_, false)) status |= kHandshakeDone;
  if (!events_.empty()) status |= kEvents;
  if (failed()) status |= kFailed;
  return status;
}

uint32_t Session::Stopped(int ssl_error, const char* fallback) {
  if (ssl_error == SSL_ERROR_WANT_READ) return 0;
  if (ssl_error == SSL_ERROR_WANT_WRITE) return kOutputFull;
  // Since OpenSSL 3.5 a close_notify behind user_canceled looks like that; Java ends so.
  const bool canceled = ssl_error == SSL_ERROR_SYSCALL &&
                        (ossl.SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
  if (ssl_error != SSL_ERROR_ZERO_RETURN && !canceled) {
    OpenSSLError error = DrainConnectionErrors(fallback);
    if (role_ == Role::kClient && trail_.alert() == kEchRequired && trail_.alert_sent()) {
      error.code = "ERR_OWNSSL_ECH_REFUSED";
      error.message = "The server has refused Encrypted ClientHello";
    }
    return Fail(std::move(error));
  }
  Enter(InputState::kCloseNotify);
  return kCloseNotify;
}

uint32_t Session::Fail(OpenSSLError error) {
  if (!failed()) Enter(LifeState::kFailed);
  error_ = blame_ ? std::move(*std::exchange(blame_, std::nullopt)) : std::move(error);
  return kFailed;
}

std::vector<Event> Session::TakeEvents() { return std::exchange(events_, {}); }

// --- States ---

bool Session::established() const {
  switch (handshake_.state()) {
    case HandshakeState::kIdle:
    case HandshakeState::kRunning:
    case HandshakeState::kAsked:
    case HandshakeState::kOffloaded:
      return false;
    default:
      return true;
  }
}

void Session::Enter(HandshakeState next) {
  if (!handshake_.To(next)) {
    Impossible();
  } else if (next == HandshakeState::kFinished) {
    handshake_done_ = true;
  }
}

void Session::Enter(InputState next) {
  if (!input_.To(next)) Impossible();
}

void Session::Enter(LifeState next) {
  if (!life_.To(next)) Impossible();
}

void Session::Impossible() {
  if (failed() || closed() || !life_.To(LifeState::kFailed)) return;
  error_ = {};
  error_.code = "ERR_OWNSSL_INTERNAL_STATE";
  error_.message = "The TLS session came into a state that it can't be in; please report this";
}

bool Session::flows() const {
  return handshake_.In(HandshakeState::kFinished) || handshake_.In(HandshakeState::kInvited);
}

bool Session::blocked() const { return !flows() || fiber_ || ossl.SSL_in_init(ssl_.get()) == 1; }

}  // namespace ownssl
