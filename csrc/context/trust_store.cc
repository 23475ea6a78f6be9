#include "trust_store.h"

#include <mutex>
#include <utility>

#include "../base/generation.h"

namespace ownssl {
namespace {

std::mutex mutex;
std::shared_ptr<TrustStore>& Slot() {
  // Never destroyed: workers may still use it while the process exits.
  static auto* slot = new std::shared_ptr<TrustStore>();
  return *slot;
}

}  // namespace

std::shared_ptr<TrustStore> TrustStore::Parse(const std::vector<Span>& pems, bool default_paths) {
  auto trust = std::make_shared<TrustStore>();
  for (const Span& pem : pems) {
    if (!trust->roots_->Add(pem)) ++trust->skipped_;
  }
  trust->default_paths_ = default_paths;
  trust->store_ = trust->Copy();
  return trust->store_ ? trust : nullptr;
}

X509StorePointer TrustStore::Copy() const {
  X509StorePointer store(ossl.X509_STORE_new());
  if (!store) return store;
  if (default_paths_) {
    // These may bring certificates with the same names.
    roots_->AddAllTo(store.get());
    if (ossl.X509_STORE_set_default_paths(store.get()) != 1) store.reset();
  } else if (!RootList::Attach(roots_, store.get())) {
    store.reset();
  }
  return store;
}

bool TrustStore::AddTo(X509_STORE* copy, X509* certificate) const {
  roots_->AddTo(copy, ossl.X509_get_subject_name(certificate));
  return ossl.X509_STORE_add_cert(copy, certificate) == 1;
}

std::shared_ptr<TrustStore> TrustStore::Default() {
  std::lock_guard<std::mutex> lock(mutex);
  return Slot();
}

void TrustStore::SetDefault(std::shared_ptr<TrustStore> store) {
  std::lock_guard<std::mutex> lock(mutex);
  Slot() = std::move(store);
  Generation::Next();
}

}  // namespace ownssl
