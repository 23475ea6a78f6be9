#include "trust_store.h"

#include <mutex>
#include <utility>

#include "pem.h"

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
    bool complete = false;
    for (X509Pointer& certificate : ReadCertificates(pem, &complete)) {
      trust->certificates_.push_back(std::move(certificate));
    }
    if (!complete) ++trust->skipped_;
    ossl.ERR_clear_error();
  }
  trust->default_paths_ = default_paths;
  trust->store_ = trust->Copy();
  return trust->store_ ? trust : nullptr;
}

X509StorePointer TrustStore::Copy() const {
  X509StorePointer store(ossl.X509_STORE_new());
  if (!store) return store;
  for (const X509Pointer& certificate : certificates_) {
    ossl.X509_STORE_add_cert(store.get(), certificate.get());  // Duplicates are ignored.
  }
  if (default_paths_ && ossl.X509_STORE_set_default_paths(store.get()) != 1) store.reset();
  return store;
}

std::shared_ptr<TrustStore> TrustStore::Default() {
  std::lock_guard<std::mutex> lock(mutex);
  return Slot();
}

void TrustStore::SetDefault(std::shared_ptr<TrustStore> store) {
  std::lock_guard<std::mutex> lock(mutex);
  Slot() = std::move(store);
}

}  // namespace ownssl
