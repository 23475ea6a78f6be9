#include "offload.h"

#if defined(__linux__)
#include <sys/prctl.h>
#endif

#include <algorithm>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "../openssl/api.h"

namespace ownssl {

size_t Offload::DefaultThreads() {
  return std::clamp<size_t>(std::thread::hardware_concurrency(), 1, kMostThreads);
}

Offload& Offload::Shared() {
  // It is never destroyed, but stopped at the exit: Node's own OpenSSL is cleaned up by a handler
  // that was registered before ours, and so runs after it. In a DLL such a handler would run when
  // the system has ended all threads, under the loader's lock: there the program's exit event stops
  // them (lib/native/offload.ts).
  static Offload* shared = [] {
#ifndef _WIN32
    std::atexit([] { Shared().Stop(); });
#endif
    return new Offload(DefaultThreads());
  }();
  return *shared;
}

Offload::Offload(size_t threads, size_t most_queued)
    : most_threads_(threads), most_queued_(most_queued) {}

Offload::~Offload() { Stop(); }

void Offload::SetThreads(size_t threads) {
  std::lock_guard<std::mutex> lock(mutex_);
  most_threads_ = threads;
}

size_t Offload::threads() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return threads_.size();
}

size_t Offload::waiting() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return queue_.size();
}

bool Offload::Submit(std::shared_ptr<Task> task) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (stopping_ || most_threads_ == 0 || queue_.size() >= most_queued_) return false;
  if (idle_ <= queue_.size() && threads_.size() < most_threads_) {
    try {
      threads_.emplace_back([this] { Work(); });
    } catch (const std::system_error&) {
      if (threads_.empty()) return false;
    }
  }
  queue_.push_back(std::move(task));
  lock.unlock();
  wake_.notify_one();
  return true;
}

bool Offload::TakeBack(const Task* task) {
  std::shared_ptr<Task> taken;  // Its destructor may do much, so it runs outside the lock.
  std::lock_guard<std::mutex> lock(mutex_);
  const auto found = std::find_if(queue_.begin(), queue_.end(),
                                  [task](const auto& queued) { return queued.get() == task; });
  if (found == queue_.end()) return false;
  taken = std::move(*found);
  queue_.erase(found);
  return true;
}

void Offload::Stop() {
  std::deque<std::shared_ptr<Task>> dropped;
  std::vector<std::thread> threads;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    dropped.swap(queue_);
    threads.swap(threads_);
  }
  wake_.notify_all();
  dropped.clear();
  for (std::thread& thread : threads) thread.join();
}

void Offload::Work() {
#if defined(__linux__)
  prctl(PR_SET_NAME, "ownssl");  // Debuggers and ps show threads by this name.
#endif
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    ++idle_;
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    --idle_;
    if (stopping_) break;
    std::shared_ptr<Task> task = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    task->Run();
    task.reset();
    lock.lock();
  }
  lock.unlock();
  // This frees what OpenSSL keeps for each thread: the error queue, the random generators.
  if (ossl.OPENSSL_thread_stop != nullptr) ossl.OPENSSL_thread_stop();
}

}  // namespace ownssl
