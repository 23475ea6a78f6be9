#include "certificate_object.h"

#include "../context/certificate_facts.h"
#include "../openssl/pointers.h"
#include "values.h"

namespace ownssl {
namespace {

Napi::Value ToString(Napi::Env env, const std::string& text) {
  return Napi::String::New(env, text.data(), text.size());
}

// Null stands for an extension that is present and can't be read.
Napi::Value ToText(Napi::Env env, const CertificateFacts::Extension& extension) {
  if (!extension.present) return env.Undefined();
  return extension.text ? ToString(env, *extension.text) : env.Null();
}

}  // namespace

// Types and values are two lists, and no object: a type may occur more than once, and may be called
// anything ("__proto__").
Napi::Value ToName(Napi::Env env, const CertificateFacts::Name& name) {
  Napi::Array types = Napi::Array::New(env);
  Napi::Array values = Napi::Array::New(env);
  uint32_t next = 0;
  for (const auto& [type, value] : name) {
    types.Set(next, ToString(env, type));
    values.Set(next++, value ? ToString(env, *value) : env.Null());
  }
  Napi::Array pair = Napi::Array::New(env);
  pair.Set(0u, types);
  pair.Set(1u, values);
  return pair;
}

Napi::Value DescribeCertificate(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Span der = ToSpan(info[0]);
  const unsigned char* data = der.data;
  const X509Pointer certificate(
      der.size > 0 ? ossl.d2i_X509(nullptr, &data, static_cast<long>(der.size)) : nullptr);
  if (!certificate) {
    ossl.ERR_clear_error();
    return env.Undefined();
  }
  const CertificateFacts facts = FactsOf(certificate.get());
  Napi::Object object = Napi::Object::New(env);
  const auto set = [&](const char* name, const std::string& text) {
    if (!text.empty()) object.Set(name, ToString(env, text));
  };
  object.Set("subject", ToName(env, facts.subject));
  object.Set("issuer", ToName(env, facts.issuer));
  object.Set("subjectaltname", ToText(env, facts.alternative_names));
  object.Set("infoAccess", ToText(env, facts.info_access));
  object.Set("ca", facts.authority);
  if (facts.key) {
    object.Set("bits", facts.key->bits);
    object.Set("pubkey", ToBuffer(env, facts.key->encoded));
    if (!facts.key->point.empty()) object.Set("point", ToBuffer(env, facts.key->point));
    object.Set("pss", facts.key->pss);
    set("modulus", facts.key->modulus);
    set("exponent", facts.key->exponent);
    set("asn1Curve", facts.key->curve);
    set("nistCurve", facts.key->nist);
  }
  object.Set("valid_from", ToString(env, facts.valid_from));
  object.Set("valid_to", ToString(env, facts.valid_to));
  set("fingerprint", facts.sha1);
  set("fingerprint256", facts.sha256);
  set("fingerprint512", facts.sha512);
  if (facts.usages) {
    Napi::Array usages = Napi::Array::New(env);
    uint32_t next = 0;
    for (const std::string& usage : *facts.usages) usages.Set(next++, ToString(env, usage));
    object.Set("ext_key_usage", usages);
  }
  set("serialNumber", facts.serial_number);
  object.Set("raw", ToBuffer(env, facts.der));
  object.Set("selfIssued", facts.self_issued);
  object.Set("keyType", ToString(env, facts.key_type));
  return object;
}

}  // namespace ownssl
