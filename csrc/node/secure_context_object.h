// A SecureContext as JavaScript sees it. Its methods have the names that Node's have, because
// packages that add certificates call them.
#pragma once

#include <napi.h>

#include <memory>
#include <mutex>

#include "../context/secure_context.h"

namespace ownssl {

class SecureContextObject : public Napi::ObjectWrap<SecureContextObject> {
 public:
  // What the contexts of an environment trust by default; null until it is set.
  using DefaultTrust = std::shared_ptr<TrustStore>;
  static Napi::Function Define(Napi::Env env, std::shared_ptr<DefaultTrust> trust);
  // Returns null unless `value` is a context that is still open.
  static std::shared_ptr<SecureContext> From(const Napi::Value& value);
  // Returns it with an SSL_CTX that no other object has. It throws what making one throws.
  static std::shared_ptr<SecureContext> FromOwn(const Napi::Value& value);

  explicit SecureContextObject(const Napi::CallbackInfo& info);

 private:
  using Info = const Napi::CallbackInfo&;

  SecureContext& context(Info info);
  // The context, with an SSL_CTX that no other object has.
  SecureContext& own(Info info);
  void MakeOwn();
  // Keeps handshakes in other threads from reading from the context while a setter runs.
  class Change {
   public:
    explicit Change(SecureContext& context) : context_(context), lock_(context.mutex()) {}
    SecureContext* operator->() { return &context_; }

   private:
    SecureContext& context_;
    std::unique_lock<FairSharedMutex> lock_;
  };
  Change change(Info info);

  void SetCert(Info info);
  void SetKey(Info info);
  void SetKeyFrom(Info info);
  Napi::Value SetExternalKey(Info info);
  Napi::Value HasPair(Info info);
  void SetCertificateCompression(Info info);
  void LoadPkcs12(Info info);
  void AddRootCerts(Info info);
  // Where it fails, nothing of them is trusted.
  void AddDefaultPaths(Info info) { change(info)->AddDefaultPaths(); }
  void AddCaCert(Info info);
  void AddCrl(Info info);
  void SetCrl(Info info);
  void SetAllowPartialTrustChain(Info info);
  void SetStrictProfile(Info info) { change(info)->BeStrict(); }
  void SetCiphers(Info info);
  void SetCipherSuites(Info info);
  Napi::Value GetCiphers(Info info);
  void SetSigalgs(Info info);
  void SetEcdhCurve(Info info);
  Napi::Value SetDhParam(Info info);
  void SetOptions(Info info);
  void SetMinProto(Info info);
  Napi::Value GetMinProto(Info info);
  Napi::Value GetMaxProto(Info info);
  void SetSessionIdContext(Info info);
  void SetSessionTimeout(Info info);
  void SetTicketKeys(Info info);
  Napi::Value GetTicketKeys(Info info);
  Napi::Value GetTicketKeyRing(Info info);
  void RotateTicketKeys(Info info);
  void FollowTicketKeys(Info info);
  Napi::Value GetTicketRotation(Info info);
  void ShareTicketKeys(Info info);
  void KeepSingleUseSessions(Info info);
  Napi::Value CollectStapleRequests(Info info);
  Napi::Value SetStaple(Info info);
  Napi::Value GetCertificate(Info info);
  Napi::Value GetIssuer(Info info);
  void Close(Info info);

  std::shared_ptr<DefaultTrust> default_trust_;
  std::shared_ptr<SecureContext> context_;
  // Is set as long as the SSL_CTX is another object's, too, and returns an equal one.
  Napi::FunctionReference make_;
};

}  // namespace ownssl
