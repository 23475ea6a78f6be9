// Private keys that are elsewhere: a context gets them, a session asks them.

#include "../fiber/fiber.h"
#include "../openssl/fips.h"
#include "secure_context_object.h"
#include "session_object.h"
#include "values.h"

namespace ownssl {

// setExternalKey(publicKey, decrypts) returns the number by which a session asks for it.
Napi::Value SecureContextObject::SetExternalKey(Info info) {
  const Napi::Env env = info.Env();
  const bool decrypts = info[1].ToBoolean();
  if (!Fiber::Available()) {
    throw MakeError(env, kFeatureUnavailable,
                    "Handshakes can't wait on this processor and system, so a key has to be here");
  }
  if (decrypts && FipsActive()) {
    throw MakeError(env, "ERR_CRYPTO_UNSUPPORTED_OPERATION",
                    "FIPS does not allow the RSA key exchange that decrypt() is for");
  }
  std::string text;
  uint64_t number = 0;
  using Result = SecureContext::ExternalKeyResult;
  switch (change(info)->SetExternalKey(TextOrBytes(info[0], &text), decrypts, &number)) {
    case Result::kOk:
      return Napi::Number::New(env, static_cast<double>(number));
    case Result::kOtherKind:
      throw MakeTypeError(env, "ERR_INVALID_ARG_VALUE",
                          "The key is of a kind that can't sign here: RSA, EC, Ed25519, Ed448 and "
                          "ML-DSA can");
    case Result::kUnreadable:
    case Result::kFailed:
      break;
  }
  ThrowOpenSSL(env, "Could not read the public key");
}

Napi::Value SessionObject::GetKeyRequest(Info info) {
  const Napi::Env env = info.Env();
  const KeyRequest request = session(info)->key_request();
  Napi::Object object = Napi::Object::New(env);
  object.Set("key", static_cast<double>(request.key));
  object.Set("decrypts", request.operation == KeyRequest::Operation::kDecrypt);
  object.Set("algorithm", request.algorithm);
  object.Set("hash", request.hash);
  object.Set("padding", request.padding);
  object.Set("saltLength", request.salt_length);
  object.Set("data", ToBuffer(env, request.data));
  return object;
}

void SessionObject::AnswerPrivateKey(Info info) {
  session(info)->AnswerPrivateKey(ToSecret(info[0]));
}

}  // namespace ownssl
