#include "staples.h"

#include <ctime>
#include <utility>

#include "../openssl/controls.h"
#include "../openssl/errors.h"
#include "../openssl/stack_of.h"

namespace ownssl {
namespace {

X509Pointer Share(X509* certificate) {
  if (certificate != nullptr) ossl.X509_up_ref(certificate);
  return X509Pointer(certificate);
}

// Among the trusted ones OpenSSL looks by name; whether it has signed is seen by FindIssuer().
X509Pointer TrustedIssuer(SSL_CTX* ctx, X509* certificate) {
  const X509StoreCtxPointer lookup(ossl.X509_STORE_CTX_new());
  X509* found = nullptr;
  if (lookup && ossl.X509_STORE_CTX_init(lookup.get(), ossl.SSL_CTX_get_cert_store(ctx), nullptr,
                                         nullptr) == 1) {
    ossl.X509_STORE_CTX_get1_issuer(&found, lookup.get(), certificate);
  }
  return X509Pointer(found);
}

X509Pointer IssuerOf(X509* certificate, SSL_CTX* ctx) {
  std::vector<X509*> candidates;
  const STACK_OF(X509)* chain = control::ChainOf(ctx);
  const int count = chain != nullptr ? StackSize(chain) : 0;
  for (int i = 0; i < count; ++i) candidates.push_back(StackAt<X509>(chain, i));
  const X509Pointer trusted = TrustedIssuer(ctx, certificate);
  if (trusted) candidates.push_back(trusted.get());
  return Share(FindIssuer(certificate, candidates));
}

}  // namespace

std::vector<Staples::Wanted> Staples::Collect(SSL_CTX* ctx) {
  const ClearErrors scope;
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<Wanted> wanted;
  entries_.clear();
  X509* current = ossl.SSL_CTX_get0_certificate(ctx);
  for (bool more = control::SelectFirstPair(ctx); more; more = control::SelectNextPair(ctx)) {
    X509* certificate = ossl.SSL_CTX_get0_certificate(ctx);
    Entry entry{Share(certificate), IssuerOf(certificate, ctx), nullptr, 0};
    wanted.push_back(
        {entry.issuer ? OcspRequestFor(certificate, entry.issuer.get()) : std::vector<uint8_t>(),
         OcspRespondersOf(certificate)});
    entries_.push_back(std::move(entry));
  }
  if (current != nullptr) control::SelectCertificate(ctx, current);
  return wanted;
}

OcspJudgement Staples::Set(size_t index, Span response, int security_level) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (index >= entries_.size()) return {};
  Entry& entry = entries_[index];
  const OcspJudgement judgement =
      JudgeOcspResponse(response, entry.certificate.get(), entry.issuer.get(), security_level);
  if (judgement.verdict != OcspVerdict::kGood) return judgement;
  entry.response =
      std::make_shared<const std::vector<uint8_t>>(response.data, response.data + response.size);
  entry.until = EndOf(judgement);
  return judgement;
}

Staples::Response Staples::Find(const X509* certificate) const {
  if (certificate == nullptr) return nullptr;
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const Entry& entry : entries_) {
    if (!entry.response || ossl.X509_cmp(entry.certificate.get(), certificate) != 0) continue;
    return std::time(nullptr) < entry.until ? entry.response : nullptr;
  }
  return nullptr;
}

}  // namespace ownssl
