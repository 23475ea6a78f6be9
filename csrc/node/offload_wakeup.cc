#include "offload_wakeup.h"

#include <utility>

#include "from_loop.h"
#include "session_object.h"

namespace ownssl {

std::shared_ptr<OffloadWakeup> OffloadWakeup::Create(Napi::Env env) {
  std::shared_ptr<OffloadWakeup> queue(new OffloadWakeup(env));
  env.AddCleanupHook([queue] { queue->Close(); });
  return queue;
}

void OffloadWakeup::Open(Napi::Function callback) {
  callback_ = Napi::Persistent(callback);
  if (wake_ != nullptr) return;
  const auto deliver = [](napi_env env, napi_value, void* self, void*) {
    if (env == nullptr) return;
    FromLoop([&] { (*static_cast<std::shared_ptr<OffloadWakeup>*>(self))->Deliver(env); });
  };
  const auto forget = [](napi_env, void* self, void*) {
    delete static_cast<std::shared_ptr<OffloadWakeup>*>(self);
  };
  auto* self = new std::shared_ptr<OffloadWakeup>(shared_from_this());
  const Napi::String name = Napi::String::New(env_, "ownssl handshakes");
  napi_threadsafe_function wake = nullptr;
  if (napi_create_threadsafe_function(env_, nullptr, nullptr, name, 0, 1, self, forget, self,
                                      deliver, &wake) != napi_ok) {
    delete self;
    throw Napi::Error::New(env_);
  }
  napi_unref_threadsafe_function(env_, wake);
  const std::lock_guard<std::mutex> lock(mutex_);
  wake_ = wake;
}

void OffloadWakeup::Close() {
  std::vector<std::shared_ptr<OffloadedSession>> dropped;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    dropped.swap(ended_);
    if (wake_ != nullptr) napi_release_threadsafe_function(wake_, napi_tsfn_abort);
    wake_ = nullptr;
  }
  expected_.clear();
  callback_.Reset();
}

void OffloadWakeup::Expect(const OffloadedSession* steps, SessionObject* object) {
  if (expected_.empty()) napi_ref_threadsafe_function(env_, wake_);
  // Nothing else may hold a connection over streams in memory, which the collector would take.
  if (expected_.emplace(steps, object).second) object->Ref();
}

void OffloadWakeup::Forget(const OffloadedSession* steps) {
  const auto found = expected_.find(steps);
  if (found == expected_.end()) return;
  found->second->Unref();
  expected_.erase(found);
  if (expected_.empty() && wake_ != nullptr) napi_unref_threadsafe_function(env_, wake_);
}

void OffloadWakeup::OnStep(std::shared_ptr<OffloadedSession> steps) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (wake_ == nullptr) return;  // The environment has ended, so nobody waits.
  ended_.push_back(std::move(steps));
  if (ended_.size() == 1) napi_call_threadsafe_function(wake_, nullptr, napi_tsfn_nonblocking);
}

void OffloadWakeup::Deliver(napi_env env) {
  std::vector<std::shared_ptr<OffloadedSession>> ended;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ended.swap(ended_);
  }
  for (const auto& steps : ended) {
    const auto found = expected_.find(steps.get());
    if (found == expected_.end()) continue;  // The session was destroyed meanwhile.
    const Napi::HandleScope scope(env);
    const napi_value object = found->second->Value();
    Forget(steps.get());
    CallBack(env, object);
  }
}

void OffloadWakeup::CallBack(napi_env env, napi_value object) {
  napi_value undefined = nullptr;
  napi_get_undefined(env, &undefined);
  if (napi_call_function(env, undefined, callback_.Value(), 1, &object, nullptr) == napi_ok) {
    return;
  }
  // An exception of a listener is an uncaught one, and no reason to keep others waiting. Nothing is
  // pending where the environment is being ended.
  napi_value exception = nullptr;
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (pending && napi_get_and_clear_last_exception(env, &exception) == napi_ok) {
    napi_fatal_exception(env, exception);
  }
}

}  // namespace ownssl
