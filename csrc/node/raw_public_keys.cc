// Raw public keys in place of certificates (RFC 7250).

#include "raw_public_keys.h"

#include "../context/public_key.h"
#include "session_object.h"
#include "values.h"

namespace ownssl {

// setRawPublicKeys(own, ofPeer): `ofPeer` is a RawKeys (lib/native/boundary.ts).
void SessionObject::SetRawPublicKeys(Info info) {
  const auto of_peer = static_cast<RawKeys>(info[1].ToNumber().Uint32Value());
  if (session(info)->SetRawPublicKeys(info[0].ToBoolean(), of_peer)) return;
  ThrowOpenSSL(info.Env(), "Could not set the types of certificates");
}

Napi::Value SessionObject::GetPeerRawKey(Info info) {
  const OffloadedSession::User session = this->session(info);
  const EVP_PKEY* key = session->PeerRawKey();
  if (key == nullptr) return info.Env().Null();
  return ToBuffer(info.Env(), EncodePublicKey(key));
}

void CheckRawPublicKeys(const Napi::CallbackInfo& info) {
  if (Has(Feature::kRawPublicKeys)) return;
  throw MakeError(info.Env(), kFeatureUnavailable, UnavailableMessage(Feature::kRawPublicKeys));
}

Napi::Value EncodePublicKeyOf(const Napi::CallbackInfo& info) {
  std::string text;
  ossl.ERR_clear_error();
  const EVPKeyPointer key = ReadPublicKey(TextOrBytes(info[0], &text));
  if (!key) ThrowOpenSSL(info.Env(), "Could not read the public key");
  ossl.ERR_clear_error();
  return ToBuffer(info.Env(), EncodePublicKey(key.get()));
}

}  // namespace ownssl
