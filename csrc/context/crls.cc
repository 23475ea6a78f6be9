#include "crls.h"

#include <utility>

#include "../openssl/stack_of.h"
#include "pem.h"

namespace ownssl {
namespace {

// The index of a store that is for applications: all stores that ask in here are ours.
constexpr int kSelf = 0;

X509CRLPointer Share(const X509CRLPointer& crl) {
  ossl.X509_CRL_up_ref(crl.get());
  return X509CRLPointer(crl.get());
}

}  // namespace

Crls::List Crls::Read(Span pem) {
  List list;
  ossl.ERR_clear_error();
  const BIOPointer bio = ReadOnlyBio(pem);
  while (bio) {
    X509CRLPointer crl(ossl.PEM_read_bio_X509_CRL(bio.get(), nullptr, nullptr, nullptr));
    if (!crl) break;
    list.push_back(std::move(crl));
  }
  // The reason why there is none is the caller's to tell.
  if (!list.empty()) ossl.ERR_clear_error();
  return list;
}

bool Crls::Add(Span pem) {
  List added = Read(pem);
  if (added.empty()) return false;
  const std::lock_guard<std::mutex> lock(mutex_);
  auto all = std::make_shared<List>();
  for (const X509CRLPointer& crl : *list_) all->push_back(Share(crl));
  for (X509CRLPointer& crl : added) all->push_back(std::move(crl));
  list_ = std::move(all);
  digest_ = Extend(digest_, 'r', pem);
  return true;
}

bool Crls::Replace(const std::vector<Span>& pems, size_t* unreadable) {
  auto all = std::make_shared<List>();
  TrustDigest digest{};
  for (size_t i = 0; i < pems.size(); ++i) {
    List read = Read(pems[i]);
    if (read.empty()) {
      *unreadable = i;
      return false;
    }
    for (X509CRLPointer& crl : read) all->push_back(std::move(crl));
    digest = Extend(digest, 'r', pems[i]);
  }
  // The old ones are freed without the lock, which verifications wait for.
  std::shared_ptr<const List> old = std::move(all);
  const std::lock_guard<std::mutex> lock(mutex_);
  list_.swap(old);
  digest_ = digest;
  return true;
}

std::shared_ptr<const Crls::List> Crls::list() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return list_;
}

bool Crls::empty() const { return list()->empty(); }

TrustDigest Crls::digest() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return digest_;
}

void Crls::ServeTo(X509_STORE* store) {
  ossl.X509_STORE_set_ex_data(store, kSelf, this);
  ossl.X509_STORE_set_lookup_crls(store, &OnLookup);
}

// OpenSSL frees the stack and what is in it. Null: there is none.
STACK_OF(X509_CRL) * Crls::OnLookup(const X509_STORE_CTX* verification, const X509_NAME* issuer) {
  // A folder of trusted certificates may have lists, too.
  CRLStackPointer found(ossl.X509_STORE_CTX_get1_crls(verification, issuer));
  const auto* self = static_cast<const Crls*>(
      ossl.X509_STORE_get_ex_data(ossl.X509_STORE_CTX_get0_store(verification), kSelf));
  if (self == nullptr) return found.release();
  const std::shared_ptr<const List> list = self->list();
  for (const X509CRLPointer& crl : *list) {
    if (ossl.X509_NAME_cmp(ossl.X509_CRL_get_issuer(crl.get()), issuer) != 0) continue;
    if (!found) found.reset(NewStack<STACK_OF(X509_CRL)>());
    if (!found) return nullptr;
    X509CRLPointer shared = Share(crl);
    if (StackPush(found.get(), shared.get())) static_cast<void>(shared.release());
  }
  return found.release();
}

}  // namespace ownssl
