// The ticket keys and the sessions of a server's SecureContext, as lib/ sees them.

#include <utility>
#include <vector>

#include "secure_context_object.h"
#include "values.h"

namespace ownssl {

namespace {

std::vector<TicketKey> ToRing(const Napi::Value& value) {
  std::vector<TicketKey> ring;
  const Napi::Array list = value.As<Napi::Array>();
  for (uint32_t i = 0; i < list.Length(); ++i) {
    const Span key = ToSpan(list.Get(i));
    if (TicketKey::IsSize(key.size)) ring.emplace_back(Secret(key.data, key.size));
  }
  return ring;
}

}  // namespace

// setTicketKeys(keys) takes one key, or a list of them, the newest first; lib/ has checked their
// sizes.
void SecureContextObject::SetTicketKeys(Info info) {
  if (!info[0].IsArray()) {
    own(info).ticket_keys().Set(ToSpan(info[0]));
    return;
  }
  own(info).ticket_keys().Set(ToRing(info[0]));
}

// getTicketKeys() returns the newest.
Napi::Value SecureContextObject::GetTicketKeys(Info info) {
  const TicketKey key = own(info).ticket_keys().Newest();
  return ToBuffer(info.Env(), key.bytes().data, key.bytes().size);
}

// getTicketKeyRing() returns all of them, the newest first.
Napi::Value SecureContextObject::GetTicketKeyRing(Info info) {
  const std::vector<TicketKey> ring = own(info).ticket_keys().ring();
  Napi::Array list = Napi::Array::New(info.Env(), ring.size());
  for (uint32_t i = 0; i < ring.size(); ++i) {
    list.Set(i, ToBuffer(info.Env(), ring[i].bytes().data, ring[i].bytes().size));
  }
  return list;
}

// rotateTicketKeys(every, keep, group) lets them change by themselves; times are in milliseconds.
// With a group the keys are those of the process's contexts of that group.
void SecureContextObject::RotateTicketKeys(Info info) {
  if (info[2].IsString()) {
    std::vector<TicketKey> before = own(info).ticket_keys().ring();
    std::shared_ptr<TicketKeys> shared = TicketKeys::OfGroup(info[2].ToString());
    if (!shared->rotation()) shared->Set(std::move(before));
    change(info)->ShareTicketKeys(std::move(shared));
  }
  if (!own(info).ticket_keys().Rotate(info[0].ToNumber().Int64Value(), info[1].ToNumber())) {
    ThrowOpenSSL(info.Env(), "Could not make ticket keys");
  }
}

// followTicketKeys({ start, every, keep, step, state }, older) takes what getTicketRotation()
// gives. It throws for what is no such thing.
void SecureContextObject::FollowTicketKeys(Info info) {
  const auto given = info[0].As<Napi::Object>();
  const auto number = [&given](const char* name) {
    return given.Get(name).ToNumber().Int64Value();
  };
  const Span state = ToSpan(given.Get("state"));
  TicketRotation rotation{number("start"), number("every"), static_cast<uint32_t>(number("keep")),
                          number("step"), Secret(state.data, state.size)};
  if (own(info).ticket_keys().Follow(std::move(rotation), ToRing(info[1]))) return;
  throw Napi::TypeError::New(info.Env(), "Not the rotation of ticket keys");
}

// getTicketRotation() returns undefined if there is none.
Napi::Value SecureContextObject::GetTicketRotation(Info info) {
  const Napi::Env env = info.Env();
  const std::optional<TicketRotation> rotation = own(info).ticket_keys().rotation();
  if (!rotation) return env.Undefined();
  Napi::Object object = Napi::Object::New(env);
  object.Set("start", static_cast<double>(rotation->start));
  object.Set("every", static_cast<double>(rotation->every));
  object.Set("keep", rotation->keep);
  object.Set("step", static_cast<double>(rotation->step));
  object.Set("state", ToBuffer(env, rotation->state.data(), rotation->state.size()));
  return object;
}

// shareTicketKeys(other) makes the keys those of the other context from now on.
void SecureContextObject::ShareTicketKeys(Info info) {
  const std::shared_ptr<SecureContext> other = FromOwn(info[0]);
  if (!other) throw Napi::TypeError::New(info.Env(), "Expected a SecureContext");
  change(info)->ShareTicketKeysOf(*other);
}

void SecureContextObject::KeepSingleUseSessions(Info info) {
  if (own(info).single_use_sessions() != nullptr) return;
  change(info)->KeepSingleUseSessions();
}

}  // namespace ownssl
