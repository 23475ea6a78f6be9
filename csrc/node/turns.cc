#include "turns.h"

#if __has_include(<uv.h>)

#include <uv.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "from_loop.h"

namespace ownssl {
namespace {

constexpr napi_type_tag kTag = {0x6f776e73736c5f74, 0x21c7a90be35d4f68};

// One connection makes so many deliveries before others get their turn.
constexpr int kDeliveriesPerTurn = 8;

}  // namespace

// The queue of an environment (a thread of Node) has the connections with something to deliver that
// no descriptor asks for. It is worked off once in each turn of the event loop, after the
// descriptors and before what setImmediate() has planned.
class TurnQueue : public std::enable_shared_from_this<TurnQueue> {
 public:
  // Has to be called once, before there is a Turn.
  void Begin(Napi::Env env, Napi::Function onturn) {
    uv_loop_t* loop = nullptr;
    if (self_ || napi_get_uv_event_loop(env, &loop) != napi_ok) return;
    self_ = shared_from_this();
    onturn_ = Napi::Persistent(onturn);
    uv_check_init(loop, &check_);
    uv_idle_init(loop, &idle_);
    check_.data = idle_.data = this;
    napi_add_async_cleanup_hook(env, &TurnQueue::End, this, &cleanup_);
  }
  const Napi::FunctionReference& onturn() const { return onturn_; }

  // `later` is the turn of the loop after the next time that the queue is worked off, also for who
  // asks while descriptors are polled: what setImmediate() has planned comes in between.
  void Add(Turn* turn, bool later) {
    (later ? later_ : waiting_).push_back(turn);
    if (draining_ || uv_is_active(reinterpret_cast<uv_handle_t*>(&check_)) != 0) return;
    const auto drain = [](uv_check_t* handle) { static_cast<TurnQueue*>(handle->data)->Drain(); };
    uv_check_start(&check_, drain);
    // While it is active the loop does not wait for descriptors.
    uv_idle_start(&idle_, [](uv_idle_t*) {});
  }

  void Remove(const Turn* turn) {
    for (std::deque<Turn*>* queue : {&waiting_, &later_}) {
      queue->erase(std::remove(queue->begin(), queue->end(), turn), queue->end());
    }
  }

  // Says whether there are turns: there are none before Begin(), and when the thread ends.
  bool open() const { return self_ != nullptr && !ending_; }

 private:
  void Drain() {
    draining_ = true;
    ++round_;
    while (!waiting_.empty()) {
      Turn* turn = waiting_.front();
      waiting_.pop_front();
      if (turn->round_ != round_) {
        turn->round_ = round_;
        turn->left_ = kDeliveriesPerTurn;
      }
      if (turn->left_ == 0) {
        later_.push_back(turn);
        continue;
      }
      const Napi::HandleScope scope(turn->Env());
      turn->waiting_ = false;
      FromLoop([turn] {
        [[maybe_unused]] const Napi::Object owner = turn->owner_.Value();
        turn->owner_.Unref();
        turn->Deliver(&turn->left_);
      });
    }
    draining_ = false;
    std::swap(waiting_, later_);
    if (!waiting_.empty() || ending_) return;
    uv_check_stop(&check_);
    uv_idle_stop(&idle_);
  }

  // Ends with the thread: libuv wants both handles closed, and their callbacks called, before the
  // loop goes.
  static void End(napi_async_cleanup_hook_handle, void* data) {
    auto* self = static_cast<TurnQueue*>(data);
    self->ending_ = true;
    self->onturn_.Reset();
    self->waiting_.clear();
    self->later_.clear();
    const auto closed = [](uv_handle_t* handle) {
      auto* queue = static_cast<TurnQueue*>(handle->data);
      if (++queue->closed_ < 2) return;
      napi_remove_async_cleanup_hook(queue->cleanup_);
      queue->self_.reset();
    };
    uv_close(reinterpret_cast<uv_handle_t*>(&self->check_), closed);
    uv_close(reinterpret_cast<uv_handle_t*>(&self->idle_), closed);
  }

