#include "session_object.h"

#include <algorithm>

#include "../openssl/api.h"
#include "descriptor.h"
#include "secure_context_object.h"
#include "values.h"

namespace ownssl {
namespace {

constexpr napi_type_tag kTag = {0x6f776e73736c5f73, 0x4c3ae1d07be8265d};

// An idle SSL keeps about this much. V8's collector is told, so that it knows what a forgotten
// socket weighs.
constexpr int64_t kExternalMemory = int64_t{20} * 1024;

// These are indices into the shared array of progress (lib/native/boundary.ts).
enum {
  kConsumed = 0,
  kPlaintext = 1,
  kOutput = 2,
  kWritten = 3,
  kReceived = 4,
  kError = 5,
  kSent = 6
};

}  // namespace

Napi::Function SessionObject::Define(Napi::Env env, Napi::Int32Array progress,
                                     std::shared_ptr<OffloadWakeup> queue) {
  using Self = SessionObject;
  auto* data = new EnvData{Napi::Persistent(progress), progress.Data(), std::move(queue)};
  env.AddCleanupHook([data] { delete data; });
  return DefineClass(
      env, "Session",
      {
          InstanceMethod("pump", &Self::Pump),
          InstanceMethod("write", &Self::Write),
          InstanceMethod("shutdown", &Self::Shutdown),
          InstanceMethod("connect", &Self::Connect),
          InstanceMethod("getError", &Self::GetError),
          InstanceMethod("takeEvents", &Self::TakeEvents),
          InstanceMethod("enableDane", &Self::EnableDane),
          InstanceMethod("addTlsa", &Self::AddTlsa),
          InstanceMethod("getDaneMatch", &Self::GetDaneMatch),
          InstanceMethod("requestClientCertificate", &Self::RequestClientCertificate),
          InstanceMethod("setClientCertificates", &Self::SetClientCertificates),
          InstanceMethod("getCertificateRequest", &Self::GetCertificateRequest),
          InstanceMethod("answerClientCertificate", &Self::AnswerClientCertificate),
          InstanceMethod("sendEarlyData", &Self::SendEarlyData),
          InstanceMethod("acceptEarlyData", &Self::AcceptEarlyData),
          InstanceMethod("isEarlyDataAccepted", &Self::IsEarlyDataAccepted),
          InstanceMethod("getQuestion", &Self::GetQuestion),
          InstanceMethod("getClientHello", &Self::GetClientHello),
          InstanceMethod("getClientHelloMessage", &Self::GetClientHelloMessage),
          InstanceMethod("getSessionId", &Self::GetSessionId),
          InstanceMethod("getPskHint", &Self::GetPskHint),
          InstanceMethod("getPskIdentity", &Self::GetPskIdentity),
          InstanceMethod("getNewSession", &Self::GetNewSession),
          InstanceMethod("getOcspResponse", &Self::GetOcspResponse),
          InstanceMethod("answerOcsp", &Self::AnswerOcsp),
          InstanceMethod("getStapleStatus", &Self::GetStapleStatus),
          InstanceMethod("answerClientHello", &Self::AnswerClientHello),
          InstanceMethod("refuseClientHello", &Self::RefuseClientHello),
          InstanceMethod("answerSession", &Self::AnswerSession),
          InstanceMethod("answerCertificate", &Self::AnswerCertificate),
          InstanceMethod("answerPsk", &Self::AnswerPsk),
          InstanceMethod("answerNoPsk", &Self::AnswerNoPsk),
          InstanceMethod("answerVerify", &Self::AnswerVerify),
          InstanceMethod("answerNewSession", &Self::AnswerNewSession),
          InstanceMethod("getKeyRequest", &Self::GetKeyRequest),
          InstanceMethod("answerPrivateKey", &Self::AnswerPrivateKey),
          InstanceMethod("refuse", &Self::Refuse),
          InstanceMethod("keepClientHello", &Self::KeepClientHello),
          InstanceMethod("askForClientHello", &Self::AskForClientHello),
          InstanceMethod("askForSession", &Self::AskForSession),
          InstanceMethod("askForAlpn", &Self::AskForAlpn),
          InstanceMethod("askForCertificate", &Self::AskForCertificate),
          InstanceMethod("askForNewSession", &Self::AskForNewSession),
          InstanceMethod("enablePsk", &Self::EnablePsk),
          InstanceMethod("setPskIdentityHint", &Self::SetPskIdentityHint),
          InstanceMethod("enableKeylog", &Self::EnableKeylog),
          InstanceMethod("enableTrace", &Self::EnableTrace),
          InstanceMethod("observe", &Self::Observe),
          InstanceMethod("enableSessionEvents", &Self::EnableSessionEvents),
          InstanceMethod("setVerify", &Self::SetVerify),
          InstanceMethod("setAlpn", &Self::SetAlpn),
          InstanceMethod("setServername", &Self::SetServername),
          InstanceMethod("setSession", &Self::SetSession),
          InstanceMethod("requestOcsp", &Self::RequestOcsp),
          InstanceMethod("setMaxSendFragment", &Self::SetMaxSendFragment),
          InstanceMethod("setContext", &Self::SetContext),
          InstanceMethod("renegotiate", &Self::Renegotiate),
          InstanceMethod("handshakeHeard", &Self::HandshakeHeard),
          InstanceMethod("refuseRenegotiation", &Self::RefuseRenegotiation),
          InstanceMethod("offload", &Self::SetOffload),
          InstanceMethod("finishHere", &Self::FinishHere),
          InstanceMethod("getProtocol", &Self::GetProtocol),
          InstanceMethod("getCipher", &Self::GetCipher),
          InstanceMethod("getEphemeralKeyInfo", &Self::GetEphemeralKeyInfo),
          InstanceMethod("getSharedSigalgs", &Self::GetSharedSigalgs),
          InstanceMethod("getFinished", &Self::GetFinished),
          InstanceMethod("getPeerFinished", &Self::GetPeerFinished),
          InstanceMethod("getSession", &Self::GetSession),
          InstanceMethod("getTLSTicket", &Self::GetTicket),
          InstanceMethod("isSessionReused", &Self::IsSessionReused),
          InstanceMethod("getALPN", &Self::GetAlpn),
          InstanceMethod("getServername", &Self::GetServername),
          InstanceMethod("getPeerChain", &Self::GetPeerChain),
          InstanceMethod("getPeerRawKey", &Self::GetPeerRawKey),
          InstanceMethod("setRawPublicKeys", &Self::SetRawPublicKeys),
          InstanceMethod("offerEch", &Self::OfferEch),
          InstanceMethod("getEch", &Self::GetEch),
          InstanceMethod("getEchRetryConfigs", &Self::GetEchRetryConfigs),
          InstanceMethod("peerMatches", &Self::PeerMatches),
          InstanceMethod("getCertificate", &Self::GetCertificate),
          InstanceMethod("getVerifyError", &Self::GetVerifyError),
          InstanceMethod("getTrail", &Self::GetTrail),
          InstanceMethod("getTrustDigest", &Self::GetTrustDigest),
          InstanceMethod("requireStrictProfile", &Self::RequireStrictProfile),
          InstanceMethod("hasStrictProfile", &Self::HasStrictProfile),
          InstanceMethod("failStrictProfile", &Self::FailStrictProfile),
          InstanceMethod("getIdentityDigest", &Self::GetIdentityDigest),
          InstanceMethod("getSessionLifetime", &Self::GetSessionLifetime),
          InstanceMethod("exportKeyingMaterial", &Self::ExportKeyingMaterial),
          InstanceMethod("getChannelBinding", &Self::GetChannelBinding),
          InstanceMethod("getGroup", &Self::GetGroup),
          InstanceMethod("getHandshakeTimes", &Self::GetHandshakeTimes),
          InstanceMethod("destroy", &Self::Destroy),
      },
      data);
}

SessionObject::SessionObject(Info info) : ObjectWrap(info) {
  const Napi::Env env = info.Env();
  info.This().As<Napi::Object>().TypeTag(&kTag);
  numbers_ = static_cast<EnvData*>(info.Data())->numbers;
  queue_ = static_cast<EnvData*>(info.Data())->queue;
  const Role role = info[1].ToBoolean() ? Role::kServer : Role::kClient;
  // A server's context holds the keys of its tickets, and its sessions.
  std::shared_ptr<SecureContext> context = role == Role::kServer
                                               ? SecureContextObject::FromOwn(info[0])
                                               : SecureContextObject::From(info[0]);
  if (!context) throw MakeError(env, "ERR_TLS_INVALID_CONTEXT", "context must be a SecureContext");
  std::unique_ptr<Session> session = Session::Create(std::move(context), role);
  if (!session) ThrowOpenSSL(env, "Could not create the TLS session");
  steps_ = std::make_shared<OffloadedSession>(std::move(session));
  Napi::MemoryManagement::AdjustExternalMemory(env, kExternalMemory);
}

SessionObject::~SessionObject() { Close(); }

std::shared_ptr<OffloadedSession> SessionObject::StepsOf(const Napi::Value& value) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kTag)) return nullptr;
  return Unwrap(value.As<Napi::Object>())->steps_;
}

