#include "ech_objects.h"

#include <mutex>

#include "../context/ech_keys.h"
#include "../openssl/controls.h"
#include "secure_context_object.h"
#include "session_object.h"
#include "values.h"

namespace ownssl {
namespace {

using Info = const Napi::CallbackInfo&;

// checkEch(): throws where the OpenSSL in use has none.
void CheckEch(Info info) {
  if (Has(Feature::kEncryptedClientHello)) return;
  throw MakeError(info.Env(), kFeatureUnavailable,
                  UnavailableMessage(Feature::kEncryptedClientHello));
}

// setEchKeys(context, pems): null for none. Returns [index, EchKeys::Result] of the one that is of
// no use, whose reason is thrown where OpenSSL has one; undefined if all are taken.
Napi::Value SetEchKeys(Info info) {
  const Napi::Env env = info.Env();
  const std::shared_ptr<SecureContext> context = SecureContextObject::FromOwn(info[0]);
  if (!context) throw MakeError(env, "ERR_TLS_INVALID_CONTEXT", "context must be a SecureContext");
  std::shared_ptr<EchKeys> keys;
  if (info[1].IsArray()) {
    keys = std::make_shared<EchKeys>();
    const auto pems = info[1].As<Napi::Array>();
    for (uint32_t i = 0; i < pems.Length(); ++i) {
      const Secret pem = ToSecret(pems.Get(i));
      const EchKeys::Result result = keys->Add({pem.data(), pem.size()}, i == 0);
      ossl.ERR_clear_error();
      if (result == EchKeys::Result::kOk) continue;
      Napi::Array failed = Napi::Array::New(env, 2);
      failed.Set(0u, i);
      failed.Set(1u, static_cast<int>(result));
      return failed;
    }
  }
  const std::lock_guard<FairSharedMutex> lock(context->mutex());
  context->SetEchKeys(std::move(keys));
  return env.Undefined();
}

// generateEchKey(publicName, maxNameLength): PEM; undefined if OpenSSL refuses the name.
Napi::Value Generate(Info info) {
  const auto most = static_cast<uint8_t>(info[1].ToNumber().Uint32Value());
  const Secret pem = GenerateEchKey(info[0].ToString(), most);
  ossl.ERR_clear_error();
  if (pem.empty()) return info.Env().Undefined();
  return Napi::String::New(info.Env(), reinterpret_cast<const char*>(pem.data()), pem.size());
}

// getEchPublicName(list): that of the only configuration in it; undefined if it can't be used.
Napi::Value GetPublicName(Info info) {
  const std::optional<std::string> name = EchPublicName(ToSpan(info[0]));
  if (!name) return info.Env().Undefined();
  return Napi::String::New(info.Env(), *name);
}

Napi::Value TextOrNull(Napi::Env env, const std::optional<std::string>& text) {
  if (!text) return env.Null();
  return Napi::String::New(env, *text);
}

}  // namespace

void ExportEch(Napi::Env env, Napi::Object exports) {
  exports.Set("checkEch", Napi::Function::New(env, &CheckEch, "checkEch"));
  exports.Set("setEchKeys", Napi::Function::New(env, &SetEchKeys, "setEchKeys"));
  exports.Set("generateEchKey", Napi::Function::New(env, &Generate, "generateEchKey"));
  exports.Set("getEchPublicName", Napi::Function::New(env, &GetPublicName, "getEchPublicName"));
}

// offerEch(config, outerName): null for `config` is GREASE, for `outerName` the public name.
void SessionObject::OfferEch(Info info) {
  EchOffer offer;
  const Span config = ToSpan(info[0]);
  if (config.size > 0) offer.config.assign(config.data, config.data + config.size);
  if (info[1].IsString()) offer.outer_name = info[1].ToString();
  const OffloadedSession::User session = this->session(info);
  const int most = control::MaxVersion(session->ssl());
  if (!offer.config.empty() && most != 0 && most < TLS1_3_VERSION) {
    throw MakeTypeError(info.Env(), "ERR_TLS_PROTOCOL_VERSION_CONFLICT",
                        "Encrypted ClientHello needs TLS 1.3, which the context excludes");
  }
  if (!session->OfferEch(offer)) {
    ThrowOpenSSL(info.Env(), "Could not offer Encrypted ClientHello");
  }
}

// getEch(): how it stands, by EchStatus; null where OpenSSL has none.
Napi::Value SessionObject::GetEch(Info info) {
  const Napi::Env env = info.Env();
  if (!Has(Feature::kEncryptedClientHello)) return env.Null();
  const EchOutcome outcome = ReadEchOutcome(session(info)->ssl());
  Napi::Object object = Napi::Object::New(env);
  object.Set("status", static_cast<int>(outcome.status));
  object.Set("innerServername", TextOrNull(env, outcome.inner_name));
  object.Set("outerServername", TextOrNull(env, outcome.outer_name));
  return object;
}

// getEchRetryConfigs(): null without any.
Napi::Value SessionObject::GetEchRetryConfigs(Info info) {
  const std::vector<uint8_t> list = EchRetryConfigs(session(info)->ssl());
  if (list.empty()) return info.Env().Null();
  return ToBuffer(info.Env(), list);
}

}  // namespace ownssl