  std::shared_ptr<TurnQueue> self_;  // It is held until libuv has let go of the handles.
  uv_check_t check_;
  uv_idle_t idle_;
  int closed_ = 0;
  napi_async_cleanup_hook_handle cleanup_ = nullptr;
  Napi::FunctionReference onturn_;
  std::deque<Turn*> waiting_;
  std::deque<Turn*> later_;
  size_t round_ = 0;
  bool draining_ = false;
  bool ending_ = false;
};

Napi::Function Turn::Define(Napi::Env env, TurnQueue* queue) {
  return DefineClass(env, "Turn",
                     {
                         InstanceMethod("schedule", &Turn::Schedule),
                         InstanceMethod("renew", &Turn::Renew),
                         InstanceMethod("call", &Turn::Call),
                         InstanceMethod("close", &Turn::JsClose),
                     },
                     queue);
}

Turn* Turn::From(const Napi::Value& value) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kTag)) return nullptr;
  return Unwrap(value.As<Napi::Object>());
}

Turn::Turn(const Napi::CallbackInfo& info)
    : ObjectWrap(info), queue_(static_cast<TurnQueue*>(info.Data())->shared_from_this()) {
  info.This().As<Napi::Object>().TypeTag(&kTag);
  if (!info[0].IsObject() || !queue_->open()) {
    throw Napi::TypeError::New(info.Env(), "There are no turns");
  }
  owner_ = Napi::Weak(info[0].As<Napi::Object>());
  // The resource is an object of its own: some versions of Node hold it strongly, and a connection
  // that everybody forgot would never be collected.
  BelongTo(Napi::Object::New(info.Env()));
}

// JavaScript calls renew(resource).
void Turn::Renew(Info info) { BelongTo(info[0]); }

// Async hooks see deliveries as those of `resource`, and AsyncLocalStorage gives what it gives here
// and now. The turn keeps it, since Node-API holds it weakly.
void Turn::BelongTo(napi_value resource) {
  Value().Set("resource", resource);
  if (context_ != nullptr) napi_async_destroy(Env(), std::exchange(context_, nullptr));
  napi_async_init(Env(), resource, Napi::String::New(Env(), "OWNSSL"), &context_);
}

// schedule() gets the owner a turn soon.
void Turn::Schedule(Info) { Wait(false); }

void Turn::Wait(bool later) {
  if (waiting_ || over_ || !queue_->open()) return;
  waiting_ = true;
  owner_.Ref();
  queue_->Add(this, later);
}

// call(callback): it is called soon, in the same way, also if there are no more deliveries.
void Turn::Call(Info info) { CallSoon(info[0].As<Napi::Function>()); }

void Turn::CallSoon(Napi::Function callback) {
  calls_.push_back(Napi::Persistent(callback));
  over_ = false;
  Wait(false);
}

// close() ends the deliveries. What is called until the next turn is still called in the
// connection's context, and what is expected, such as the callback of closing its socket, too. Then
// the context goes, which may hold what the connection is held by.
void Turn::JsClose(Info) {
  closed_ = true;
  if (expected_ > 0) return;
  if (queue_->open()) {
    Wait(false);
  } else {
    Close();
  }
}

void Turn::Close() {
  closed_ = true;
  over_ = calls_.empty() && expected_ == 0;
  if (expected_ == 0 && context_ != nullptr)
    napi_async_destroy(Env(), std::exchange(context_, nullptr));
  if (!waiting_) return;
  waiting_ = false;
  queue_->Remove(this);
  if (queue_->open()) owner_.Unref();
}

void Turn::GoOn(const Napi::Value& next) {
  int left = kDeliveriesPerTurn - 1;
  if (Again(next, left)) Repeat(&left);
}

void Turn::Deliver(int* left) {
  [[maybe_unused]] const Napi::Object held = Value();
  while (!calls_.empty()) {
    for (const Napi::FunctionReference& function : std::exchange(calls_, {})) {
      if (queue_->open()) CallOnResource(function);
    }
  }
  if (closed_) Close();
  Repeat(left);
}

