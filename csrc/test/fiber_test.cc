#include "../fiber/fiber.h"

#include <functional>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>

#include "support.h"

namespace ownssl::test {
namespace {

// A fiber that runs any function object.
struct Running {
  explicit Running(std::function<void(Fiber&)> runs) : code(std::move(runs)) {}

  void Start() {
    REQUIRE(fiber->Start(
        [](void* self) {
          auto* running = static_cast<Running*>(self);
          running->code(*running->fiber);
        },
        this));
  }

  std::unique_ptr<Fiber> fiber = std::make_unique<Fiber>();
  std::function<void(Fiber&)> code;
};

// Needs `depth` KiB of stack, all of it written to, and reads it back on its return.
__attribute__((noinline)) int Deep(int depth, Fiber* fiber) {
  volatile char frame[1024];
  for (size_t i = 0; i < sizeof frame; ++i) frame[i] = static_cast<char>(depth);
  if (depth > 0) return Deep(depth - 1, fiber) + frame[depth % 1024] - static_cast<char>(depth);
  if (fiber != nullptr) fiber->Suspend();
  return 42 + frame[7];
}

}  // namespace

TEST_CASE("a fiber runs at once, and to its end") {
  int ran = 0;
  Running one([&](Fiber& fiber) {
    CHECK(fiber.running());
    ++ran;
  });
  one.Start();
  CHECK(ran == 1);
  CHECK(!one.fiber->running());
  CHECK(!one.fiber->suspended());
}

TEST_CASE("a fiber goes on where it was suspended, with its locals") {
  std::string trace;
  Running one([&](Fiber& fiber) {
    const std::string local(100, 'l');
    for (int i = 0; i < 3; ++i) {
      trace += std::to_string(i);
      fiber.Suspend();
      CHECK(local == std::string(100, 'l'));
    }
    trace += "end";
  });
  one.Start();
  for (int i = 0; i < 3; ++i) {
    CHECK(one.fiber->suspended());
    CHECK(!one.fiber->running());
    trace += '-';
    one.fiber->Resume();
  }
  CHECK(!one.fiber->suspended());
  CHECK(trace == "0-1-2-end");
}

TEST_CASE("a fiber can start again after its end") {
  int ran = 0;
  Running one([&](Fiber& fiber) {
    ++ran;
    if (ran % 2 == 0) fiber.Suspend();
  });
  for (int i = 0; i < 50; ++i) {
    one.Start();
    if (one.fiber->suspended()) one.fiber->Resume();
  }
  CHECK(ran == 50);
}

TEST_CASE("a fiber can run another, and each returns to its own caller") {
  std::string trace;
  Running inner([&](Fiber& fiber) {
    trace += 'i';
    fiber.Suspend();
    trace += 'j';
  });
  Running outer([&](Fiber& fiber) {
    trace += 'o';
    inner.Start();
    CHECK(fiber.running());
    CHECK(inner.fiber->suspended());
    trace += 'p';
    fiber.Suspend();
    trace += 'q';
  });
  outer.Start();
  trace += '-';
  inner.fiber->Resume();  // From another stack than the one that started it.
  trace += '-';
  outer.fiber->Resume();
  CHECK(trace == "oip-j-q");
}

TEST_CASE("many fibers are suspended at once and resumed in any order") {
  constexpr size_t kMany = 300;
  std::vector<std::unique_ptr<Running>> all;
  std::vector<size_t> steps(kMany, 0);
  for (size_t i = 0; i < kMany; ++i) {
    all.push_back(std::make_unique<Running>([&steps, i](Fiber& fiber) {
      volatile size_t mine = i;
      for (size_t k = 0; k <= mine % 5; ++k) {
        ++steps[i];
        fiber.Suspend();
      }
    }));
    all.back()->Start();
  }
  std::mt19937 random(3);
  for (size_t left = kMany; left > 0;) {
    Running& one = *all[random() % kMany];
    if (!one.fiber->suspended()) continue;
    one.fiber->Resume();
    if (!one.fiber->suspended()) --left;
  }
  for (size_t i = 0; i < kMany; ++i) CHECK(steps[i] == i % 5 + 1);
}

TEST_CASE("a fiber has a stack for deep calls, to be suspended at the bottom of") {
  int result = 0;
  Running one([&](Fiber& fiber) { result = Deep(200, &fiber); });
  one.Start();
  CHECK(one.fiber->suspended());
  CHECK(Deep(100, nullptr) == 42);  // Not on that stack.
  one.fiber->Resume();
  CHECK(result == 42);
}

TEST_CASE("exceptions stay on the fiber that catches them") {
  bool caught = false;
  Running one([&](Fiber& fiber) {
    try {
      fiber.Suspend();
      throw std::runtime_error("on the fiber");
    } catch (const std::runtime_error&) {
      caught = true;
      fiber.Suspend();
    }
  });
  one.Start();
  try {
    one.fiber->Resume();
    throw std::runtime_error("beside it");
  } catch (const std::runtime_error&) {
    CHECK(caught);
  }
  one.fiber->Resume();
  CHECK(!one.fiber->suspended());
}

TEST_CASE("fibers that have ended are taken again, a few of them") {
  std::unique_ptr<Fiber> first = Fiber::Take();
  const Fiber* address = first.get();
  Fiber::Return(std::move(first));
  std::unique_ptr<Fiber> second = Fiber::Take();
  CHECK(second.get() == address);

  std::vector<std::unique_ptr<Fiber>> many;
  int ran = 0;
  for (int i = 0; i < 100; ++i) {
    many.push_back(Fiber::Take());
    REQUIRE(many.back()->Start([](void* count) { ++*static_cast<int*>(count); }, &ran));
  }
  CHECK(ran == 100);
  for (auto& fiber : many) Fiber::Return(std::move(fiber));
  Fiber::Return(std::move(second));
  CHECK(Fiber::Take() != nullptr);
}

TEST_CASE("each thread has fibers of its own, and gives them back when it ends") {
  std::vector<std::thread> threads;
  std::vector<int> results(8, 0);
  for (int& result : results) {
    threads.emplace_back([&result] {
      for (int i = 0; i < 50; ++i) {
        std::unique_ptr<Fiber> fiber = Fiber::Take();
        struct Work {
          Fiber* fiber;
          int* result;
        } work{fiber.get(), &result};
        const bool started = fiber->Start(
            [](void* argument) {
              auto* self = static_cast<Work*>(argument);
              self->fiber->Suspend();
              *self->result += Deep(20, self->fiber) - 42 + 1;
            },
            &work);
        while (started && fiber->suspended()) fiber->Resume();
        Fiber::Return(std::move(fiber));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const int result : results) CHECK(result == 50);
}

}  // namespace ownssl::test
