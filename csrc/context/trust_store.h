// The root certificates that a context trusts by default. Each environment of Node (a thread) has
// its own; those of the same content are one.
#pragma once

#include <memory>
#include <vector>

#include "../base/span.h"
#include "../openssl/api.h"
#include "../openssl/pointers.h"
#include "root_list.h"
#include "trust_digest.h"

namespace ownssl {

class TrustStore {
 public:
  // Makes a store from PEM texts, of one or more certificates each. A text that can't be parsed to
  // its end is counted in skipped(). With `default_paths`, OpenSSL's own file and folder count as
  // well, and so do SSL_CERT_FILE and SSL_CERT_DIR.
  static std::shared_ptr<TrustStore> Parse(const std::vector<Span>& pems, bool default_paths);

  // Returns such a store, or one that was made of the same texts and is still in use.
  static std::shared_ptr<TrustStore> Shared(const std::vector<Span>& pems, bool default_paths);

  // The store is shared and immutable. Contexts that add certificates make a Copy(), and add them
  // by AddTo().
  X509_STORE* store() const { return store_.get(); }
  X509StorePointer Copy() const;
  bool AddTo(X509_STORE* copy, X509* certificate) const;
  size_t size() const { return roots_->size(); }
  size_t skipped() const { return skipped_; }
  // A digest of the roots; of OpenSSL's own paths, it only says that they count.
  TrustDigest digest() const { return roots_->Digest(default_paths_ ? 'o' : 'd'); }

 private:
  // The store, and copies of it, look for roots in here when a chain asks for them.
  std::shared_ptr<RootList> roots_ = std::make_shared<RootList>();
  bool default_paths_ = false;
  X509StorePointer store_;
  size_t skipped_ = 0;
};

}  // namespace ownssl
