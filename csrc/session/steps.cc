// Runs OpenSSL on the fiber, where its callbacks may suspend.

#include <chrono>
#include <utility>

#include "session.h"

namespace ownssl {

void Session::WhenUnwound(std::function<void()> change) {
  if (fiber_) {
    changes_.push_back(std::move(change));
  } else {
    change();
  }
}

void Session::RunStep(Step step) {
  const KeyUser::Scope scope(this);
  using Clock = std::chrono::steady_clock;
  const bool timed = (fiber_ ? step_ : step) == Step::kHandshake;
  const Clock::time_point started = timed ? Clock::now() : Clock::time_point{};
  if (fiber_) {
    // The errors of other connections may be in the queue, which is perhaps that of another thread.
    ClearErrorQueue();
    fiber_->Resume();
  } else {
    step_ = step;
    fiber_ = Fiber::Take();
    // Without a stack the step still runs, but a callback that has to ask is refused.
    if (!fiber_->Start(&Session::StepOnFiber, this)) StepOnFiber(this);
  }
  if (timed) times_.worked += Clock::now() - started;
  if (fiber_->suspended()) return;
  Fiber::Return(std::move(fiber_));
  for (const auto& change : std::exchange(changes_, {})) change();
}

void Session::StepOnFiber(void* self) {
  auto* session = static_cast<Session*>(self);
  SSL* ssl = session->ssl_.get();
  ClearErrorQueue();
  if (session->step_ == Step::kHandshake) {
    session->step_result_ =
        session->early_ ? session->HandshakeWithEarlyData() : ossl.SSL_do_handshake(ssl);
  } else {
    char byte = 0;
    size_t peeked = 0;
    session->step_result_ = ossl.SSL_peek_ex(ssl, &byte, 1, &peeked);
  }
  session->step_error_ =
      session->step_result_ == 1 ? SSL_ERROR_NONE : ossl.SSL_get_error(ssl, session->step_result_);
}

}  // namespace ownssl
