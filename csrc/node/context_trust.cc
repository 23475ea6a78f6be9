// The trust of a SecureContext, and the OCSP responses that it staples, as lib/ sees them.

#include "ocsp_objects.h"
#include "secure_context_object.h"
#include "values.h"

namespace ownssl {
namespace {

constexpr char kOperationFailed[] = "ERR_CRYPTO_OPERATION_FAILED";

}  // namespace

void SecureContextObject::AddRootCerts(Info info) {
  if (!change(info)->AddRootCertificates(*default_trust_)) {
    throw MakeError(info.Env(), kOperationFailed, "The default root certificates are not loaded");
  }
}

void SecureContextObject::AddCaCert(Info info) {
  std::string text;
  if (!change(info)->AddCaCertificates(TextOrBytes(info[0], &text))) {
    ThrowOpenSSL(info.Env(), "Could not add the CA certificate");
  }
}

void SecureContextObject::AddCrl(Info info) {
  std::string text;
  if (!change(info)->AddCrl(TextOrBytes(info[0], &text))) {
    throw MakeError(info.Env(), kOperationFailed, "Failed to parse CRL");
  }
}

// setCRL(pems) replaces what there is. The error has the index of the one that can't be read.
void SecureContextObject::SetCrl(Info info) {
  const Napi::Array array = info[0].As<Napi::Array>();
  std::vector<std::string> texts(array.Length());
  std::vector<Span> pems(array.Length());
  for (uint32_t i = 0; i < pems.size(); ++i) pems[i] = TextOrBytes(array.Get(i), &texts[i]);
  size_t unreadable = 0;
  if (change(info)->SetCrls(pems, &unreadable)) return;
  const Napi::Error error = MakeError(info.Env(), kOperationFailed, "Failed to parse CRL");
  error.Set("index", static_cast<double>(unreadable));
  throw error;
}

void SecureContextObject::SetAllowPartialTrustChain(Info info) {
  change(info)->AllowPartialTrustChain();
}

// --- Stapling ---

// collectStapleRequests(): a list of { request, responders }, one for each certificate. The request
// is empty where the issuer is not known.
Napi::Value SecureContextObject::CollectStapleRequests(Info info) {
  CheckOcsp(info);
  const Napi::Env env = info.Env();
  std::vector<Staples::Wanted> wanted;
  {
    Change change = this->change(info);
    wanted = change->staples().Collect(change->ctx());
  }
  Napi::Array list = Napi::Array::New(env, wanted.size());
  for (uint32_t i = 0; i < wanted.size(); ++i) {
    const std::vector<std::string>& urls = wanted[i].responders;
    Napi::Array responders = Napi::Array::New(env, urls.size());
    for (uint32_t j = 0; j < urls.size(); ++j) responders.Set(j, urls[j]);
    Napi::Object object = Napi::Object::New(env);
    object.Set("request", ToBuffer(env, wanted[i].request));
    object.Set("responders", responders);
    list.Set(i, object);
  }
  return list;
}

// setStaple(index, response): an OcspStatus; what is not good is not taken.
Napi::Value SecureContextObject::SetStaple(Info info) {
  CheckOcsp(info);
  SecureContext& context = own(info);
  return ToObject(info.Env(),
                  context.staples().Set(info[0].ToNumber().Uint32Value(), ToSpan(info[1]),
                                        ossl.SSL_CTX_get_security_level(context.ctx())));
}

}  // namespace ownssl
