// A Session as lib/stream/pump.ts sees it, with one native crossing for each chunk.
#pragma once

#include <napi.h>

#include <memory>

#include "../session/offloaded_session.h"
#include "../session/session.h"
#include "offload_wakeup.h"

namespace ownssl {

// Puts all events into one list, with three entries for each: kind, ID, data.
Napi::Array ToEvents(Napi::Env env, const std::vector<Event>& events);

class SessionObject : public Napi::ObjectWrap<SessionObject> {
 public:
  // `progress` is the Int32Array in which each crossing leaves its numbers.
  static Napi::Function Define(Napi::Env env, Napi::Int32Array progress,
                               std::shared_ptr<OffloadWakeup> queue);

  explicit SessionObject(const Napi::CallbackInfo& info);
  // Returns null if `value` is no Session, or was destroyed.
  static std::shared_ptr<OffloadedSession> StepsOf(const Napi::Value& value);
  ~SessionObject() override;

 private:
  using Info = const Napi::CallbackInfo&;
  struct EnvData {
    Napi::Reference<Napi::Int32Array> progress;
    int32_t* numbers;
    std::shared_ptr<OffloadWakeup> queue;
  };

  OffloadedSession& steps(Info info);
  OffloadedSession::User session(Info info);
  void Close();
  Napi::Value Crossed(Info info, uint32_t status, const Session::Progress& progress);

  // Crossings.
  Napi::Value Pump(Info info);
  Napi::Value Write(Info info);
  Napi::Value Shutdown(Info info);
  void Connect(Info info);
  Napi::Value GetError(Info info);
  Napi::Value TakeEvents(Info info);

  // Questions and answers.
  Napi::Value GetQuestion(Info info);
  Napi::Value GetClientHello(Info info);
  Napi::Value GetClientHelloMessage(Info info);
  Napi::Value GetSessionId(Info info);
  Napi::Value GetPskHint(Info info);
  Napi::Value GetPskIdentity(Info info);
  Napi::Value GetNewSession(Info info);
  Napi::Value GetOcspResponse(Info info);
  Napi::Value GetKeyRequest(Info info);
  void AnswerClientHello(Info info);
  void RefuseClientHello(Info info);
  void AnswerSession(Info info);
  void AnswerCertificate(Info info);
  void AnswerPsk(Info info);
  void AnswerNoPsk(Info info);
  void AnswerVerify(Info info);
  void AnswerNewSession(Info info);
  void AnswerOcsp(Info info);
  void AnswerPrivateKey(Info info);
  void Refuse(Info info);

  // DANE (session_dane.cc).
  void EnableDane(Info info);
  Napi::Value AddTlsa(Info info);
  Napi::Value GetDaneMatch(Info info);

  // Stapled OCSP responses (ocsp_objects.cc).
  Napi::Value GetStapleStatus(Info info);

  // Client certificates (session_client_certificates.cc).
  Napi::Value RequestClientCertificate(Info info);
  void SetClientCertificates(Info info);
  Napi::Value GetCertificateRequest(Info info);
  void AnswerClientCertificate(Info info);

  // Early data.
  Napi::Value SendEarlyData(Info info);
  void AcceptEarlyData(Info info);
  Napi::Value IsEarlyDataAccepted(Info info);

  // Settings.
  void KeepClientHello(Info info);
  void AskForClientHello(Info info);
  void AskForSession(Info info);
  void AskForAlpn(Info info);
  void AskForCertificate(Info info);
  void AskForNewSession(Info info);
  void EnablePsk(Info info);
  Napi::Value SetPskIdentityHint(Info info);
  void EnableKeylog(Info info);
  void EnableTrace(Info info);
  void Observe(Info info);
  void EnableSessionEvents(Info info);
  void SetVerify(Info info);
  void SetAlpn(Info info);
  Napi::Value SetServername(Info info);
  Napi::Value SetSession(Info info);
  void RequestOcsp(Info info);
  void SetRawPublicKeys(Info info);
  void OfferEch(Info info);                   // ech_objects.cc
  Napi::Value GetEch(Info info);              // ech_objects.cc
  Napi::Value GetEchRetryConfigs(Info info);  // ech_objects.cc
  Napi::Value SetMaxSendFragment(Info info);
  Napi::Value SetContext(Info info);
  Napi::Value Renegotiate(Info info);
  void HandshakeHeard(Info info);
  void RefuseRenegotiation(Info info);
  void SetOffload(Info info);
  void FinishHere(Info info);

  // What was negotiated (session_info.cc).
  Napi::Value GetProtocol(Info info);
  Napi::Value GetCipher(Info info);
  Napi::Value GetEphemeralKeyInfo(Info info);
  Napi::Value GetGroup(Info info);
  Napi::Value GetSharedSigalgs(Info info);
  Napi::Value GetFinished(Info info);
  Napi::Value GetPeerFinished(Info info);
  Napi::Value GetSession(Info info);
  Napi::Value GetTicket(Info info);
  Napi::Value IsSessionReused(Info info);
  Napi::Value GetAlpn(Info info);
  Napi::Value GetServername(Info info);
  Napi::Value GetPeerChain(Info info);
  Napi::Value GetPeerRawKey(Info info);  // raw_public_keys.cc
  Napi::Value PeerMatches(Info info);
  Napi::Value GetCertificate(Info info);
  Napi::Value GetVerifyError(Info info);
  Napi::Value GetTrail(Info info);
  // strict_profile.cc
  void RequireStrictProfile(Info info);
  Napi::Value HasStrictProfile(Info info);
  void FailStrictProfile(Info info);
  Napi::Value GetTrustDigest(Info info);
  Napi::Value GetIdentityDigest(Info info);
  Napi::Value GetSessionLifetime(Info info);
  Napi::Value ExportKeyingMaterial(Info info);
  Napi::Value GetChannelBinding(Info info);
  Napi::Value GetHandshakeTimes(Info info);

  void Destroy(Info info);

  std::shared_ptr<OffloadedSession> steps_;
  std::shared_ptr<OffloadWakeup> queue_;
  int32_t* numbers_ = nullptr;
};

}  // namespace ownssl
