#include "slow_step.h"

#if OWNSSL_IO_THREADS

#include <utility>

namespace ownssl {

SlowStep::SlowStep(std::shared_ptr<OffloadedSession> steps, std::shared_ptr<SlowSteps> done,
                   IoConnection* connection_)
    : connection(connection_), steps_(std::move(steps)), done_(std::move(done)) {}

void SlowStep::Run() {
  {
    const OffloadedSession::User session = steps_->Use();
    result = steps_->DoCostlyStep({}, submitted_);
    if ((result.status & kEvents) != 0) events = session->TakeEvents();
    question = session->question();
  }
  done_->Put(shared_from_this());
}

void SlowSteps::Put(std::shared_ptr<SlowStep> step) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!wake_) return;
  done_.push_back(std::move(step));
  wake_();
}

std::vector<std::shared_ptr<SlowStep>> SlowSteps::Take() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return std::exchange(done_, {});
}

void SlowSteps::Close() {
  std::vector<std::shared_ptr<SlowStep>> dropped;  // Sessions may end with them, outside the lock.
  const std::lock_guard<std::mutex> lock(mutex_);
  wake_ = nullptr;
  dropped.swap(done_);
}

}  // namespace ownssl

#endif
