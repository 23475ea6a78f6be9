#include "connection.h"

#if OWNSSL_IO_THREADS

#include <algorithm>
#include <cerrno>
#include <utility>

#include "thread.h"

namespace ownssl {
namespace {

// One connection makes so many crossings before others get their turn.
constexpr int kCrossingsPerTurn = 5;

// So many bytes are read ahead of a session that waits for an answer.
constexpr size_t kMostPending = size_t{64} * 1024;

}  // namespace

bool IoConnection::MayRenegotiate(const Session& session) {
  return ossl.SSL_version(session.ssl()) < TLS1_3_VERSION;
}

IoConnection::IoConnection(std::shared_ptr<OffloadedSession> steps,
                           std::shared_ptr<StreamSocket> socket, void* owner_, bool goes_on)
    : owner(owner_),
      steps_(std::move(steps)),
      socket_(std::move(socket)),
      connected_(goes_on),
      established_(goes_on),
      started_(goes_on),
      kick_(goes_on) {}

bool IoConnection::Use(size_t size) {
  const uint64_t used = used_.load(std::memory_order_relaxed) + size;
  used_.store(used);
  return wants_credit_.load() && told_.load() - used <= credit() / 2 &&
         wants_credit_.exchange(false);
}

bool IoConnection::HasCredit() {
  const uint64_t told = told_.load(std::memory_order_relaxed);
  if (told - used_.load() < credit()) return true;
  wants_credit_.store(true);
  // JavaScript may have used the rest just now, without knowing that anybody waits.
  return told - used_.load() <= credit() / 2 && wants_credit_.exchange(false);
}

// --- Commands ---

void IoConnection::Attach(IoThread* thread, Port* port) {
  thread_ = thread;
  port_ = port;
  OpenPoll();
}

bool IoConnection::OpenPoll() {
  poll_.data = this;
  const int error = uv_poll_init(thread_->loop(), &poll_, socket_->fd());
  if (error == 0) return true;
  // libuv has nothing to close then, and nothing is watched.
  poll_.data = nullptr;
  SendFailed(-error);
  return false;
}

void IoConnection::Start() {
  if (started_) return;
  started_ = true;
  kick_ = true;
  socket_->Ready();
  Drive();
}

void IoConnection::Read() {
  Stay();
  reading_ = true;
  socket_->Ready();
  Drive();
}

void IoConnection::Proceed(bool tell) {
  if (closing_) return;
  Stay();
  tell_proceeded_ = tell_proceeded_ || tell;
  // Otherwise something else than an answer has led here, and the question still waits.
  if (!suspended_ || !steps_->Use()->waiting()) {
    suspended_ = false;
    left_told_ = false;
    kick_ = true;
  }
  Drive();
  WritePending();
}

void IoConnection::Accept() {
  Stay();
  if (closing_ || !std::exchange(held_, false)) return;
  OnWritable();
  socket_->Ready();
  Drive();
}

void IoConnection::Tell(Report::Kind kind, uint32_t number) {
  Report report{kind};
  report.number = number;
  report.connection = this;
  port_->Tell(report);
}

// --- The socket ---

void IoConnection::OnPoll(uv_poll_t* handle, int status, int events) {
  auto* self = static_cast<IoConnection*>(handle->data);
  // An error, such as a reset, ends the watch. The next call to the kernel tells what it is.
  if (status < 0) {
    self->watched_ = 0;
    events = UV_READABLE | UV_WRITABLE;
  }
  if (self->watches_end_ && (status < 0 || (events & UV_DISCONNECT) != 0)) {
    self->NoticeEnd(status < 0);
  }
  self->socket_->Ready();
  if ((events & UV_WRITABLE) != 0) self->OnWritable();
  if ((events & UV_READABLE) != 0) {
    // The watch ends only now, because most pauses are over before anything comes, and each change
    // is a system call.
    if (!self->MayRead()) self->SetWatch(self->watched_ & ~UV_READABLE);
    self->Drive();
  }
}

void IoConnection::Watch() {
  if (closing_) return;
  int events = watched_;
  if (MayRead()) events |= UV_READABLE;
  if (watches_end_) events |= UV_DISCONNECT;
  events = unsent_.empty() || held_ ? events & ~UV_WRITABLE : events | UV_WRITABLE;
  SetWatch(events);
}

void IoConnection::SetWatch(int events) {
  if (events == watched_ || closing_ || place_ != Place::kHere || poll_.data == nullptr) return;
  watched_ = events;
  if (events == 0) {
    uv_poll_stop(&poll_);
  } else {
    uv_poll_start(&poll_, events, &IoConnection::OnPoll);
  }
}

// --- Reading ---

bool IoConnection::MayRead() const {
  if (!started_ || failed_ || closing_ || input_ended_ || held_ || slow_step_) return false;
  if (close_notified_) return true;
  if (suspended_) return pending_.size() < kMostPending && !connected_;
  if (crowded() || waits) return false;
  return !established_ || (reading_ && !wants_credit_.load(std::memory_order_relaxed));
}

void IoConnection::Drive() {
  bool more = true;
  for (int i = 0; more && i < kCrossingsPerTurn; ++i) more = Cross();
  if (more) {
    thread_->Later(this);
  } else if (!slow_step_) {
    if (send_error_ != 0 && !std::exchange(send_error_told_, true))
      Tell(Report::Kind::kSendFailed, static_cast<uint32_t>(send_error_));
    if (std::exchange(tell_proceeded_, false)) Tell(Report::Kind::kProceeded);
  }
  if (thread_->HoldsOutputOf(this)) thread_->FlushOutput();
  if (!writes_.empty() && unsent_.empty()) WritePending();  // A handshake may be over.
  Watch();
}

bool IoConnection::Cross() {
  if (!started_ || failed_ || closing_ || held_ || slow_step_) return false;
  if (close_notified_) return Drop();
  if (!established_) Receive();
  if (suspended_) {
    TellEnd();
    if (input_ended_ && !end_told_ && !std::exchange(left_told_, true))
      Tell(Report::Kind::kPeerLeft, static_cast<uint32_t>(input_error_));
    return false;
  }
  Room plaintext;
  if (!established_) {
    if (pending_.empty() && !kick_ && !more_) {
      TellEnd();
      return false;
    }
  } else {
    if (!reading_ || crowded() || !HasCredit()) return false;
    const bool nothing = input_ended_ ? pending_.empty() : connected_ && socket_->exhausted();
    if (nothing && !more_ && !kick_) {
      TellEnd();
      return false;
    }
    plaintext = port_->PlaintextRoom();
    if (plaintext.size == 0) {
      if (!std::exchange(waits, true)) port_->waiting.push_back(this);
      return false;
    }
  }
  const OffloadedSession::User session = steps_->Use();
  // A change of a context that others use waits for the handshakes in threads, as these wait for
  // it.
  const bool locks =
      !established_ || MayRenegotiate(*session) || session->client_authentication().Expected();
  const Session::ContextLocks contexts = locks ? session->LockContexts() : Session::ContextLocks{};
  return CrossNow(*session, plaintext);
}

bool IoConnection::CrossNow(Session& session, Room plaintext) {
  Session::Progress progress;
  if (established_ && !connected_ && pending_.empty() && !input_ended_) {
    session.Connect(socket_);
    connected_ = true;
  }
  const Span input{pending_.data(), pending_.size()};
  const Room output = thread_->Output(this);
  const uint32_t status = session.Pump(input, plaintext, output, &progress);
  std::vector<Event> events;
  if ((status & kEvents) != 0) events = session.TakeEvents();
  const bool renegotiates = std::any_of(events.begin(), events.end(), [](const Event& event) {
    return event.kind == Event::Kind::kHandshakeStart;
  });
  // An alert is not held, nor the answer of a client that was asked for its certificate.
  if (renegotiates && (status & kFailed) == 0 && MayRenegotiate(session)) {
    Hold({output.data, progress.output});
  } else {
    thread_->AddOutput(progress.output);
  }
  answered_ += progress.output;
  received.store(received.load(std::memory_order_relaxed) + progress.received,
                 std::memory_order_relaxed);
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<ptrdiff_t>(progress.consumed));
  // The session wants to go on in a thread, and this is one.
  kick_ = (status & kOffloaded) != 0 && !BeginSlowStep(session);
  return Took(status, progress, std::move(events), session.question());
}

