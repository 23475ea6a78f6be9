#include "trust_store.h"

#include <array>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace ownssl {
namespace {

using Digest = std::array<unsigned char, 32>;

std::mutex mutex;

// The trust stores in use, by the digest of their texts.
std::map<Digest, std::weak_ptr<TrustStore>>& InUse() {
  // It is never destroyed, because workers may still use it while the process exits.
  static auto* stores = new std::map<Digest, std::weak_ptr<TrustStore>>();
  return *stores;
}

std::optional<Digest> DigestOf(const std::vector<Span>& pems) {
  std::string all;
  for (const Span& pem : pems) {
    all.append(std::to_string(pem.size)).append(1, ' ');
    all.append(reinterpret_cast<const char*>(pem.data), pem.size);
  }
  Digest digest;
  size_t size = digest.size();
  const int made =
      ossl.EVP_Q_digest(nullptr, "SHA256", nullptr, all.data(), all.size(), digest.data(), &size);
  return made == 1 && size == digest.size() ? std::optional<Digest>(digest) : std::nullopt;
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

std::shared_ptr<TrustStore> TrustStore::Shared(const std::vector<Span>& pems, bool default_paths) {
  // A store is not shared if it has default paths, since what these hold may change.
  const auto digest = default_paths ? std::nullopt : DigestOf(pems);
  if (!digest) return Parse(pems, default_paths);
  const std::lock_guard<std::mutex> lock(mutex);
  auto& stores = InUse();
  if (const auto found = stores.find(*digest); found != stores.end()) {
    if (auto store = found->second.lock()) return store;
  }
  for (auto each = stores.begin(); each != stores.end();) {
    each = each->second.expired() ? stores.erase(each) : std::next(each);
  }
  auto store = Parse(pems, false);
  if (store) stores[*digest] = store;
  return store;
}

}  // namespace ownssl
