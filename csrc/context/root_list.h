// Root certificates, each of which is parsed when a chain asks for it: a chain needs one of the 150
// that are trusted by default, and a server without client certificates needs none.
//
// Several threads may use a list at once.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "../base/span.h"
#include "../openssl/api.h"
#include "../openssl/pointers.h"
#include "trust_digest.h"

namespace ownssl {

class RootList {
 public:
  // Adds the certificates of a PEM text. False if something in it can't be read; what can be is
  // kept.
  bool Add(Span pem);
  size_t size() const { return roots_.size(); }

  // Puts all of them into a store.
  void AddAllTo(X509_STORE* store);
  // Puts those with this subject into a store, in their order; null if there are none, otherwise
  // one of them, which the list owns.
  X509* AddTo(X509_STORE* store, const X509_NAME* subject);

  // A digest of all of them, in their order, which is computed once.
  TrustDigest Digest(char kind);

  // Lets a store look for roots here. It has to be the only place from which certificates with
  // these subjects get into the store: OpenSSL looks no further once it has one of a name.
  static bool Attach(const std::shared_ptr<RootList>& roots, X509_STORE* store);

 private:
  struct Root {
    std::vector<uint8_t> der;
    X509Pointer certificate;  // Null until it is parsed.
  };

  void Insert(uint64_t hash, Root root);
  X509* Parsed(Root* root);

  std::vector<Root> roots_;
  std::unordered_multimap<uint64_t, size_t> by_subject_;
  std::optional<TrustDigest> digest_;
  std::mutex mutex_;
};

}  // namespace ownssl