OffloadedSession& SessionObject::steps(Info info) {
  if (!steps_) {
    throw MakeError(info.Env(), "ERR_STREAM_DESTROYED", "The TLS session was destroyed");
  }
  return *steps_;
}

OffloadedSession::User SessionObject::session(Info info) { return steps(info).Use(); }

// --- Crossings ---

Napi::Value SessionObject::Crossed(Info info, uint32_t status, const Session::Progress& progress) {
  numbers_[kConsumed] = static_cast<int32_t>(progress.consumed);
  numbers_[kPlaintext] = static_cast<int32_t>(progress.plaintext);
  numbers_[kOutput] = static_cast<int32_t>(progress.output);
  numbers_[kWritten] = static_cast<int32_t>(progress.written);
  numbers_[kReceived] = static_cast<int32_t>(progress.received);
  numbers_[kError] = progress.error;
  numbers_[kSent] = static_cast<int32_t>(progress.sent);
  return Napi::Number::New(info.Env(), status);
}

Napi::Value SessionObject::Pump(Info info) {
  Session::Progress progress;
  const uint32_t status =
      steps(info).Pump(ToInput(info[0]), ToRoom(info[1]), ToRoom(info[2]), &progress);
  if ((status & kOffloaded) != 0) queue_->Expect(steps_.get(), this);
  return Crossed(info, status, progress);
}