void Turn::Repeat(int* left) {
  [[maybe_unused]] const Napi::Object held = Value();
  const Napi::Value owner = owner_.Value();
  do {
    if (closed_ || !queue_->open() || !owner.IsObject()) return;
    --*left;
  } while (Again(Call(owner, queue_->onturn(), {}), *left));
}

void Turn::CallLast(const Napi::FunctionReference& function) {
  [[maybe_unused]] const Napi::Object held = Value();
  if (queue_->open()) CallOnResource(function);
  if (--expected_ == 0 && closed_) Close();
}

// Node takes the context of the receiver, if the connection has none any more.
void Turn::CallOnResource(const Napi::FunctionReference& function) {
  Call(context_ == nullptr ? Value().Get("resource") : Value(), function, {});
}

bool Turn::Again(Napi::Value next, int left) {
  const auto is_bare = [&next] {
    return next.IsNumber() && next.As<Napi::Number>().Int32Value() == static_cast<int>(Next::kBare);
  };
  while (is_bare()) {
    const Napi::Value owner = owner_.Value();
    if (context_ == nullptr || !queue_->open() || !owner.IsObject()) return false;
    next = CallBare(owner);
    if (is_bare() && --left <= 0) {
      Wait(true);
      return false;
    }
  }
  if (!next.IsNumber()) return false;  // The function threw.
  const int32_t value = next.As<Napi::Number>().Int32Value();
  if (value == static_cast<int>(Next::kAgain) && left > 0) return true;
  if (value != static_cast<int>(Next::kNothing)) Wait(value == static_cast<int>(Next::kLater));
  return false;
}

Napi::Value Turn::Call(napi_value receiver, const Napi::FunctionReference& function,
                       std::initializer_list<napi_value> arguments) {
  napi_env env = Env();
  napi_value result = nullptr;
  const napi_status status =
      napi_make_callback(env, context_, receiver, function.Value(), arguments.size(),
                         arguments.size() == 0 ? nullptr : arguments.begin(), &result);
  if (status == napi_ok) return {env, result};
  Wait(true);
  napi_value error = nullptr;
  if (status == napi_pending_exception &&
      napi_get_and_clear_last_exception(env, &error) == napi_ok) {
    napi_fatal_exception(env, error);
  }
  return {};
}

// Calls an owner whose listener is C++ of Node, without a callback scope: inside of one, no ticks
// would run between the callbacks that it makes. They run after it, if it makes none.
Napi::Value Turn::CallBare(napi_value owner) {
  napi_env env = Env();
  napi_value bare = nullptr;
  napi_value result = nullptr;
  napi_get_boolean(env, true, &bare);
  const napi_status status =
      napi_call_function(env, owner, queue_->onturn().Value(), 1, &bare, &result);
  napi_value error = nullptr;
  if (status == napi_pending_exception) napi_get_and_clear_last_exception(env, &error);
  napi_callback_scope scope = nullptr;
  if (context_ != nullptr && napi_open_callback_scope(env, owner, context_, &scope) == napi_ok) {
    napi_close_callback_scope(env, scope);
  }
  if (status == napi_ok) return {env, result};
  Wait(true);
  if (error != nullptr) napi_fatal_exception(env, error);
  return {};
}

void ExportTurns(Napi::Env env, Napi::Object exports) {
  uv_loop_t* loop = nullptr;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return;
  const auto queue = std::make_shared<TurnQueue>();
  exports.Set("Turn", Turn::Define(env, queue.get()));
  // takeTurns(onturn) has to be called once. `onturn` is called on the owner of each Turn that is
  // due, and returns a Next.
  exports.Set("takeTurns", Napi::Function::New(env, [queue](const Napi::CallbackInfo& info) {
                queue->Begin(info.Env(), info[0].As<Napi::Function>());
              }));
}

}  // namespace ownssl

#else

namespace ownssl {

void ExportTurns(Napi::Env, Napi::Object) {}

}  // namespace ownssl

#endif
