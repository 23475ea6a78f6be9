// Takes steps that have ended in threads to the JavaScript that waits for them. Each environment
// has one. Steps that end close together are told in one wake-up of the event loop.
#pragma once

#include <napi.h>

#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "../session/offloaded_session.h"

namespace ownssl {

class SessionObject;

class OffloadWakeup : public OffloadedSession::Listener,
                      public std::enable_shared_from_this<OffloadWakeup> {
 public:
  static std::shared_ptr<OffloadWakeup> Create(Napi::Env env);

  // `callback` is called with each Session whose step has ended.
  void Open(Napi::Function callback);
  // The loop and `object`, with the connection that it is of, are kept alive until the step has
  // ended.
  void Expect(const OffloadedSession* steps, SessionObject* object);
  void Forget(const OffloadedSession* steps);

  void OnStep(std::shared_ptr<OffloadedSession> steps) override;

 private:
  explicit OffloadWakeup(Napi::Env env) : env_(env) {}
  void Close();
  void Deliver(napi_env env);
  void CallBack(napi_env env, napi_value object);

  const Napi::Env env_;
  Napi::FunctionReference callback_;
  std::unordered_map<const OffloadedSession*, SessionObject*> expected_;

  std::mutex mutex_;  // Guards what follows.
  napi_threadsafe_function wake_ = nullptr;
  std::vector<std::shared_ptr<OffloadedSession>> ended_;
};

}  // namespace ownssl
