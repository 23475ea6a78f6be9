#include "secure_context_object.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "../context/certificate_compression.h"
#include "../openssl/api.h"
#include "../session/callbacks/callbacks.h"
#include "values.h"

namespace ownssl {
namespace {

constexpr napi_type_tag kTag = {0x6f776e73736c5f63, 0x9d1f0c6be1f94a57};
constexpr char kOperationFailed[] = "ERR_CRYPTO_OPERATION_FAILED";

// Says which side a context is for: 0 both, 1 client, 2 server (lib/native/boundary.ts).
const SSL_METHOD* Method(int32_t side) {
  if (side == 1) return ossl.TLS_client_method();
  if (side == 2) return ossl.TLS_server_method();
  return ossl.TLS_method();
}

// In Node's object this property is the SSL_CTX. Ours is given to nobody: other addons would hand
// it to Node's OpenSSL.
Napi::Value GetExternal(const Napi::CallbackInfo& info) {
  const Napi::Value self = info.This();
  if (!self.IsObject() || !self.As<Napi::Object>().CheckTypeTag(&kTag)) {
    throw MakeTypeError(info.Env(), "ERR_INVALID_ARG_TYPE", "Illegal invocation");
  }
  return info.Env().Null();
}

}  // namespace

Napi::Function SecureContextObject::Define(Napi::Env env, std::shared_ptr<DefaultTrust> trust) {
  using Self = SecureContextObject;
  auto* data = new std::shared_ptr<DefaultTrust>(std::move(trust));
  env.AddCleanupHook([data] { delete data; });
  const Napi::Function constructor =
      DefineClass(env, "SecureContext",
                  {
                      InstanceMethod("setCert", &Self::SetCert),
                      InstanceMethod("setKey", &Self::SetKey),
                      InstanceMethod("setKeyFrom", &Self::SetKeyFrom),
                      InstanceMethod("setExternalKey", &Self::SetExternalKey),
                      InstanceMethod("hasPair", &Self::HasPair),
                      InstanceMethod("setCertificateCompression", &Self::SetCertificateCompression),
                      InstanceMethod("loadPKCS12", &Self::LoadPkcs12),
                      InstanceMethod("addRootCerts", &Self::AddRootCerts),
                      InstanceMethod("addDefaultPaths", &Self::AddDefaultPaths),
                      InstanceMethod("addCACert", &Self::AddCaCert),
                      InstanceMethod("addCRL", &Self::AddCrl),
                      InstanceMethod("setCRL", &Self::SetCrl),
                      InstanceMethod("setAllowPartialTrustChain", &Self::SetAllowPartialTrustChain),
                      InstanceMethod("setStrictProfile", &Self::SetStrictProfile),
                      InstanceMethod("setCiphers", &Self::SetCiphers),
                      InstanceMethod("setCipherSuites", &Self::SetCipherSuites),
                      InstanceMethod("getCiphers", &Self::GetCiphers),
                      InstanceMethod("setSigalgs", &Self::SetSigalgs),
                      InstanceMethod("setECDHCurve", &Self::SetEcdhCurve),
                      InstanceMethod("setDHParam", &Self::SetDhParam),
                      InstanceMethod("setOptions", &Self::SetOptions),
                      InstanceMethod("setMinProto", &Self::SetMinProto),
                      InstanceMethod("getMinProto", &Self::GetMinProto),
                      InstanceMethod("getMaxProto", &Self::GetMaxProto),
                      InstanceMethod("setSessionIdContext", &Self::SetSessionIdContext),
                      InstanceMethod("setSessionTimeout", &Self::SetSessionTimeout),
                      InstanceMethod("setTicketKeys", &Self::SetTicketKeys),
                      InstanceMethod("getTicketKeys", &Self::GetTicketKeys),
                      InstanceMethod("getTicketKeyRing", &Self::GetTicketKeyRing),
                      InstanceMethod("rotateTicketKeys", &Self::RotateTicketKeys),
                      InstanceMethod("followTicketKeys", &Self::FollowTicketKeys),
                      InstanceMethod("getTicketRotation", &Self::GetTicketRotation),
                      InstanceMethod("shareTicketKeys", &Self::ShareTicketKeys),
                      InstanceMethod("keepSingleUseSessions", &Self::KeepSingleUseSessions),
                      InstanceMethod("collectStapleRequests", &Self::CollectStapleRequests),
                      InstanceMethod("setStaple", &Self::SetStaple),
                      InstanceMethod("getCertificate", &Self::GetCertificate),
                      InstanceMethod("getIssuer", &Self::GetIssuer),
                      InstanceMethod("close", &Self::Close),
                  },
                  data);
  // The property is not among those above, because on an object that only inherits from one it has
  // to be a TypeError.
  auto prototype = constructor.Get("prototype").As<Napi::Object>();
  prototype.DefineProperty(Napi::PropertyDescriptor::Accessor<&GetExternal>("_external"));
  return constructor;
}

std::shared_ptr<SecureContext> SecureContextObject::From(const Napi::Value& value) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kTag)) return nullptr;
  return Unwrap(value.As<Napi::Object>())->context_;
}

