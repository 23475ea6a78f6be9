// Threads for the costly steps of handshakes, so that the event loop has none of them.
//
// All threads share one queue, first come, first served: a fiber may go on in any of them
// (fiber.h), so a step never waits behind a long one while another thread is idle. No task waits
// for JavaScript: a step that asks the application ends, and is submitted again when it was
// answered.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace ownssl {

class Offload {
 public:
  class Task {
   public:
    virtual ~Task() = default;
    virtual void Run() = 0;  // Is called in one of the threads, with no lock of the queue held.
  };

  // There are as many threads as cores, but no more than this.
  static constexpr size_t kMostThreads = 4;
  // So many steps may wait. Whoever submits one more has to do it itself, which slows it down.
  static constexpr size_t kMostQueued = 1024;
  static size_t DefaultThreads();

  // The queue of the process. Its threads are joined at the exit, before OpenSSL may be cleaned up.
  static Offload& Shared();

  explicit Offload(size_t threads, size_t most_queued = kMostQueued);
  ~Offload();
  Offload(const Offload&) = delete;
  Offload& operator=(const Offload&) = delete;

  // Limits the threads that are started from now on. With 0 nothing is accepted any more.
  void SetThreads(size_t threads);
  size_t threads() const;  // Those that run.
  size_t waiting() const;  // Tasks that no thread has taken yet.

  // Submits a task, for which a thread is started if there are fewer than may be. False where the
  // task is not accepted, because too many wait, or no thread can be had.
  bool Submit(std::shared_ptr<Task> task);
  // Takes a task back that has not begun; false where it has, or is not known.
  bool TakeBack(const Task* task);
  // Lets go of what waits, waits for what runs, and accepts nothing more.
  void Stop();

 private:
  void Work();

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::shared_ptr<Task>> queue_;
  std::vector<std::thread> threads_;
  size_t most_threads_;
  const size_t most_queued_;
  size_t idle_ = 0;
  bool stopping_ = false;
};

}  // namespace ownssl
