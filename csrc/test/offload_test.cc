#include "../fiber/offload.h"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>
#include <thread>

#include "../fiber/fiber.h"
#include "support.h"

namespace ownssl::test {
namespace {

struct Job : Offload::Task {
  explicit Job(std::function<void()> runs) : code(std::move(runs)) {}
  void Run() override { code(); }
  std::function<void()> code;
};

std::shared_ptr<Job> MakeJob(std::function<void()> code) {
  return std::make_shared<Job>(std::move(code));
}

// Called anew each time: pthread_self() is a constant of a function to compilers.
__attribute__((noinline)) std::thread::id Here() {
  asm volatile("");
  return std::this_thread::get_id();
}

// Something that is awaited; outlives whoever waits for it.
class Signal {
 public:
  void Give() {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    state_->given = true;
    state_->wake.notify_all();
  }
  void Await() {
    const auto state = state_;
    std::unique_lock<std::mutex> lock(state->mutex);
    state->wake.wait(lock, [&] { return state->given; });
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable wake;
    bool given = false;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

// Keeps a thread busy until it is let go.
class Gate {
 public:
  std::shared_ptr<Job> Task() {
    return MakeJob([entered = entered_, open = open_]() mutable {
      entered.Give();
      open.Await();
    });
  }
  void AwaitEntry() { entered_.Await(); }
  void Open() { open_.Give(); }

 private:
  Signal entered_;
  Signal open_;
};

}  // namespace

TEST_CASE("tasks run in other threads, first come, first served") {
  Offload offload(1);
  CHECK(offload.threads() == 0);
  std::vector<int> order;
  std::set<std::thread::id> ids;
  Signal last;
  for (int i = 0; i < 20; ++i) {
    REQUIRE(offload.Submit(MakeJob([&, i] {
      order.push_back(i);
      ids.insert(std::this_thread::get_id());
      if (i == 19) last.Give();
    })));
  }
  last.Await();
  CHECK(offload.threads() == 1);
  CHECK(ids.size() == 1);
  CHECK(ids.count(std::this_thread::get_id()) == 0);
  for (int i = 0; i < 20; ++i) CHECK(order[static_cast<size_t>(i)] == i);
}

TEST_CASE("threads are started when they are needed, and no more than that") {
  Offload offload(3);
  for (int i = 0; i < 5; ++i) {
    Signal done;
    REQUIRE(offload.Submit(MakeJob([done]() mutable { done.Give(); })));
    done.Await();
  }
  CHECK(offload.threads() <= 3);
  Gate gates[3];
  for (Gate& gate : gates) REQUIRE(offload.Submit(gate.Task()));
  for (Gate& gate : gates) gate.AwaitEntry();  // All at the same time.
  CHECK(offload.threads() == 3);
  Signal done;
  REQUIRE(offload.Submit(MakeJob([done]() mutable { done.Give(); })));
  CHECK(offload.threads() == 3);
  // A task that waits does not wait for a certain thread.
  gates[1].Open();
  done.Await();
  gates[0].Open();
  gates[2].Open();
}

TEST_CASE("what is too much is not accepted") {
  Offload offload(1, 3);
  Gate gate;
  REQUIRE(offload.Submit(gate.Task()));
  gate.AwaitEntry();
  std::atomic<int> ran{0};
  for (int i = 0; i < 3; ++i) CHECK(offload.Submit(MakeJob([&] { ++ran; })));
  CHECK(!offload.Submit(MakeJob([&] { ran += 100; })));
  Signal done;
  auto last = MakeJob([done]() mutable { done.Give(); });
  gate.Open();
  while (!offload.Submit(last)) std::this_thread::yield();
  done.Await();
  CHECK(ran == 3);
  offload.SetThreads(0);
  CHECK(!offload.Submit(MakeJob([&] { ++ran; })));
}

TEST_CASE("a task that has not begun can be taken back") {
  Offload offload(1);
  Gate gate;
  auto running = gate.Task();
  REQUIRE(offload.Submit(running));
  gate.AwaitEntry();
  bool ran = false;
  auto task = MakeJob([&] { ran = true; });
  REQUIRE(offload.Submit(task));
  CHECK(task.use_count() == 2);
  CHECK(offload.TakeBack(task.get()));
  CHECK(task.use_count() == 1);
  CHECK(!offload.TakeBack(task.get()));
  CHECK(!offload.TakeBack(running.get()));
  gate.Open();
  offload.Stop();
  CHECK(!ran);
}

TEST_CASE("stopping waits for what runs and drops what waits") {
  Offload offload(2);
  std::atomic<int> ran{0};
  Gate gates[2];
  for (Gate& gate : gates) REQUIRE(offload.Submit(gate.Task()));
  for (Gate& gate : gates) gate.AwaitEntry();
  auto waits = MakeJob([&] { ++ran; });
  REQUIRE(offload.Submit(waits));
  std::thread stopper([&] { offload.Stop(); });
  while (waits.use_count() > 1) std::this_thread::yield();
  for (Gate& gate : gates) gate.Open();
  stopper.join();
  CHECK(ran == 0);
  CHECK(!offload.Submit(waits));
  offload.Stop();  // Again is fine.
}

TEST_CASE("a fiber goes on in other threads, and ends in one") {
  if (!Fiber::Available()) return;
  struct Traveller {
    std::unique_ptr<Fiber> fiber = Fiber::Take();
    std::vector<std::thread::id> seen;
  } traveller;
  const auto run = [](void* argument) {
    auto* self = static_cast<Traveller*>(argument);
    const std::string local(1000, 'x');
    for (int i = 0; i < 3; ++i) {
      self->seen.push_back(Here());
      // Errors are the thread's: none is carried along.
      CHECK(ossl.ERR_peek_error() == 0);
      ossl.ERR_new();
      ossl.ERR_set_error(ERR_LIB_USER, 100, nullptr);
      self->fiber->Suspend();
      CHECK(local == std::string(1000, 'x'));
    }
  };
  REQUIRE(traveller.fiber->Start(run, &traveller));
  ossl.ERR_clear_error();
  while (traveller.fiber->suspended()) {
    std::thread([&] {
      traveller.fiber->Resume();
      ossl.OPENSSL_thread_stop();
    }).join();
  }
  Fiber::Return(std::move(traveller.fiber));
  CHECK(traveller.seen.size() == 3);
  CHECK((traveller.seen[0] == std::this_thread::get_id()));
  CHECK((traveller.seen[1] != traveller.seen[0]));
}

}  // namespace ownssl::test
