// Tells what a suspended handshake asks, and takes the answers.

#include <utility>

#include "secure_context_object.h"
#include "session_object.h"
#include "values.h"

namespace ownssl {
namespace {

// { request, require }, or undefined.
std::optional<CertificateDemand> ToDemand(const Napi::Value& value) {
  if (!value.IsObject()) return std::nullopt;
  const Napi::Object demand = value.As<Napi::Object>();
  return CertificateDemand{demand.Get("request").ToBoolean(), demand.Get("require").ToBoolean()};
}

}  // namespace

Napi::Value SessionObject::GetQuestion(Info info) {
  return Napi::Number::New(info.Env(), static_cast<uint32_t>(session(info)->question()));
}

Napi::Value SessionObject::GetClientHello(Info info) {
  const Napi::Env env = info.Env();
  const ClientHello hello = session(info)->client_hello();
  Napi::Object object = Napi::Object::New(env);
  object.Set("servername", hello.servername);
  object.Set("alpn", ToBuffer(env, hello.alpn));
  object.Set("wantsOcsp", hello.wants_ocsp);
  return object;
}

Napi::Value SessionObject::GetClientHelloMessage(Info info) {
  const Napi::Env env = info.Env();
  const ClientHelloMessage message = session(info)->client_hello_message();
  if (message.bytes.empty()) return env.Null();
  Napi::Object object = Napi::Object::New(env);
  object.Set("bytes", ToBuffer(env, message.bytes));
  object.Set("sslv2", message.sslv2);
  return object;
}

Napi::Value SessionObject::GetSessionId(Info info) {
  return ToBuffer(info.Env(), session(info)->session_id());
}

Napi::Value SessionObject::GetPskHint(Info info) {
  const std::optional<std::string> hint = session(info)->psk_hint();
  if (!hint) return info.Env().Null();
  return Napi::String::New(info.Env(), *hint);
}

Napi::Value SessionObject::GetPskIdentity(Info info) {
  const std::string identity = session(info)->psk_identity();
  const Napi::String text = Napi::String::New(info.Env(), identity);
  // V8 puts other characters in place of what is not UTF-8.
  if (text.Utf8Value() != identity) return info.Env().Undefined();
  return text;
}

Napi::Value SessionObject::GetNewSession(Info info) {
  const Napi::Env env = info.Env();
  const Event event = session(info)->new_session();
  Napi::Object object = Napi::Object::New(env);
  object.Set("id", ToBuffer(env, event.id));
  object.Set("data", ToBuffer(env, event.data.data(), event.data.size()));
  return object;
}

Napi::Value SessionObject::GetOcspResponse(Info info) {
  const std::vector<uint8_t> response = session(info)->ocsp_response();
  if (response.empty()) return info.Env().Null();
  return ToBuffer(info.Env(), response);
}

void SessionObject::AnswerOcsp(Info info) { session(info)->AnswerOcsp(); }

void SessionObject::AnswerClientHello(Info info) {
  std::optional<std::string> alpn;
  if (info[0].IsString()) alpn = info[0].As<Napi::String>().Utf8Value();
  ConnectionChoice choice;
  if (info[1].IsObject()) {
    const Napi::Object chosen = info[1].As<Napi::Object>();
    const Napi::Value context = chosen.Get("context");
    if (!context.IsUndefined()) {
      choice.context = SecureContextObject::From(context);
      if (!choice.context)
        throw MakeTypeError(info.Env(), "ERR_TLS_INVALID_CONTEXT", "Invalid context");
    }
    const Napi::Value protocols = chosen.Get("alpn");
    if (!protocols.IsUndefined()) {
      const Span bytes = ToSpan(protocols);
      choice.alpn.emplace(bytes.data, bytes.data + bytes.size);
    }
    choice.min_version = chosen.Get("minVersion").ToNumber();
    choice.max_version = chosen.Get("maxVersion").ToNumber();
    choice.demand = ToDemand(chosen.Get("demand"));
  }
  session(info)->AnswerClientHello(std::move(alpn), std::move(choice));
}

void SessionObject::RefuseClientHello(Info info) {
  session(info)->RefuseClientHello(info[0].ToNumber());
}

void SessionObject::AnswerSession(Info info) { session(info)->AnswerSession(ToSpan(info[0])); }

void SessionObject::AnswerCertificate(Info info) {
  std::shared_ptr<SecureContext> context;
  if (!info[0].IsUndefined() && !info[0].IsNull()) {
    context = SecureContextObject::From(info[0]);
    if (!context) throw MakeTypeError(info.Env(), "ERR_TLS_INVALID_CONTEXT", "Invalid SNI context");
  }
  session(info)->AnswerCertificate(std::move(context), ToSpan(info[1]), ToDemand(info[2]));
}

void SessionObject::AnswerPsk(Info info) {
  session(info)->AnswerPsk(info[0].ToString(), ToSecret(info[1]));
}

void SessionObject::AnswerNoPsk(Info info) { session(info)->AnswerNoPsk(); }

void SessionObject::AnswerVerify(Info info) {
  session(info)->AnswerVerify(info[0].ToNumber().Int32Value(), info[1].ToBoolean());
}

void SessionObject::AnswerNewSession(Info info) { session(info)->AnswerNewSession(); }

void SessionObject::Refuse(Info info) { session(info)->Refuse(); }

}  // namespace ownssl
