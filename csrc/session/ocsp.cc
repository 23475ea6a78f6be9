#include "ocsp.h"

#include "../openssl/stack_of.h"

namespace ownssl {

OcspJudgement JudgeStaple(const Session& session) {
  SSL* ssl = session.ssl();
  const std::vector<uint8_t>& response = session.ocsp_response();
  OcspJudgement judgement;
  judgement.verdict = OcspVerdict::kMissing;
  const std::vector<X509*> chain = session.PeerChain();
  if (chain.empty() || response.empty()) return judgement;
  // A chain that ends at the leaf, because that is trusted itself, has the issuer elsewhere.
  std::vector<X509*> candidates(chain.begin() + 1, chain.end());
  const STACK_OF(X509)* sent = ossl.SSL_get_peer_cert_chain(ssl);
  const int count = sent != nullptr ? StackSize(sent) : 0;
  for (int i = 0; i < count; ++i) candidates.push_back(StackAt<X509>(sent, i));
  candidates.push_back(chain.front());
  return JudgeOcspResponse({response.data(), response.size()}, chain.front(),
                           FindIssuer(chain.front(), candidates), ossl.SSL_get_security_level(ssl));
}

bool PeerWantsStaple(const Session& session) {
  const std::vector<X509*> chain = session.PeerChain();
  return !chain.empty() && WantsStaple(chain.front());
}

}  // namespace ownssl
