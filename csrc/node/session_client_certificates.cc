// Certificates of clients: asked for in an established connection, and chosen.

#include "../context/certificate_facts.h"
#include "certificate_object.h"
#include "secure_context_object.h"
#include "session_object.h"
#include "values.h"

namespace ownssl {

// requestClientCertificate(require): a ClientAuthentication::Request. kUnderWay, too, if the end of
// another handshake is to be heard before: it would be taken for that of this one.
Napi::Value SessionObject::RequestClientCertificate(Info info) {
  using Request = ClientAuthentication::Request;
  const OffloadedSession::User session = this->session(info);
  const Request result =
      steps(info).unheard()
          ? Request::kUnderWay
          : session->client_authentication().RequestCertificate(info[0].ToBoolean());
  return Napi::Number::New(info.Env(), static_cast<uint32_t>(result));
}

// setClientCertificates(offers, asks)
void SessionObject::SetClientCertificates(Info info) {
  const OffloadedSession::User session = this->session(info);
  if (info[0].ToBoolean()) session->client_authentication().Offer();
  if (info[1].ToBoolean()) session->client_authentication().AskForIdentity();
}

// getCertificateRequest(): names as in DescribeCertificate(), each with its DER.
Napi::Value SessionObject::GetCertificateRequest(Info info) {
  const Napi::Env env = info.Env();
  const OffloadedSession::User session = this->session(info);
  Napi::Array names = Napi::Array::New(env);
  Napi::Array ders = Napi::Array::New(env);
  uint32_t next = 0;
  for (const X509_NAME* name : session->client_authentication().Authorities()) {
    const unsigned char* der = nullptr;
    size_t size = 0;
    if (ossl.X509_NAME_get0_der(name, &der, &size) != 1) continue;
    names.Set(next, ToName(env, DistinguishedNameOf(name)));
    ders.Set(next++, ToBuffer(env, der, size));
  }
  ossl.ERR_clear_error();
  Napi::Object object = Napi::Object::New(env);
  object.Set("names", names);
  object.Set("ders", ders);
  object.Set("established", session->established());
  return object;
}

// answerClientCertificate(context): null for that of the client's own.
void SessionObject::AnswerClientCertificate(Info info) {
  std::shared_ptr<SecureContext> context;
  if (!info[0].IsNull()) {
    context = SecureContextObject::From(info[0]);
    if (!context) throw Napi::TypeError::New(info.Env(), "context must be a SecureContext");
  }
  session(info)->client_authentication().Answer(std::move(context));
}

}  // namespace ownssl