Napi::Value SessionObject::Write(Info info) {
  const OffloadedSession::User session = this->session(info);
  static thread_local std::vector<Span> chunks;  // Clearing keeps the vector's memory.
  chunks.clear();
  if (info[0].IsArray()) {
    const Napi::Array array = info[0].As<Napi::Array>();
    chunks.resize(array.Length());
    for (uint32_t i = 0; i < chunks.size(); ++i) chunks[i] = ToSpan(array.Get(i));
  } else {
    const auto size = static_cast<size_t>(info[2].ToNumber().DoubleValue());
    const Span whole = ToSpan(info[0]);
    chunks.push_back({whole.data, std::min(whole.size, size)});
  }
  const auto skip = static_cast<size_t>(info[1].ToNumber().DoubleValue());
  Session::Progress progress;
  const uint32_t status =
      session->Write(chunks, skip, ToRoom(info[3]), &progress, info[4].ToBoolean());
  return Crossed(info, status, progress);
}

Napi::Value SessionObject::Shutdown(Info info) {
  Session::Progress progress;
  const uint32_t status = session(info)->Shutdown(ToRoom(info[0]), &progress);
  return Crossed(info, status, progress);
}

void SessionObject::Connect(Info info) {
  std::shared_ptr<StreamSocket> socket = ConnectDescriptor(info[0]);
  if (!socket) throw Napi::TypeError::New(info.Env(), "Expected a Descriptor");
  session(info)->Connect(std::move(socket));
}

Napi::Value SessionObject::GetError(Info info) {
  return MakeError(info.Env(), session(info)->error()).Value();
}

Napi::Value SessionObject::TakeEvents(Info info) {
  return ToEvents(info.Env(), session(info)->TakeEvents());
}

// --- Early data ---

Napi::Value SessionObject::SendEarlyData(Info info) {
  return Napi::Boolean::New(info.Env(), session(info)->SendEarly(ToSpan(info[0])));
}

void SessionObject::AcceptEarlyData(Info info) {
  session(info)->AcceptEarly(info[0].ToNumber().Uint32Value());
}

Napi::Value SessionObject::IsEarlyDataAccepted(Info info) {
  return Napi::Boolean::New(info.Env(), session(info)->EarlyAccepted());
}

// --- Settings ---

void SessionObject::KeepClientHello(Info info) { session(info)->KeepClientHello(); }

