// Takes steps that have ended in threads to the JavaScript that waits for them. Each environment
// has one. Steps that end close together are told in one wake-up of the event loop.
#pragma once

#include <napi.h>

#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "../session/steps.h"

namespace ownssl {

class SessionObject;

class StepQueue : public SessionSteps::Listener, public std::enable_shared_from_this<StepQueue> {
 public:
  static std::shared_ptr<StepQueue> Create(Napi::Env env);

  // `callback` is called with each Session whose step has ended.
  void Open(Napi::Function callback);
  // The loop is kept alive until the step has ended; the caller keeps `object` alive.
  void Expect(const SessionSteps* steps, SessionObject* object);
  void Forget(const SessionSteps* steps);

  void OnStep(std::shared_ptr<SessionSteps> steps) override;

 private:
  explicit StepQueue(Napi::Env env) : env_(env) {}
  void Close();
  void Deliver(napi_env env);
  void CallBack(napi_env env, SessionObject* object);

  const Napi::Env env_;
  Napi::FunctionReference callback_;
  std::unordered_map<const SessionSteps*, SessionObject*> expected_;

  std::mutex mutex_;  // Guards what follows.
  napi_threadsafe_function wake_ = nullptr;
  std::vector<std::shared_ptr<SessionSteps>> ended_;
};

}  // namespace ownssl
