// Gives what a session negotiated in the shapes of Node's TLSSocket methods.

#include "../openssl/controls.h"
#include "../openssl/verify_errors.h"
#include "secure_context_object.h"
#include "session_object.h"
#include "values.h"

namespace ownssl {
namespace {

using FinishedFunction = size_t (*)(const SSL*, void*, size_t);

Napi::Value Finished(Napi::Env env, const SSL* ssl, FinishedFunction get) {
  uint8_t buffer[EVP_MAX_MD_SIZE];
  const size_t size = get(ssl, buffer, sizeof(buffer));
  if (size == 0) return env.Undefined();
  return ToBuffer(env, buffer, std::min(size, sizeof(buffer)));
}

// The hybrid groups of post-quantum key exchange have no EVP_PKEY that could be asked for a curve.
Napi::Object GroupInfo(Napi::Env env, SSL* ssl, EVP_PKEY* key) {
  Napi::Object object = Napi::Object::New(env);
  const auto set = [&](const char* type, const char* name) {
    object.Set("type", type);
    if (name != nullptr) object.Set("name", name);
    if (key != nullptr) object.Set("size", ossl.EVP_PKEY_get_bits(key));
  };
  const int id = key != nullptr ? ossl.EVP_PKEY_get_id(key) : EVP_PKEY_NONE;
  switch (id) {
    case EVP_PKEY_DH:
      set("DH", nullptr);
      break;
    case EVP_PKEY_EC: {
      char name[64] = "";
      size_t size = 0;
      ossl.EVP_PKEY_get_group_name(key, name, sizeof(name), &size);
      set("ECDH", name);
      break;
    }
    case EVP_PKEY_X25519:
    case EVP_PKEY_X448:
      set("ECDH", ossl.OBJ_nid2sn(id));
      break;
    default:
      if (Has(Feature::kGroupName)) {
        const char* name = ossl.SSL_get0_group_name(ssl);
        if (name != nullptr) set("TLSGroup", name);
      }
  }
  return object;
}

}  // namespace

Napi::Value SessionObject::GetProtocol(Info info) {
  return ToStringOrUndefined(info.Env(), ossl.SSL_get_version(session(info)->ssl()));
}

Napi::Value SessionObject::GetCipher(Info info) {
  const Napi::Env env = info.Env();
  const SSL_CIPHER* cipher = ossl.SSL_get_current_cipher(session(info)->ssl());
  if (cipher == nullptr) return env.Undefined();
  Napi::Object object = Napi::Object::New(env);
  object.Set("name", ToStringOrUndefined(env, ossl.SSL_CIPHER_get_name(cipher)));
  object.Set("standardName", ToStringOrUndefined(env, ossl.SSL_CIPHER_standard_name(cipher)));
  object.Set("version", ToStringOrUndefined(env, ossl.SSL_CIPHER_get_version(cipher)));
  return object;
}

Napi::Value SessionObject::GetEphemeralKeyInfo(Info info) {
  const Napi::Env env = info.Env();
  const OffloadedSession::User session = this->session(info);
  if (session->role() == Role::kServer) return env.Null();
  SSL* ssl = session->ssl();
  const EVPKeyPointer key = control::PeerTemporaryKey(ssl);
  ossl.ERR_clear_error();
  if (!session->established()) return Napi::Object::New(env);
  return GroupInfo(env, ssl, key.get());
}

// The name of the group, on a server, too. Undefined where there was none.
Napi::Value SessionObject::GetGroup(Info info) {
  const Napi::Env env = info.Env();
  const OffloadedSession::User session = this->session(info);
  if (!session->established()) return env.Undefined();
  const int group = control::NegotiatedGroup(session->ssl());
  if (group > 0) return ToStringOrUndefined(env, ossl.OBJ_nid2sn(group));
  return Has(Feature::kGroupName)
             ? ToStringOrUndefined(env, ossl.SSL_get0_group_name(session->ssl()))
             : env.Undefined();
}

Napi::Value SessionObject::GetSharedSigalgs(Info info) {
  const Napi::Env env = info.Env();
  const OffloadedSession::User session = this->session(info);
  SSL* ssl = session->ssl();
  const int count =
      ossl.SSL_get_shared_sigalgs(ssl, 0, nullptr, nullptr, nullptr, nullptr, nullptr);
  Napi::Array array = Napi::Array::New(env);
  for (int i = 0; i < count; ++i) {
    int sign = 0;
    int hash = 0;
    int both = 0;
    unsigned char raw_sign = 0;
    unsigned char raw_hash = 0;
    ossl.SSL_get_shared_sigalgs(ssl, i, &sign, &hash, &both, &raw_sign, &raw_hash);
    std::string name;
    switch (sign) {
      case EVP_PKEY_RSA:
        name = "RSA";
        break;
      case EVP_PKEY_RSA_PSS:
        name = "RSA-PSS";
        break;
      case EVP_PKEY_DSA:
        name = "DSA";
        break;
      case EVP_PKEY_EC:
        name = "ECDSA";
        break;
      case NID_ED25519:
        name = "Ed25519";
        break;
      case NID_ED448:
        name = "Ed448";
        break;
      case NID_undef:
        name = "UNDEF";
        break;
      default:
        name = ossl.OBJ_nid2sn(sign);
    }
    const char* digest = hash == NID_undef ? nullptr : ossl.OBJ_nid2sn(hash);
    array.Set(static_cast<uint32_t>(i), name + "+" + (digest != nullptr ? digest : "UNDEF"));
  }
  return array;
}

Napi::Value SessionObject::GetFinished(Info info) {
  return Finished(info.Env(), session(info)->ssl(), ossl.SSL_get_finished);
}

Napi::Value SessionObject::GetPeerFinished(Info info) {
  return Finished(info.Env(), session(info)->ssl(), ossl.SSL_get_peer_finished);
}

Napi::Value SessionObject::GetSession(Info info) {
  const Napi::Env env = info.Env();
  const OffloadedSession::User session = this->session(info);
  SSL_SESSION* current = ossl.SSL_get_session(session->ssl());
  const int size = current != nullptr ? ossl.i2d_SSL_SESSION(current, nullptr) : 0;
  if (size <= 0) return env.Undefined();
  auto buffer = Napi::Buffer<uint8_t>::New(env, static_cast<size_t>(size));
  unsigned char* data = buffer.Data();
  ossl.i2d_SSL_SESSION(current, &data);
  return buffer;
}

// getTLSTicket(session): that of the session in its serialized form, or of the one in use.
Napi::Value SessionObject::GetTicket(Info info) {
  const OffloadedSession::User session = this->session(info);
  SSLSessionPointer given;
  if (info[0].IsTypedArray()) {
    const Span der = ToSpan(info[0]);
    const unsigned char* data = der.data;
    given.reset(ossl.d2i_SSL_SESSION(nullptr, &data, static_cast<long>(der.size)));
    ossl.ERR_clear_error();
  }
  const SSL_SESSION* current = given ? given.get() : ossl.SSL_get_session(session->ssl());
  if (current == nullptr) return info.Env().Undefined();
  const unsigned char* ticket = nullptr;
  size_t size = 0;
  ossl.SSL_SESSION_get0_ticket(current, &ticket, &size);
  if (ticket == nullptr) return info.Env().Undefined();
  return ToBuffer(info.Env(), ticket, size);
}

Napi::Value SessionObject::IsSessionReused(Info info) {
  return Napi::Boolean::New(info.Env(), ossl.SSL_session_reused(session(info)->ssl()) == 1);
}

Napi::Value SessionObject::GetAlpn(Info info) {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  const OffloadedSession::User session = this->session(info);
  ossl.SSL_get0_alpn_selected(session->ssl(), &name, &size);
  if (size == 0) return Napi::Boolean::New(info.Env(), false);
  return Napi::String::New(info.Env(), reinterpret_cast<const char*>(name), size);
}

Napi::Value SessionObject::GetServername(Info info) {
  const OffloadedSession::User session = this->session(info);
  const char* name = session->servername().empty()
                         ? ossl.SSL_get_servername(session->ssl(), TLSEXT_NAMETYPE_host_name)
                         : session->servername().c_str();
  if (name == nullptr) return Napi::Boolean::New(info.Env(), false);
  return Napi::String::New(info.Env(), name);
}

Napi::Value SessionObject::GetPeerChain(Info info) {
  const Napi::Env env = info.Env();
  Napi::Array array = Napi::Array::New(env);
  uint32_t next = 0;
  const OffloadedSession::User session = this->session(info);
  for (X509* certificate : session->PeerChain()) array.Set(next++, ToDer(env, certificate));
  return array;
}

Napi::Value SessionObject::PeerMatches(Info info) {
  return Napi::Boolean::New(info.Env(), session(info)->PeerMatches(info[0].ToString()));
}

Napi::Value SessionObject::GetCertificate(Info info) {
  return ToDer(info.Env(), ossl.SSL_get_certificate(session(info)->ssl()));
}

// Returns the result of the verification so far; null if it succeeded or none was made.
Napi::Value SessionObject::GetVerifyError(Info info) {
  const Napi::Env env = info.Env();
  const OffloadedSession::User session = this->session(info);
  const int code = session->VerifyResult();
  if (code == X509_V_OK) return env.Null();
  Napi::Object object = Napi::Object::New(env);
  object.Set("number", code);
  object.Set("code", VerifyErrorName(code));
  object.Set("message", ossl.X509_verify_cert_error_string(code));
  if (session->verify_depth() >= 0) object.Set("depth", session->verify_depth());
  return object;
}

Napi::Value SessionObject::GetTrail(Info info) {
  const Napi::Env env = info.Env();
  const OffloadedSession::User session = this->session(info);
  const Trail& trail = session->trail();
  const SSL* ssl = session->ssl();
  Napi::Object object = Napi::Object::New(env);
  object.Set("alert", trail.alert());
  object.Set("alertSent", trail.alert_sent());
  object.Set("phase", session->established() ? "established" : Trail::Phase(ssl));
  object.Set("heard", ToStringOrUndefined(env, trail.LastHeard(ssl)));
  return object;
}

Napi::Value SessionObject::GetTrustDigest(Info info) {
  const TrustDigest digest = session(info)->trust_digest();
  return ToBuffer(info.Env(), digest.data(), digest.size());
}

Napi::Value SessionObject::GetIdentityDigest(Info info) {
  const TrustDigest digest = session(info)->identity_digest();
  return ToBuffer(info.Env(), digest.data(), digest.size());
}

// As the server says it, in seconds.
Napi::Value SessionObject::GetSessionLifetime(Info info) {
  const OffloadedSession::User session = this->session(info);
  const SSL_SESSION* current = ossl.SSL_get_session(session->ssl());
  const unsigned long hint =
      current != nullptr ? ossl.SSL_SESSION_get_ticket_lifetime_hint(current) : 0;
  return Napi::Number::New(info.Env(), static_cast<double>(hint));
}

Napi::Value SessionObject::ExportKeyingMaterial(Info info) {
  const Napi::Env env = info.Env();
  auto buffer = Napi::Buffer<uint8_t>::New(env, info[0].ToNumber().Uint32Value());
  const std::string label = info[1].ToString();
  const Span context = ToSpan(info[2]);
  const bool has_context = !info[2].IsUndefined();
  ossl.ERR_clear_error();
  if (ossl.SSL_export_keying_material(session(info)->ssl(), buffer.Data(), buffer.Length(),
                                      label.data(), label.size(), context.data, context.size,
                                      has_context ? 1 : 0) != 1) {
    ThrowOpenSSL(env, "SSL_export_keying_material");
  }
  return buffer;
}

// A string says why there is no binding.
Napi::Value SessionObject::GetChannelBinding(Info info) {
  const auto kind = static_cast<Session::Binding>(info[0].ToNumber().Uint32Value());
  const Session::ChannelBinding binding = session(info)->BindTo(kind);
  if (binding.missing != nullptr) return Napi::String::New(info.Env(), binding.missing);
  return ToBuffer(info.Env(), binding.data);
}

// Milliseconds of work, milliseconds in the queue of the threads, and steps done there.
Napi::Value SessionObject::GetHandshakeTimes(Info info) {
  using Milliseconds = std::chrono::duration<double, std::milli>;
  const HandshakeTimes times = session(info)->times();
  Napi::Array array = Napi::Array::New(info.Env(), 3);
  array.Set(0u, Milliseconds(times.worked).count());
  array.Set(1u, Milliseconds(times.queued).count());
  array.Set(2u, times.steps);
  return array;
}

Napi::Array ToEvents(Napi::Env env, const std::vector<Event>& events) {
  Napi::Array array = Napi::Array::New(env);
  uint32_t next = 0;
  for (const Event& event : events) {
    array.Set(next++, Napi::Number::New(env, static_cast<uint32_t>(event.kind)));
    array.Set(next++, ToBuffer(env, event.id));
    array.Set(next++, ToBuffer(env, event.data.data(), event.data.size()));
  }
  return array;
}

}  // namespace ownssl