std::shared_ptr<SecureContext> SecureContextObject::FromOwn(const Napi::Value& value) {
  if (!From(value)) return nullptr;
  SecureContextObject* object = Unwrap(value.As<Napi::Object>());
  object->MakeOwn();
  return object->context_;
}

SecureContextObject::SecureContextObject(Info info) : ObjectWrap(info) {
  info.This().As<Napi::Object>().TypeTag(&kTag);
  default_trust_ = *static_cast<std::shared_ptr<DefaultTrust>*>(info.Data());
  if (info[1].IsFunction()) {
    context_ = From(info[0]);
    if (!context_)
      throw MakeTypeError(info.Env(), "ERR_INVALID_ARG_TYPE", "Expected a SecureContext");
    make_ = Napi::Persistent(info[1].As<Napi::Function>());
    return;
  }
  context_ = SecureContext::Create(Method(info[0].ToNumber()), info[1].ToNumber(),
                                   info[2].ToNumber(), &Callbacks::InstallOn);
  if (!context_) ThrowOpenSSL(info.Env(), "Could not create the secure context");
}

SecureContext& SecureContextObject::context(Info info) {
  if (!context_) throw MakeError(info.Env(), "ERR_INVALID_STATE", "The secure context is closed");
  return *context_;
}

void SecureContextObject::MakeOwn() {
  if (make_.IsEmpty()) return;
  const std::shared_ptr<SecureContext> made = From(make_.Call({}));
  if (!made)
    throw MakeError(Env(), "ERR_CRYPTO_OPERATION_FAILED", "Could not create the secure context");
  // The default trust may have been replaced since.
  made->UseDefaultTrustOf(*context_);
  context_ = made;
  make_.Reset();
}

SecureContext& SecureContextObject::own(Info info) {
  context(info);
  MakeOwn();
  return *context_;
}

SecureContextObject::Change SecureContextObject::change(Info info) { return Change(own(info)); }

// --- Identity ---

void SecureContextObject::SetCert(Info info) {
  std::string text;
  if (!change(info)->SetCertificate(TextOrBytes(info[0], &text))) {
    ThrowOpenSSL(info.Env(), "Could not read the certificate");
  }
}

void SecureContextObject::SetKey(Info info) {
  const Secret pem = ToSecret(info[0]);
  const bool has_passphrase = !info[1].IsUndefined() && !info[1].IsNull();
  const Secret passphrase = has_passphrase ? ToSecret(info[1]) : Secret();
  if (!change(info)->SetKey({pem.data(), pem.size()}, has_passphrase ? &passphrase : nullptr)) {
    ThrowOpenSSL(info.Env(), "Could not read the private key");
  }
}

void SecureContextObject::SetKeyFrom(Info info) {
  const Secret uri = ToSecret(info[0].ToString());
  const bool has_passphrase = !info[1].IsUndefined() && !info[1].IsNull();
  const Secret passphrase = has_passphrase ? ToSecret(info[1]) : Secret();
  if (change(info)->SetKeyFrom(uri, has_passphrase ? &passphrase : nullptr)) return;
  const OpenSSLError error = DrainErrors("it opens, and holds none");
  if (error.queued) throw MakeError(info.Env(), error);
  // Only the scheme is told, because the rest may hold a PIN.
  const uint8_t* end = std::find(uri.data(), uri.data() + uri.size(), ':');
  const std::string scheme(uri.data(), end);
  // A provider may say nothing of a PIN that it could not use.
  const char* hint = scheme == "file" ? "" : " (or the name, the PIN or the provider is missing)";
  throw MakeError(info.Env(), kOperationFailed,
                  "There is no private key at this " + scheme + ": URI: " + error.message + hint);
}

Napi::Value SecureContextObject::HasPair(Info info) {
  return Napi::Boolean::New(info.Env(), change(info)->HasPair());
}

void SecureContextObject::SetCertificateCompression(Info info) {
  const Napi::Array names = info[0].As<Napi::Array>();
  std::vector<int> algorithms;
  for (uint32_t i = 0; i < names.Length(); ++i) {
    const CertificateCompression* algorithm =
        FindCertificateCompression(names.Get(i).ToString().Utf8Value());
    const std::string unavailable =
        algorithm != nullptr ? CertificateCompressionUnavailable(*algorithm) : "";
    if (!unavailable.empty()) throw MakeError(info.Env(), kFeatureUnavailable, unavailable);
    if (algorithm != nullptr) algorithms.push_back(algorithm->number);
  }
  if (!change(info)->CompressCertificates(std::move(algorithms))) {
    ossl.ERR_clear_error();
    throw MakeError(info.Env(), kOperationFailed, "Failed to set certificate compression");
  }
}

