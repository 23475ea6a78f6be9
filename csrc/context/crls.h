// The revocation lists of one context. OpenSSL's stores let lists be added, and never taken out, so
// they are kept here, and a store asks for those of an issuer when it verifies: the list that holds
// then is the one that counts, in a handshake that is under way, too.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "../base/span.h"
#include "../openssl/api.h"
#include "../openssl/pointers.h"
#include "trust_digest.h"

namespace ownssl {

class Crls {
 public:
  // Takes what there is in a PEM text, beside what is there already. False if that is nothing.
  bool Add(Span pem);
  // Takes these in place of what is there. If one has none, `unreadable` is its index, and nothing
  // has changed.
  bool Replace(const std::vector<Span>& pems, size_t* unreadable);
  bool empty() const;
  TrustDigest digest() const;

  // From now on the store looks in here, beside what it looks for by itself. This has to outlive
  // its verifications.
  void ServeTo(X509_STORE* store);

 private:
  using List = std::vector<X509CRLPointer>;

  static List Read(Span pem);
  static STACK_OF(X509_CRL) * OnLookup(const X509_STORE_CTX* verification, const X509_NAME* issuer);
  std::shared_ptr<const List> list() const;

  mutable std::mutex mutex_;
  std::shared_ptr<const List> list_ = std::make_shared<const List>();
  TrustDigest digest_{};
};

}  // namespace ownssl
