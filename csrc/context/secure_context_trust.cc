// Whom a SecureContext trusts, and what is revoked.

#include <utility>

#include "pem.h"
#include "secure_context.h"

namespace ownssl {

bool SecureContext::AddRootCertificates(std::shared_ptr<TrustStore> trust) {
  if (!trust) return false;
  trust_ = std::move(trust);
  ossl.SSL_CTX_set1_cert_store(ctx_.get(), trust_->store());
  own_store_ = false;
  return true;
}

void SecureContext::UseDefaultTrustOf(const SecureContext& other) {
  if (own_store_ || other.own_store_) return;
  trust_ = other.trust_;
  ossl.SSL_CTX_set1_cert_store(ctx_.get(), trust_->store());
}

X509_STORE* SecureContext::OwnStore() {
  if (!own_store_) {
    // Other contexts share this store, so it is never changed.
    X509StorePointer copy = trust_->Copy();
    if (!copy) return nullptr;
    ossl.SSL_CTX_set_cert_store(ctx_.get(), copy.release());
    own_store_ = true;
  }
  return ossl.SSL_CTX_get_cert_store(ctx_.get());
}

bool SecureContext::AddCa(X509* certificate) {
  X509_STORE* store = OwnStore();
  if (store == nullptr) return false;
  const bool added = trust_ ? trust_->AddTo(store, certificate)
                            : ossl.X509_STORE_add_cert(store, certificate) == 1;
  own_trust_ = ExtendBy(certificate, 'c', own_trust_);
  return added && ossl.SSL_CTX_add_client_CA(ctx_.get(), certificate) == 1;
}

void SecureContext::AddDefaultPaths() {
  own_trust_ = Extend(own_trust_, 'o', {});
  if (X509_STORE* store = OwnStore()) ossl.X509_STORE_set_default_paths(store);
  ossl.ERR_clear_error();
}

bool SecureContext::AddCaCertificates(Span pem) {
  ossl.ERR_clear_error();
  bool complete = false;
  // As in Node, what can be read is used, because the bundles of systems have odd text and odd
  // ends.
  for (const X509Pointer& certificate : ReadCertificates(pem, &complete)) {
    if (!AddCa(certificate.get())) return false;
  }
  ossl.ERR_clear_error();
  return true;
}

bool SecureContext::AddCrl(Span pem) { return crls_.Add(pem) && CheckCrls(); }

bool SecureContext::SetCrls(const std::vector<Span>& pems, size_t* unreadable) {
  return crls_.Replace(pems, unreadable) && CheckCrls();
}

bool SecureContext::CheckCrls() {
  constexpr unsigned long kFlags = X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
  X509_STORE* store = OwnStore();
  if (store == nullptr) return false;
  if (crls_.empty()) {
    return ossl.X509_VERIFY_PARAM_clear_flags(ossl.X509_STORE_get0_param(store), kFlags) == 1;
  }
  crls_.ServeTo(store);
  return ossl.X509_STORE_set_flags(store, kFlags) == 1;
}

void SecureContext::AllowPartialTrustChain() {
  // The flag is set on the context, because the store may be shared.
  ossl.X509_VERIFY_PARAM_set_flags(ossl.SSL_CTX_get0_param(ctx_.get()), X509_V_FLAG_PARTIAL_CHAIN);
  own_trust_ = Extend(own_trust_, 'p', {});
}

TrustDigest SecureContext::trust_digest() const {
  const TrustDigest roots = trust_ ? trust_->digest() : TrustDigest{};
  const TrustDigest trusted = Extend(own_trust_, 'd', {roots.data(), roots.size()});
  if (crls_.empty()) return trusted;
  const TrustDigest revoked = crls_.digest();
  return Extend(trusted, 'r', {revoked.data(), revoked.size()});
}

}  // namespace ownssl
