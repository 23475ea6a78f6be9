// Threads for the costly steps of handshakes, so that the event loop has none of them.
//
// One queue, first come, first served, for all threads: a fiber may go on in any of them (fiber.h),
// so a step never waits behind a long one while another thread is idle. No task waits for
// JavaScript: a step that asks the application ends, and is submitted again when it was answered.
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
    virtual void Run() = 0;  // In one of the threads. Holds no lock of the queue.
  };

  // As many as there are cores, but no more than this.
  static constexpr size_t kMostThreads = 4;
  // Steps that wait, at most. What comes on top is for the submitter to do, and so slows it down.
  static constexpr size_t kMostQueued = 1024;
  static size_t DefaultThreads();

  // The process's. Its threads are joined at the exit, before OpenSSL may be cleaned up.
  static Offload& Shared();

  explicit Offload(size_t threads, size_t most_queued = kMostQueued);
  ~Offload();
  Offload(const Offload&) = delete;
  Offload& operator=(const Offload&) = delete;

  // Threads at most; more are not started from now on. 0: nothing is accepted any more.
  void SetThreads(size_t threads);
  size_t threads() const;  // Running.

  // Threads start with the first tasks. False where the task is not accepted: too many wait, or no
  // thread can be had.
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