void SecureContextObject::LoadPkcs12(Info info) {
  const Napi::Env env = info.Env();
  Secret passphrase;
  const bool has_passphrase = info.Length() > 1 && !info[1].IsUndefined();
  if (has_passphrase) passphrase = ToSecret(info[1]);
  using Result = SecureContext::Pkcs12Result;
  const Result result = change(info)->LoadPkcs12(
      ToSpan(info[0]), has_passphrase ? &passphrase : nullptr, info[2].ToBoolean().Value());
  if (result == Result::kNoKey) {
    throw MakeError(env, kOperationFailed, "Unable to load private key from PFX data");
  }
  if (result == Result::kNoCertificate) {
    throw MakeError(env, kOperationFailed, "Unable to load certificate from PFX data");
  }
  if (result == Result::kFailed) {
    const OpenSSLError error = DrainErrors("Unable to load PFX certificate");
    if (error.reason == "unsupported") {
      // Old files are encrypted with RC2 or 3DES, which only the legacy provider has.
      throw MakeError(env, "ERR_CRYPTO_UNSUPPORTED_OPERATION", "Unsupported PKCS12 PFX data");
    }
    OpenSSLError plain = error;
    if (!error.reason.empty()) plain.message = error.reason;
    throw MakeError(env, plain);
  }
}

// --- Algorithms ---

void SecureContextObject::SetCiphers(Info info) {
  const std::string list = info[0].ToString();
  if (change(info)->SetCiphers(list)) return;
  // OpenSSL refuses an empty list, which a context for TLS 1.3 alone has.
  if (list.empty()) {
    ossl.ERR_clear_error();
    return;
  }
  ThrowOpenSSL(info.Env(), "Failed to set ciphers");
}

void SecureContextObject::SetCipherSuites(Info info) {
  if (!change(info)->SetCipherSuites(info[0].ToString())) {
    ThrowOpenSSL(info.Env(), "Failed to set ciphers");
  }
}

Napi::Value SecureContextObject::GetCiphers(Info info) {
  const std::vector<std::string> names = context(info).Ciphers();
  Napi::Array array = Napi::Array::New(info.Env(), names.size());
  for (uint32_t i = 0; i < names.size(); ++i) array.Set(i, names[i]);
  return array;
}

void SecureContextObject::SetSigalgs(Info info) {
  if (!change(info)->SetSigalgs(info[0].ToString())) {
    ThrowOpenSSL(info.Env(), "Failed to set signature algorithms");
  }
}

void SecureContextObject::SetEcdhCurve(Info info) {
  if (!change(info)->SetGroups(info[0].ToString())) {
    ossl.ERR_clear_error();
    throw MakeError(info.Env(), kOperationFailed, "Failed to set ECDH curve");
  }
}

Napi::Value SecureContextObject::SetDhParam(Info info) {
  const Napi::Env env = info.Env();
  if (info[0].IsBoolean()) {
    change(info)->SetDhAuto();
    return env.Undefined();
  }
  std::string text;
  using Result = SecureContext::DhResult;
  const Result result = change(info)->SetDhParameters(TextOrBytes(info[0], &text));
  const OpenSSLError error = DrainErrors("");
  switch (result) {
    case Result::kTooShort:
      throw MakeTypeError(env, "ERR_INVALID_ARG_VALUE", "DH parameter is less than 1024 bits");
    case Result::kFailed:
      throw MakeError(
          env, kOperationFailed,
          "Error setting temp DH parameter" + (error.reason.empty() ? "" : ": " + error.reason));
    case Result::kOkButShort:
      return Napi::String::New(env, "DH parameter is less than 2048 bits");
    case Result::kOk:
    case Result::kUnreadable:  // Node ignores it, because there are other key exchanges.
      break;
  }
  return env.Undefined();
}

void SecureContextObject::SetOptions(Info info) {
  change(info)->SetOptions(static_cast<uint64_t>(info[0].ToNumber().Int64Value()));
}

void SecureContextObject::SetMinProto(Info info) {
  change(info)->SetMinVersion(info[0].ToNumber());
}

Napi::Value SecureContextObject::GetMinProto(Info info) {
  return Napi::Number::New(info.Env(), context(info).min_version());
}

Napi::Value SecureContextObject::GetMaxProto(Info info) {
  return Napi::Number::New(info.Env(), context(info).max_version());
}

// --- Sessions ---

void SecureContextObject::SetSessionIdContext(Info info) {
  if (!change(info)->SetSessionIdContext(info[0].ToString())) {
    ossl.ERR_clear_error();
    throw MakeTypeError(info.Env(), "ERR_INVALID_ARG_VALUE",
                        "SSL_CTX_set_session_id_context error");
  }
}

void SecureContextObject::SetSessionTimeout(Info info) {
  change(info)->SetSessionTimeout(info[0].ToNumber().Int32Value());
}

Napi::Value SecureContextObject::GetCertificate(Info info) {
  return ToDer(info.Env(), context(info).certificate());
}

Napi::Value SecureContextObject::GetIssuer(Info info) {
  return ToDer(info.Env(), context(info).issuer());
}

void SecureContextObject::Close(Info) { context_.reset(); }

}  // namespace ownssl
