#include "ocsp_objects.h"

#include "../session/ocsp.h"
#include "session_object.h"
#include "values.h"

namespace ownssl {

void CheckOcsp(const Napi::CallbackInfo& info) {
  if (Has(Feature::kOcsp)) return;
  throw MakeError(info.Env(), kFeatureUnavailable, UnavailableMessage(Feature::kOcsp));
}

Napi::Object ToObject(Napi::Env env, const OcspJudgement& judgement) {
  Napi::Object object = Napi::Object::New(env);
  const auto set_time = [&](const char* name, const std::optional<int64_t>& seconds) {
    if (seconds) object.Set(name, static_cast<double>(*seconds) * 1000);
  };
  object.Set("verdict", NameOf(judgement.verdict));
  object.Set("responseStatus", judgement.response_status);
  if (judgement.reason >= 0) object.Set("reason", judgement.reason);
  set_time("producedAt", judgement.produced_at);
  set_time("thisUpdate", judgement.this_update);
  set_time("nextUpdate", judgement.next_update);
  set_time("revokedAt", judgement.revoked_at);
  return object;
}

// getStapleStatus(): an OcspStatus.
Napi::Value SessionObject::GetStapleStatus(Info info) {
  CheckOcsp(info);
  const OffloadedSession::User session = this->session(info);
  Napi::Object object = ToObject(info.Env(), JudgeStaple(*session));
  object.Set("mustStaple", PeerWantsStaple(*session));
  return object;
}

}  // namespace ownssl
