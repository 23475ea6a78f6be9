#include "values.h"

#include <algorithm>

#include "../openssl/api.h"

namespace ownssl {
namespace {

constexpr size_t kMostAtOnce = size_t{1} << 30;

// This asks Node-API itself, because Napi::TypedArray would fetch each of the facts by a call of
// its own.
bool View(const Napi::Value& value, void** data, size_t* size) {
  napi_env env = value.Env();
  bool is = false;
  if (napi_is_typedarray(env, value, &is) == napi_ok && is) {
    napi_typedarray_type type;
    size_t length = 0;
    if (napi_get_typedarray_info(env, value, &type, &length, data, nullptr, nullptr) != napi_ok) {
      return false;
    }
    static constexpr size_t kElementSize[] = {1, 1, 1, 2, 2, 4, 4, 4, 8, 8, 8};
    const auto index = static_cast<size_t>(type);
    if (index >= sizeof(kElementSize) / sizeof(kElementSize[0])) return false;
    *size = length * kElementSize[index];
    return true;
  }
  if (napi_is_dataview(env, value, &is) == napi_ok && is) {
    return napi_get_dataview_info(env, value, size, data, nullptr, nullptr) == napi_ok;
  }
  return false;
}

}  // namespace

Span ToSpan(const Napi::Value& value) {
  if (value.IsUndefined() || value.IsNull()) return {};
  void* data = nullptr;
  size_t size = 0;
  if (!View(value, &data, &size)) {
    throw MakeTypeError(value.Env(), "ERR_INVALID_ARG_TYPE",
                        "Expected a Buffer, TypedArray or DataView");
  }
  return {static_cast<const uint8_t*>(data), size};
}

Span ToInput(const Napi::Value& value) {
  const Span span = ToSpan(value);
  return {span.data, std::min(span.size, kMostAtOnce)};
}

Room ToRoom(const Napi::Value& value) {
  const Span span = ToInput(value);
  return {const_cast<uint8_t*>(span.data), span.size};
}

Span TextOrBytes(const Napi::Value& value, std::string* storage) {
  if (!value.IsString()) return ToSpan(value);
  *storage = value.As<Napi::String>().Utf8Value();
  return {reinterpret_cast<const uint8_t*>(storage->data()), storage->size()};
}

Secret ToSecret(const Napi::Value& value) {
  if (!value.IsString()) {
    const Span span = ToSpan(value);
    return {span.data, span.size};
  }
  napi_env env = value.Env();
  size_t size = 0;
  napi_get_value_string_utf8(env, value, nullptr, 0, &size);
  Secret terminated(size + 1);
  napi_get_value_string_utf8(env, value, reinterpret_cast<char*>(terminated.data()), size + 1,
                             &size);
  return {terminated.data(), size};
}

Napi::Value ToBuffer(Napi::Env env, const void* data, size_t size) {
  return Napi::Buffer<uint8_t>::Copy(env, static_cast<const uint8_t*>(data), size);
}

Napi::Value ToBuffer(Napi::Env env, const std::vector<uint8_t>& bytes) {
  return ToBuffer(env, bytes.data(), bytes.size());
}

Napi::Value ToStringOrUndefined(Napi::Env env, const char* text) {
  if (text == nullptr) return env.Undefined();
  return Napi::String::New(env, text);
}

Napi::Value ToDer(Napi::Env env, X509* certificate) {
  if (certificate == nullptr) return env.Undefined();
  const int size = ossl.i2d_X509(certificate, nullptr);
  if (size <= 0) return env.Undefined();
  auto buffer = Napi::Buffer<uint8_t>::New(env, static_cast<size_t>(size));
  unsigned char* data = buffer.Data();
  ossl.i2d_X509(certificate, &data);
  return buffer;
}

void ThrowOpenSSL(Napi::Env env, const char* fallback) {
  throw MakeError(env, DrainErrors(fallback));
}

}  // namespace ownssl
