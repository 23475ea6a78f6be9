// DANE, as lib/handshake/dane.ts sees it.

#include "session_object.h"
#include "values.h"

namespace ownssl {

// enableDane(domain, nameChecks): throws if OpenSSL refuses.
void SessionObject::EnableDane(Info info) {
  if (!session(info)->EnableDane(info[0].ToString(), info[1].ToBoolean())) {
    ThrowOpenSSL(info.Env(), "Could not enable DANE");
  }
}

// addTlsa(usage, selector, mtype, data): whether the record can be used.
Napi::Value SessionObject::AddTlsa(Info info) {
  const auto number = [&info](size_t i) {
    return static_cast<uint8_t>(info[i].ToNumber().Uint32Value());
  };
  const bool usable = session(info)->AddTlsa(number(0), number(1), number(2), ToSpan(info[3]));
  return Napi::Boolean::New(info.Env(), usable);
}

// getDaneMatch(): null if no record has verified the server.
Napi::Value SessionObject::GetDaneMatch(Info info) {
  const Napi::Env env = info.Env();
  const std::optional<DaneMatch> match = session(info)->MatchedTlsa();
  if (!match) return env.Null();
  Napi::Object object = Napi::Object::New(env);
  object.Set("usage", match->usage);
  object.Set("selector", match->selector);
  object.Set("mtype", match->type);
  object.Set("depth", match->depth);
  return object;
}

}  // namespace ownssl
