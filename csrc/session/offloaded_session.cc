#include "offloaded_session.h"

#include <algorithm>
#include <utility>

#include "../base/counters.h"

namespace ownssl {
namespace {

// This is room for what one call of OpenSSL writes; a longer flight takes several calls.
constexpr size_t kRoom = size_t{16} * 1024;

uint64_t Nanoseconds(std::chrono::nanoseconds time) { return static_cast<uint64_t>(time.count()); }

}  // namespace

OffloadedSession::OffloadedSession(std::unique_ptr<Session> session)
    : session_(std::move(session)) {}

OffloadedSession::User::User(OffloadedSession* steps) : session_(steps->session_.get()) {
  if (steps->shared_ || steps->state_ == State::kUnderWay)
    lock_ = std::unique_lock<std::mutex>(steps->mutex_);
}

void OffloadedSession::SetOffload(Offload* offload, std::shared_ptr<Listener> listener) {
  offload_ = offload;
  listener_ = std::move(listener);
  session_->AllowOffload();
}

uint32_t OffloadedSession::Pump(Span input, Room plaintext, Room output,
                                Session::Progress* progress) {
  switch (state_.load()) {
    case State::kUnderWay:
      return kOffloaded;
    case State::kDone:
      return Collect(output, progress);
    case State::kNone:
      break;
  }
  if (session_->costly() && !session_->waiting() && Begin(input)) {
    return kOffloaded;
  }
  return RunHere(input, plaintext, output, progress);
}

uint32_t OffloadedSession::RunHere(Span input, Room plaintext, Room output,
                                   Session::Progress* progress) {
  const uint32_t status = session_->Pump(input, plaintext, output, progress);
  if ((status & kOffloaded) == 0) return status;
  const Span rest{input.data + progress->consumed, input.size - progress->consumed};
  // What was written so far is handed over at once. A suspended session has no use for the input.
  if (Begin({})) return status;
  Session::Progress more;
  const Room room{output.data + progress->output, output.size - progress->output};
  const uint32_t now = session_->Pump(rest, plaintext, room, &more);
  progress->consumed += more.consumed;
  progress->output += more.output;
  progress->plaintext += more.plaintext;
  return now | (status & ~uint32_t{kOffloaded});
}

bool OffloadedSession::Begin(Span input) {
  if (offload_ == nullptr) return false;
  input_.assign(input.data, input.data + input.size);
  submitted_ = std::chrono::steady_clock::now();
  state_ = State::kUnderWay;
  if (offload_->Submit(shared_from_this())) return true;
  state_ = State::kNone;
  counters.refused_steps.Add();
  return false;
}

void OffloadedSession::Run() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (closed_) return;
    step_ = DoCostlyStep({input_.data(), input_.size()}, submitted_);
    state_ = State::kDone;
  }
  if (!closed_) listener_->OnStep(shared_from_this());
}

OffloadedSession::Step OffloadedSession::DoCostlyStep(
    Span input, std::chrono::steady_clock::time_point submitted) {
  const auto started = std::chrono::steady_clock::now();
  const std::chrono::nanoseconds queued = started - submitted;
  session_->times().queued += queued;
  ++session_->times().steps;
  const Session::ContextLocks locks = session_->LockContexts();
  static thread_local uint8_t room[kRoom];
  Step step;
  do {
    Session::Progress part;
    const Span rest{input.data + step.consumed, input.size - step.consumed};
    step.status = (step.status & ~uint32_t{kOutputFull | kOffloaded}) |
                  session_->Pump(rest, {}, {room, kRoom}, &part);
    step.consumed += part.consumed;
    step.output.insert(step.output.end(), room, room + part.output);
  } while ((step.status & (kOutputFull | kOffloaded)) != 0);
  counters.steps.Add();
  counters.queued_ns.Add(Nanoseconds(queued));
  counters.longest_queued_ns.Raise(Nanoseconds(queued));
  counters.worked_ns.Add(Nanoseconds(std::chrono::steady_clock::now() - started));
  return step;
}

uint32_t OffloadedSession::Collect(Room output, Session::Progress* progress) {
  // The thread may not have let go yet; it is about to.
  const std::lock_guard<std::mutex> lock(mutex_);
  const size_t size = std::min(step_.output.size() - output_done_, output.size);
  std::copy_n(step_.output.data() + output_done_, size, output.data);
  output_done_ += size;
  progress->output = size;
  if (output_done_ < step_.output.size()) return kOutputFull;
  progress->consumed = step_.consumed;
  const uint32_t status = step_.status;
  step_ = {};
  output_done_ = 0;
  input_ = {};
  state_ = State::kNone;
  return status;
}

bool OffloadedSession::Close() {
  closed_ = true;
  if (shared_) return false;
  if (state_ == State::kUnderWay && !offload_->TakeBack(this)) {
    // The step runs, or is about to. The thread has the last reference, and the session ends with
    // it.
    return false;
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  session_.reset();
  return true;
}

}  // namespace ownssl
