// Says where the crossings of one session run: on the caller's thread, or, if they are the costly
// parts of its handshake, in a thread of Offload.
//
// While such a step waits or runs, Pump() returns kOffloaded and nothing else. Listener::OnStep()
// says that it has ended; what came of it is the result of the next Pump(), just as if that one had
// done the work. Everything else that wants the session goes through Use(), which waits for a step
// that is running and keeps one that is not from beginning.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "../base/span.h"
#include "../fiber/offload.h"
#include "session.h"

namespace ownssl {

class OffloadedSession : public Offload::Task,
                         public std::enable_shared_from_this<OffloadedSession> {
 public:
  class Listener {
   public:
    virtual ~Listener() = default;
    // Is called in the thread, once for each step.
    virtual void OnStep(std::shared_ptr<OffloadedSession> steps) = 0;
  };

  explicit OffloadedSession(std::unique_ptr<Session> session);

  // Lets costly parts run in threads from now on. It must not be called while a step is under way.
  void SetOffload(Offload* offload, std::shared_ptr<Listener> listener);

  // From now on another thread has the session, too: each use locks it, and Close() leaves it to
  // whoever lets go of it last. This must not be called while a step is under way.
  void Share() { shared_ = true; }
  // That thread has let go of it.
  void Unshare() { shared_ = false; }

  // Handshakes that are over in that thread, of which the application has not heard. The thread
  // counts them while it has the session; no other begins before.
  void AddUnheard() { ++unheard_; }
  void Heard() { --unheard_; }
  bool unheard() const { return unheard_ > 0; }

  // Session::Pump(). While kOffloaded, `input` is the same the next time, or longer.
  uint32_t Pump(Span input, Room plaintext, Room output, Session::Progress* progress);

  // A costly step of a handshake, done to where it needs the peer or the application.
  struct Step {
    uint32_t status = 0;  // Of Session::Pump().
    size_t consumed = 0;
    std::vector<uint8_t> output;
  };
  // Does one in this thread. The caller has locked the session, and says since when it has waited.
  Step DoCostlyStep(Span input, std::chrono::steady_clock::time_point submitted);

  class User {
   public:
    Session* operator->() const { return session_; }
    Session& operator*() const { return *session_; }

   private:
    friend class OffloadedSession;
    explicit User(OffloadedSession* steps);
    std::unique_lock<std::mutex> lock_;
    Session* session_;
  };
  User Use() { return User(this); }

  // Ends the session, at once or when the step that is running has ended. Nothing else may be
  // called after it. True if it was at once.
  bool Close();

 private:
  enum class State { kNone, kUnderWay, kDone };

  void Run() override;
  uint32_t RunHere(Span input, Room plaintext, Room output, Session::Progress* progress);
  bool Begin(Span input);
  uint32_t Collect(Room output, Session::Progress* progress);

  // Guards everything below while a step is under way, or the session is shared.
  std::mutex mutex_;
  std::unique_ptr<Session> session_;
  std::vector<uint8_t> input_;
  std::chrono::steady_clock::time_point submitted_;
  Step step_;
  size_t output_done_ = 0;

  std::atomic<State> state_{State::kNone};
  std::atomic<bool> closed_{false};
  std::atomic<bool> shared_{false};
  std::atomic<int> unheard_{0};
  Offload* offload_ = nullptr;
  std::shared_ptr<Listener> listener_;
};

}  // namespace ownssl
