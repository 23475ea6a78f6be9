#include "tls_objects.h"

#include <iterator>

#include "../base/counters.h"
#include "../base/generation.h"
#include "../base/heap.h"
#include "../context/certificate_compression.h"
#include "../context/content_digest.h"
#include "../context/trust_store.h"
#include "certificate_object.h"
#include "descriptor.h"
#include "ech_objects.h"
#include "inspection.h"
#include "io_object.h"
#include "ocsp_objects.h"
#include "raw_public_keys.h"
#include "secure_context_object.h"
#include "session_object.h"
#include "socket_object.h"
#include "turns.h"
#include "values.h"

namespace ownssl {
namespace {

using DefaultTrust = SecureContextObject::DefaultTrust;

// setDefaultTrust(pems, defaultPaths) returns the number of texts in which something could not be
// read. Contexts that were made before stay as they are.
Napi::Value SetDefaultTrust(const Napi::CallbackInfo& info, DefaultTrust* slot) {
  const Napi::Env env = info.Env();
  const Napi::Array array = info[0].As<Napi::Array>();
  std::vector<std::string> texts(array.Length());
  std::vector<Span> pems(array.Length());
  for (uint32_t i = 0; i < pems.size(); ++i) pems[i] = TextOrBytes(array.Get(i), &texts[i]);
  std::shared_ptr<TrustStore> trust = TrustStore::Shared(pems, info[1].ToBoolean());
  if (!trust) ThrowOpenSSL(env, "Could not create the trust store");
  const auto skipped = static_cast<double>(trust->skipped());
  if (*slot) Generation::Next();
  *slot = std::move(trust);
  return Napi::Number::New(env, skipped);
}

Napi::Value GetGeneration(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(Generation::Current()));
}

// contentDigest(parts) returns a digest of strings and bytes, which are put together; undefined
// where OpenSSL can't make one. Keys and passphrases may be among them.
Napi::Value DigestOf(const Napi::CallbackInfo& info) {
  const Napi::Array parts = info[0].As<Napi::Array>();
  SecretBytes content;
  for (uint32_t i = 0; i < parts.Length(); ++i) {
    const Secret part = ToSecret(parts.Get(i));
    content.insert(content.end(), part.data(), part.data() + part.size());
  }
  const std::string digest = ContentDigest({content.data(), content.size()});
  return ToStringOrUndefined(info.Env(), digest.empty() ? nullptr : digest.c_str());
}

// The names of the algorithms that the library in use has.
Napi::Value GetCertificateCompressions(const Napi::CallbackInfo& info) {
  const std::vector<CertificateCompression> algorithms = CertificateCompressions();
  Napi::Array names = Napi::Array::New(info.Env(), algorithms.size());
  for (uint32_t i = 0; i < algorithms.size(); ++i) names.Set(i, algorithms[i].name);
  return names;
}

// Counts the native objects that are alive in the process. Only tests ask for it: it shows leaks,
// which no other means shows within Node.
Napi::Value LiveObjects(const Napi::CallbackInfo& info) {
  Napi::Object object = Napi::Object::New(info.Env());
  object.Set("sessions", static_cast<double>(Session::live()));
  object.Set("contexts", static_cast<double>(SecureContext::live()));
  return object;
}

// The bytes outside of its heap that V8 takes into account, besides those of ArrayBuffers.
Napi::Value ExternalMemory(const Napi::CallbackInfo& info) {
  const int64_t bytes = Napi::MemoryManagement::AdjustExternalMemory(info.Env(), 0);
  return Napi::Number::New(info.Env(), static_cast<double>(bytes));
}

// What getStats() tells of the process, as numbers. The order is part of the boundary.
Napi::Value GetCounters(const Napi::CallbackInfo& info) {
  const double values[] = {
      static_cast<double>(Session::live()),
      static_cast<double>(SecureContext::live()),
      static_cast<double>(counters.contexts.value()),
      static_cast<double>(counters.encrypted.value()),
      static_cast<double>(counters.decrypted.value()),
      static_cast<double>(Offload::Shared().threads()),
      static_cast<double>(Offload::Shared().waiting()),
      static_cast<double>(counters.steps.value()),
      static_cast<double>(counters.refused_steps.value()),
      static_cast<double>(counters.worked_ns.value()) / 1e6,
      static_cast<double>(counters.queued_ns.value()) / 1e6,
      static_cast<double>(counters.longest_queued_ns.value()) / 1e6,
  };
  Napi::Array array = Napi::Array::New(info.Env(), std::size(values));
  for (uint32_t i = 0; i < std::size(values); ++i) array.Set(i, values[i]);
  return array;
}

void KeepFreed(const Napi::CallbackInfo&) { KeepFreedMemory(); }

}  // namespace

