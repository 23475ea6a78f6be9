// A fiber is a call stack of its own, on which an OpenSSL call can be left half done.
//
// OpenSSL asks the application from deep inside SSL_do_handshake() (PSK, verification, …) and wants
// the answer at once. Run on a fiber, the callback suspends instead: control returns to the event
// loop with the OpenSSL frames intact, and Resume() continues inside the callback.
//
// OpenSSL's own ASYNC_JOB does the same on a 32 KiB stack from the heap, with no guard page: too
// little for a key in a PKCS#11 module, and an overflow would corrupt memory. Here the stack is
// larger, guarded, committed by the kernel page by page, and known to the sanitizers.
//
// A suspended fiber may go on in another thread than the one it was suspended in. Whoever suspends
// must not keep the address of anything thread-local across it; OpenSSL reaches its own (the error
// queue, the random generators) by calls, each time anew, and holds no lock while it calls back.
#pragma once

#include <cstddef>
#include <memory>

namespace ownssl {

class Fiber {
 public:
  using Entry = void (*)(void* argument);

  // False where stacks can't be changed (a processor or system without code here): callbacks then
  // can't wait.
  static bool Available();

  // Fibers that have ended are kept for the next, a few for the process: a handshake may end in
  // another thread than it began in.
  static std::unique_ptr<Fiber> Take();
  static void Return(std::unique_ptr<Fiber> fiber);

  Fiber();
  ~Fiber();  // It must not be suspended any more, because nobody could unwind the frames on it.
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // Runs `entry` until it returns or suspends. False where no stack can be had.
  bool Start(Entry entry, void* argument);
  void Resume();

  // Called on the fiber: returns to the caller of Start() or Resume().
  void Suspend();

  bool suspended() const { return suspended_; }
  bool running() const { return running_; }

 private:
  struct Impl;
  void Switch();

  std::unique_ptr<Impl> impl_;
  bool suspended_ = false;
  bool running_ = false;
};

}  // namespace ownssl
