// One step of a handshake that takes long, such as a signature by an RSA key. A thread of Offload
// does it, since all other connections of the I/O thread would wait for it.
#pragma once

#include "available.h"
#if OWNSSL_IO_THREADS

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "../session/offloaded_session.h"

namespace ownssl {

class IoConnection;
class SlowSteps;

class SlowStep final : public Offload::Task, public std::enable_shared_from_this<SlowStep> {
 public:
  SlowStep(std::shared_ptr<OffloadedSession> steps, std::shared_ptr<SlowSteps> done,
           IoConnection* connection);

  // Null once that is closed. It is the I/O thread's alone.
  IoConnection* connection;

  // These are what came of it, for who takes it from SlowSteps.
  OffloadedSession::Step result;
  std::vector<Event> events;
  Question question = Question::kNone;

 private:
  void Run() override;

  const std::shared_ptr<OffloadedSession> steps_;
  const std::shared_ptr<SlowSteps> done_;
  const std::chrono::steady_clock::time_point submitted_ = std::chrono::steady_clock::now();
};

// Has the steps that are done, for one I/O thread. It outlives that thread where a step does.
class SlowSteps {
 public:
  // `wake` is called in any thread, until Close().
  explicit SlowSteps(std::function<void()> wake) : wake_(std::move(wake)) {}

  void Put(std::shared_ptr<SlowStep> step);
  std::vector<std::shared_ptr<SlowStep>> Take();
  // Nobody takes what is put in from now on.
  void Close();

 private:
  std::mutex mutex_;
  std::function<void()> wake_;
  std::vector<std::shared_ptr<SlowStep>> done_;
};

}  // namespace ownssl

#endif