void SessionObject::AskForClientHello(Info info) { session(info)->AskForClientHello(); }

void SessionObject::AskForSession(Info info) { session(info)->AskForSession(); }

void SessionObject::AskForAlpn(Info info) { session(info)->AskForAlpn(); }

// askForCertificate(demands): whether the contexts may differ in what they want of clients.
void SessionObject::AskForCertificate(Info info) {
  const OffloadedSession::User session = this->session(info);
  session->AskForCertificate();
  if (info[0].ToBoolean()) session->client_authentication().DependOnContext();
}

void SessionObject::AskForNewSession(Info info) { session(info)->AskForNewSession(); }

void SessionObject::EnablePsk(Info info) { session(info)->EnablePsk(); }

Napi::Value SessionObject::SetPskIdentityHint(Info info) {
  const bool set = session(info)->SetPskIdentityHint(info[0].ToString());
  ossl.ERR_clear_error();
  return Napi::Boolean::New(info.Env(), set);
}

void SessionObject::EnableKeylog(Info info) { session(info)->EnableKeylog(); }

void SessionObject::EnableTrace(Info info) { session(info)->EnableTrace(); }

void SessionObject::Observe(Info info) { session(info)->Observe(); }

void SessionObject::EnableSessionEvents(Info info) { session(info)->EnableSessionEvents(); }

void SessionObject::SetVerify(Info info) {
  session(info)->SetVerify(info[0].ToBoolean(), info[1].ToBoolean());
}

void SessionObject::SetAlpn(Info info) {
  const Span protocols = ToSpan(info[0]);
  session(info)->SetAlpn({protocols.data, protocols.data + protocols.size});
}

Napi::Value SessionObject::SetServername(Info info) {
  const bool set = session(info)->SetServername(info[0].ToString());
  ossl.ERR_clear_error();
  return Napi::Boolean::New(info.Env(), set);
}

Napi::Value SessionObject::SetSession(Info info) {
  return Napi::Boolean::New(info.Env(), session(info)->SetSession(ToSpan(info[0])));
}

void SessionObject::RequestOcsp(Info info) { session(info)->RequestOcsp(); }

Napi::Value SessionObject::SetMaxSendFragment(Info info) {
  const bool set = session(info)->SetMaxSendFragment(info[0].ToNumber().Int32Value());
  ossl.ERR_clear_error();
  return Napi::Boolean::New(info.Env(), set);
}

Napi::Value SessionObject::SetContext(Info info) {
  std::shared_ptr<SecureContext> context = SecureContextObject::From(info[0]);
  if (!context) throw Napi::TypeError::New(info.Env(), "context must be a SecureContext");
  return Napi::Boolean::New(info.Env(), session(info)->SetContext(std::move(context)));
}

// handshakeHeard(): of one that an I/O thread has reported.
void SessionObject::HandshakeHeard(Info info) { steps(info).Heard(); }

// renegotiate(): false, and nothing has been done, if the end of another handshake is to be heard
// before: it would be taken for that of this one.
Napi::Value SessionObject::Renegotiate(Info info) {
  const OffloadedSession::User session = this->session(info);
  if (steps(info).unheard()) return Napi::Boolean::New(info.Env(), false);
  switch (session->Renegotiate()) {
    case Session::Renegotiation::kBegun:
      break;
    case Session::Renegotiation::kUnderWay:
      throw MakeError(info.Env(), "ERR_TLS_INVALID_STATE", "A TLS handshake is under way");
    case Session::Renegotiation::kFailed:
      ThrowOpenSSL(info.Env(), "Could not renegotiate");
  }
  return Napi::Boolean::New(info.Env(), true);
}

void SessionObject::RefuseRenegotiation(Info info) { session(info)->RefuseRenegotiation(); }

void SessionObject::SetOffload(Info info) { steps(info).SetOffload(&Offload::Shared(), queue_); }

void SessionObject::FinishHere(Info info) { session(info)->FinishHere(); }

void SessionObject::Destroy(Info) { Close(); }

void SessionObject::Close() {
  if (!steps_) return;
  if (queue_) queue_->Forget(steps_.get());
  steps_->Close();
  steps_.reset();
  // What is closed weighs nothing until it is collected: V8 would mark its heap for it in vain.
  Napi::MemoryManagement::AdjustExternalMemory(Env(), -kExternalMemory);
}

}  // namespace ownssl
