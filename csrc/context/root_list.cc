#include "root_list.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "certificate_outline.h"
#include "pem.h"

namespace ownssl {
namespace {

// Names whose encoding is odd have this hash. They are compared with every name.
constexpr uint64_t kOddName = 0;

uint64_t HashOf(const X509_NAME* name) {
  const unsigned char* der = nullptr;
  size_t size = 0;
  if (ossl.X509_NAME_get0_der(name, &der, &size) != 1) return kOddName;
  return HashOfName({der, size}).value_or(kOddName);
}

using SharedList = std::shared_ptr<RootList>;

int FindBySubject(X509_LOOKUP* lookup, X509_LOOKUP_TYPE type, const X509_NAME* name,
                  X509_OBJECT* found) noexcept {
  if (type != X509_LU_X509) return 0;
  const auto* roots = static_cast<const SharedList*>(ossl.X509_LOOKUP_get_method_data(lookup));
  if (roots == nullptr) return 0;
  X509* root = (*roots)->AddTo(ossl.X509_LOOKUP_get_store(lookup), name);
  if (root == nullptr || ossl.X509_OBJECT_set1_X509(found, root) != 1) return 0;
  // OpenSSL expects what its own lookups give: a borrowed certificate, of which it takes a
  // reference.
  static_cast<void>(X509Pointer(root));
  return 1;
}

void Detach(X509_LOOKUP* lookup) noexcept {
  delete static_cast<SharedList*>(ossl.X509_LOOKUP_get_method_data(lookup));
}

X509_LOOKUP_METHOD* Method() {
  // It is never freed, because stores may outlive everything else.
  static X509_LOOKUP_METHOD* const method = [] {
    X509_LOOKUP_METHOD* made = ossl.X509_LOOKUP_meth_new("ownssl roots");
    if (made != nullptr) {
      ossl.X509_LOOKUP_meth_set_get_by_subject(made, &FindBySubject);
      ossl.X509_LOOKUP_meth_set_free(made, &Detach);
    }
    return made;
  }();
  return method;
}

}  // namespace

bool RootList::Add(Span pem) {
  if (std::optional<std::vector<uint8_t>> der = SingleCertificate(pem)) {
    const std::optional<Span> subject = SubjectOf({der->data(), der->size()});
    const std::optional<uint64_t> hash = subject ? HashOfName(*subject) : std::nullopt;
    if (hash) {
      Insert(*hash, {std::move(*der), nullptr});
      return true;
    }
  }
  bool complete = false;
  for (X509Pointer& certificate : ReadCertificates(pem, &complete)) {
    const uint64_t hash = HashOf(ossl.X509_get_subject_name(certificate.get()));
    Insert(hash, {{}, std::move(certificate)});
  }
  ossl.ERR_clear_error();
  return complete;
}

void RootList::Insert(uint64_t hash, Root root) {
  by_subject_.emplace(hash, roots_.size());
  roots_.push_back(std::move(root));
}

X509* RootList::Parsed(Root* root) {
  if (!root->certificate && !root->der.empty()) {
    const unsigned char* data = root->der.data();
    root->certificate.reset(ossl.d2i_X509(nullptr, &data, static_cast<long>(root->der.size())));
    if (!root->certificate) ossl.ERR_clear_error();
    // The bytes need not be kept twice, and those that can't be parsed are not tried again.
    root->der = {};
  }
  return root->certificate.get();
}

void RootList::AddAllTo(X509_STORE* store) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (Root& root : roots_) {
    // A store ignores what it has already.
    if (X509* certificate = Parsed(&root)) ossl.X509_STORE_add_cert(store, certificate);
  }
}

X509* RootList::AddTo(X509_STORE* store, const X509_NAME* subject) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const uint64_t hash = HashOf(subject);
  std::vector<size_t> candidates;
  if (hash == kOddName) {
    for (size_t i = 0; i < roots_.size(); ++i) candidates.push_back(i);
  } else {
    for (const uint64_t key : {hash, kOddName}) {
      const auto [begin, end] = by_subject_.equal_range(key);
      for (auto it = begin; it != end; ++it) candidates.push_back(it->second);
    }
    std::sort(candidates.begin(), candidates.end());
  }
  X509* first = nullptr;
  for (const size_t i : candidates) {
    X509* certificate = Parsed(&roots_[i]);
    if (certificate == nullptr ||
        ossl.X509_NAME_cmp(ossl.X509_get_subject_name(certificate), subject) != 0 ||
        ossl.X509_STORE_add_cert(store, certificate) != 1) {
      continue;
    }
    if (first == nullptr) first = certificate;
  }
  return first;
}

TrustDigest RootList::Digest(char kind) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (digest_) return *digest_;
  std::vector<uint8_t> all;
  for (const Root& root : roots_) {
    // A root that was parsed has no bytes of its own any more.
    unsigned char* der = nullptr;
    const int size = root.certificate ? ossl.i2d_X509(root.certificate.get(), &der) : 0;
    const OpenSSLMemory<unsigned char> owner(der);
    if (size > 0) all.insert(all.end(), der, der + size);
    all.insert(all.end(), root.der.begin(), root.der.end());
  }
  digest_ = Extend({}, kind, {all.data(), all.size()});
  return *digest_;
}

bool RootList::Attach(const std::shared_ptr<RootList>& roots, X509_STORE* store) {
  X509_LOOKUP_METHOD* method = Method();
  X509_LOOKUP* lookup = method != nullptr ? ossl.X509_STORE_add_lookup(store, method) : nullptr;
  return lookup != nullptr && ossl.X509_LOOKUP_set_method_data(lookup, new SharedList(roots)) == 1;
}

}  // namespace ownssl