void ExportTls(Napi::Env env, Napi::Object exports) {
  auto progress = Napi::Int32Array::New(env, Session::kProgressSize);
  exports.Set("progress", progress);
  const std::shared_ptr<OffloadWakeup> queue = OffloadWakeup::Create(env);
  exports.Set("Session", SessionObject::Define(env, progress, queue));
  // offloadHandshakes(callback, threads) makes the callback get each Session whose step in a thread
  // has ended. The threads are the process's; undefined leaves their number as it is.
  exports.Set("offloadHandshakes",
              Napi::Function::New(env, [queue](const Napi::CallbackInfo& info) {
                queue->Open(info[0].As<Napi::Function>());
                if (!info[1].IsNumber()) return;
                Offload::Shared().SetThreads(info[1].ToNumber().Uint32Value());
              }));
  exports.Set("stopThreads", Napi::Function::New(
                                 env, [](const Napi::CallbackInfo&) { Offload::Shared().Stop(); }));
  ExportTurns(env, exports);
  const auto trust = std::make_shared<DefaultTrust>();
  exports.Set("SecureContext", SecureContextObject::Define(env, trust));
  exports.Set("setDefaultTrust", Napi::Function::New(env, [trust](const Napi::CallbackInfo& info) {
                return SetDefaultTrust(info, trust.get());
              }));
  exports.Set("hasDefaultTrust", Napi::Function::New(env, [trust](const Napi::CallbackInfo& info) {
                return Napi::Boolean::New(info.Env(), *trust != nullptr);
              }));
  ExportSocket(env, exports);
  ExportDescriptor(env, exports);
  ExportIo(env, exports);
  ExportEch(env, exports);
  exports.Set("generation", Napi::Function::New(env, &GetGeneration, "generation"));
  exports.Set("contentDigest", Napi::Function::New(env, &DigestOf, "contentDigest"));
  exports.Set("certificateCompressions",
              Napi::Function::New(env, &GetCertificateCompressions, "certificateCompressions"));
  exports.Set("describeCertificate",
              Napi::Function::New(env, &DescribeCertificate, "describeCertificate"));
  exports.Set("checkChain", Napi::Function::New(env, &CheckChainOf, "checkChain"));
  exports.Set("describeObject", Napi::Function::New(env, &DescribeObject, "describeObject"));
  exports.Set("checkRawPublicKeys",
              Napi::Function::New(env, &CheckRawPublicKeys, "checkRawPublicKeys"));
  exports.Set("checkOcsp", Napi::Function::New(env, &CheckOcsp, "checkOcsp"));
  exports.Set("encodePublicKey", Napi::Function::New(env, &EncodePublicKeyOf, "encodePublicKey"));
  exports.Set("keepFreedMemory", Napi::Function::New(env, &KeepFreed, "keepFreedMemory"));
  exports.Set("counters", Napi::Function::New(env, &GetCounters, "counters"));
  exports.Set("externalMemory", Napi::Function::New(env, &ExternalMemory, "externalMemory"));
  exports.Set("liveObjects", Napi::Function::New(env, &LiveObjects, "liveObjects"));
}

}  // namespace ownssl
