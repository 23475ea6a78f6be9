#include "error_object.h"

namespace ownssl {

Napi::Error MakeError(Napi::Env env, const std::string& code, const std::string& message) {
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("code", Napi::String::New(env, code));
  return error;
}

Napi::TypeError MakeTypeError(Napi::Env env, const std::string& code, const std::string& message) {
  Napi::TypeError error = Napi::TypeError::New(env, message);
  error.Set("code", Napi::String::New(env, code));
  return error;
}

Napi::Error MakeError(Napi::Env env, const OpenSSLError& error) {
  Napi::Error result = Napi::Error::New(env, error.message);
  if (!error.stack.empty()) {
    Napi::Array stack = Napi::Array::New(env, error.stack.size());
    for (uint32_t i = 0; i < error.stack.size(); i++) stack.Set(i, error.stack[i]);
    result.Set("opensslErrorStack", stack);
  }
  const auto set = [&](const char* key, const std::string& value) {
    if (!value.empty()) result.Set(key, Napi::String::New(env, value));
  };
  set("library", error.library);
  set("reason", error.reason);
  set("code", error.code);
  return result;
}

}  // namespace ownssl
