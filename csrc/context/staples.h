// The OCSP responses that a server staples by itself (RFC 6066, 8), one for each certificate of its
// context. Who asks responders, and when, is lib/context/ocsp-stapling.ts; here is what handshakes
// use, in whichever thread.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "../base/span.h"
#include "../openssl/api.h"
#include "../openssl/pointers.h"
#include "ocsp_response.h"

namespace ownssl {

class Staples {
 public:
  // What a responder has to be asked about. The request is empty where the issuer is not known.
  struct Wanted {
    std::vector<uint8_t> request;
    std::vector<std::string> responders;
  };
  // Finds the certificates and their issuers, among what is sent with them and what is trusted. The
  // caller keeps others from using the context meanwhile. Needs Feature::kOcsp.
  std::vector<Wanted> Collect(SSL_CTX* ctx);

  // Takes a response about the certificate at this index of what Collect() gave, if it is good.
  OcspJudgement Set(size_t index, Span response, int security_level);

  using Response = std::shared_ptr<const std::vector<uint8_t>>;
  // Null if there is none, or it has expired.
  Response Find(const X509* certificate) const;

 private:
  struct Entry {
    X509Pointer certificate;
    X509Pointer issuer;
    Response response;
    int64_t until = 0;
  };
  mutable std::mutex mutex_;
  std::vector<Entry> entries_;
};

}  // namespace ownssl
