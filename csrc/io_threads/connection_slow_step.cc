// Hands a slow step of a handshake to another thread, and takes it back.

#include "connection.h"

#if OWNSSL_IO_THREADS

#include <utility>

#include "thread.h"

namespace ownssl {

bool IoConnection::BeginSlowStep(const Session& session) {
  if (thread_->load <= 1 || !session.has_slow_key()) return false;
  auto step = std::make_shared<SlowStep>(steps_, thread_->slow_steps(), this);
  if (!Offload::Shared().Submit(step)) return false;
  slow_step_ = std::move(step);
  return true;
}

void IoConnection::ForgetSlowStep() {
  if (!slow_step_) return;
  slow_step_->connection = nullptr;
  Offload::Shared().TakeBack(slow_step_.get());
  slow_step_.reset();
}

void IoConnection::OnSlowStep(const SlowStep& step) {
  slow_step_.reset();
  thread_->FlushOutput();
  Flush({step.result.output.data(), step.result.output.size()});
  Took(step.result.status, {}, step.events, step.question);
  socket_->Ready();
  Drive();
  WritePending();
}

}  // namespace ownssl

#endif
