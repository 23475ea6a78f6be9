#include "inspection.h"

#include "../context/chain_check.h"
#include "../context/object_facts.h"
#include "../openssl/verify_errors.h"
#include "certificate_object.h"
#include "secure_context_object.h"
#include "values.h"

namespace ownssl {
namespace {

Napi::String Text(Napi::Env env, const std::string& text) {
  return Napi::String::New(env, text.data(), text.size());
}

Napi::Value ToValue(Napi::Env env, const SignatureOutline& outline) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("signature", Text(env, outline.algorithm));
  object.Set("spki", ToBuffer(env, outline.spki));
  return object;
}

Napi::Value ToValue(Napi::Env env, const PublicKeyOutline& key) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("type", Text(env, key.type));
  object.Set("group", Text(env, key.group));
  object.Set("bits", key.bits);
  object.Set("securityBits", key.security_bits);
  object.Set("spki", ToBuffer(env, key.spki));
  return object;
}

Napi::Value ToValue(Napi::Env env, const RequestFacts& request) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("subject", ToName(env, request.subject));
  object.Set("subjectaltname", Text(env, request.alternative_names));
  object.Set("signature", Text(env, request.signature));
  object.Set("key", ToValue(env, request.key));
  object.Set("proven", request.proven);
  return object;
}

Napi::Value ToValue(Napi::Env env, const CrlFacts& crl) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("issuer", ToName(env, crl.issuer));
  object.Set("thisUpdate", Text(env, crl.this_update));
  object.Set("nextUpdate", Text(env, crl.next_update));
  object.Set("signature", Text(env, crl.signature));
  object.Set("revoked", crl.revoked);
  return object;
}

Napi::Value ToValue(Napi::Env env, const SessionFacts& session) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("protocol", session.protocol);
  object.Set("cipher", Text(env, session.cipher));
  object.Set("servername", Text(env, session.server_name));
  object.Set("lifetime", session.lifetime);
  object.Set("ticket", session.ticket);
  object.Set("maxEarlyData", session.early_data);
  return object;
}

Napi::Value ToValue(Napi::Env env, const std::vector<Bytes>& list) {
  Napi::Array array = Napi::Array::New(env, list.size());
  for (uint32_t i = 0; i < list.size(); ++i) array.Set(i, ToBuffer(env, list[i]));
  return array;
}

Napi::Value ToValue(Napi::Env env, const Pkcs12Facts& pkcs12) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("certificates", ToValue(env, pkcs12.certificates));
  object.Set("key", pkcs12.key ? ToValue(env, *pkcs12.key) : env.Null());
  return object;
}

}  // namespace

Napi::Value DescribeObject(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::string kind = info[0].ToString().Utf8Value();
  const Span bytes = ToSpan(info[1]);
  const auto answer = [env](const auto& facts) -> Napi::Value {
    if (!facts) ThrowOpenSSL(env, "not in the expected form");
    ossl.ERR_clear_error();
    return ToValue(env, *facts);
  };
  ossl.ERR_clear_error();
  if (kind == "certificate") return answer(OutlineOfCertificate(bytes));
  if (kind == "publicKey") return answer(OutlineOfPublicKey(bytes));
  if (kind == "request") return answer(FactsOfRequest(bytes));
  if (kind == "crl") return answer(FactsOfCrl(bytes));
  if (kind == "session") return answer(FactsOfSession(bytes));
  if (kind == "pkcs7") return answer(CertificatesOfPkcs7(bytes));
  const Secret secret = ToSecret(info[2]);
  const Secret* passphrase = info[2].IsUndefined() ? nullptr : &secret;
  if (kind == "privateKey") return answer(OutlineOfPrivateKey(bytes, passphrase));
  return answer(FactsOfPkcs12(bytes, passphrase, info[3].ToBoolean()));
}

Napi::Value CheckChainOf(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::shared_ptr<SecureContext> context = SecureContextObject::From(info[0]);
  if (!context) throw Napi::Error::New(env, "The secure context is closed");
  const Napi::Array ders = info[1].As<Napi::Array>();
  std::vector<Span> chain(ders.Length());
  for (uint32_t i = 0; i < chain.size(); ++i) chain[i] = ToSpan(ders.Get(i));
  const ChainCheck check = CheckChain(*context, chain, info[2].ToBoolean());
  Napi::Object result = Napi::Object::New(env);
  Napi::Array built = Napi::Array::New(env, check.chain.size());
  for (uint32_t i = 0; i < check.chain.size(); ++i) built.Set(i, ToBuffer(env, check.chain[i]));
  result.Set("chain", built);
  result.Set("error", env.Null());
  if (check.error == X509_V_OK) return result;
  Napi::Object error = Napi::Object::New(env);
  error.Set("number", check.error);
  error.Set("code", VerifyErrorName(check.error));
  error.Set("message", ossl.X509_verify_cert_error_string(check.error));
  error.Set("depth", check.depth);
  result.Set("error", error);
  return result;
}

}  // namespace ownssl