bool IoConnection::Took(uint32_t status, const Session::Progress& progress,
                        std::vector<Event> events, Question question) {
  more_ = (status & (kOutputFull | kPlaintextFull)) != 0;
  if (!events.empty()) {
    Report report{Report::Kind::kEvents};
    report.connection = this;
    report.events = new std::vector<Event>(std::move(events));
    port_->Tell(report);
  }
  if ((status & kHandshakeDone) != 0) {
    established_ = true;
    steps_->AddUnheard();
    Tell(Report::Kind::kHandshakeDone);
  }
  if (progress.plaintext > 0) {
    told_.store(told_.load(std::memory_order_relaxed) + progress.plaintext);
    port_->TellPlaintext(this, progress.plaintext);
  }
  if ((status & kFailed) != 0) {
    failed_ = true;
    thread_->FlushOutput();
    Tell(Report::Kind::kFailed);
    return false;
  }
  if ((status & kInputEnded) != 0) {
    input_ended_ = true;
    input_error_ = progress.error;
  }
  if ((status & kCloseNotify) != 0) {
    pending_ = {};
    close_notified_ = true;
    Tell(Report::Kind::kCloseNotify);
    return true;
  }
  if ((status & kSuspended) != 0) {
    suspended_ = true;
    watches_end_ = connected_;
    // What the peer is to see by now must not wait for the application.
    thread_->FlushOutput();
    Tell(Report::Kind::kQuestion, static_cast<uint32_t>(question));
    return true;
  }
  return more_ || kick_ || input_ended_ || !pending_.empty() || !socket_->exhausted();
}

// JavaScript may refuse a renegotiation that the peer begins. The peer then gets nothing of it, as
// on the event loop, where the connection ends with the crossing: an answer would bring more
// of the peer's, and closing a socket that has something unread resets the connection.
void IoConnection::Hold(Span ciphertext) {
  thread_->FlushOutput();
  held_ = true;
  unsent_.insert(unsent_.end(), ciphertext.data, ciphertext.data + ciphertext.size);
}

void IoConnection::Receive() {
  if (input_ended_ || pending_.size() >= kMostPending) return;
  const ptrdiff_t size = socket_->Receive(thread_->scratch(), IoThread::kScratchSize);
  if (size == -EAGAIN) return;
  if (size <= 0) {
    input_ended_ = true;
    input_error_ = static_cast<int>(-size);
    return;
  }
  received.store(received.load(std::memory_order_relaxed) + static_cast<uint64_t>(size),
                 std::memory_order_relaxed);
  pending_.insert(pending_.end(), thread_->scratch(), thread_->scratch() + size);
}

}  // namespace ownssl

#endif
