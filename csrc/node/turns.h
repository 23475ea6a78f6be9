// How the event loop calls into a connection: one delivery to the application for each call.
//
// Ticks and microtasks run when the outermost callback scope closes, so JavaScript alone can not
// make room for them between two events. A Turn calls its owner by napi_make_callback(), with
// nothing of JavaScript on the stack and in the connection's own async context, again and again
// while the owner says that there is more, within a bound that leaves other connections their
// share.
#pragma once

#include <napi.h>

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <vector>

namespace ownssl {

class TurnQueue;

// The owner answers by one of these. They are part of the boundary (lib/native/boundary.ts).
enum class Next : int { kNothing = 0, kAgain = 1, kLater = 2, kBare = 3 };

class Turn : public Napi::ObjectWrap<Turn> {
 public:
  static Napi::Function Define(Napi::Env env, TurnQueue* queue);
  // Returns null if `value` is no Turn.
  static Turn* From(const Napi::Value& value);

  explicit Turn(const Napi::CallbackInfo& info);
  ~Turn() override { Close(); }

  // Only the event loop may call this, with no JavaScript on the stack. It calls `function` on
  // `receiver` in the connection's context. An exception is an uncaught one, as of any callback of
  // the event loop, and the owner gets a turn later, to go on where it was.
  Napi::Value Call(napi_value receiver, const Napi::FunctionReference& function,
                   std::initializer_list<napi_value> arguments);
  // Calls it soon, in the same way, also if there are no more deliveries.
  void CallSoon(Napi::Function callback);
  // Keeps the connection's context, whatever is closed meanwhile, for a CallLast() that follows.
  void Expect() { ++expected_; }
  // Calls what was expected, now.
  void CallLast(const Napi::FunctionReference& function);
  // Does what such a function has answered: the owner makes its next deliveries, as many as one
  // turn allows, now or later.
  void GoOn(const Napi::Value& next);

 private:
  friend class TurnQueue;
  using Info = const Napi::CallbackInfo&;

  void Schedule(Info info);
  void Renew(Info info);
  void BelongTo(napi_value resource);
  void Call(Info info);
  void JsClose(Info info);
  void Close();
  // Calls what is to be called, and then makes deliveries.
  void Deliver(int* left);
  // Makes deliveries only. What one of them wants to be called comes behind them: the end of what
  // was sent is told after that of what was received with it, as libuv does.
  void Repeat(int* left);
  void CallOnResource(const Napi::FunctionReference& function);
  // Whether the owner is to be called again at once.
  bool Again(Napi::Value next, int left);
  Napi::Value CallBare(napi_value owner);
  void Wait(bool later);

  std::shared_ptr<TurnQueue> queue_;
  // The reference is strong only while the turn waits in the queue, because a socket that everybody
  // forgot may be collected.
  Napi::ObjectReference owner_;
  napi_async_context context_ = nullptr;
  std::vector<Napi::FunctionReference> calls_;  // In the order in which they are to be called.
  int expected_ = 0;                            // Counts the calls that are still to come.
  bool closed_ = false;                         // There are no more deliveries.
  bool over_ = false;                           // There are no more calls either.
  bool waiting_ = false;
  size_t round_ = 0;  // These belong to the queue: how many deliveries are left in it.
  int left_ = 0;
};

// Exports `Turn` and `takeTurns`; there is nothing where libuv's headers, or its loop, are missing.
void ExportTurns(Napi::Env env, Napi::Object exports);

}  // namespace ownssl
