// Registers the addon with Node.
#include <napi.h>

#include "../openssl/dynamic.h"
#include "openssl_object.h"
#include "tls_objects.h"

namespace {

Napi::Object Register(Napi::Env env, Napi::Object exports) {
  ownssl::PinAddon();
  ownssl::ExportOpenSSL(env, exports);
  ownssl::ExportTls(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(NODE_GYP_MODULE_NAME, Register)
