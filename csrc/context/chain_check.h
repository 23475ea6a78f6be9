// Whether a chain would be accepted in a handshake, without one: for looking into files.
#pragma once

#include <vector>

#include "../base/span.h"
#include "secure_context.h"

namespace ownssl {

struct ChainCheck {
  int error = 0;  // X509_V_ERR_…
  int depth = 0;  // Which certificate it is about; 0 is the leaf.
  // As OpenSSL has put it together, DER, from the leaf to what is trusted, or as far as that went.
  std::vector<std::vector<uint8_t>> chain;
};

// Verifies DER, leaf first, as the peer of a connection with this context would be: by the
// context's trust, its security level, and for the purpose of a TLS server or client.
ChainCheck CheckChain(const SecureContext& context, const std::vector<Span>& chain, bool server);

}  // namespace ownssl
