// DANE (RFC 6698, RFC 7671): a server is verified by records of the DNS for which the application
// vouches.

#include <mutex>

#include "session.h"

namespace ownssl {
namespace {

// For clients of the context that do not ask for DANE it changes nothing.
bool EnableOn(const SecureContext& context) {
  const std::lock_guard<FairSharedMutex> lock(context.mutex());
  return ossl.SSL_CTX_dane_enable(context.ctx()) == 1;
}

}  // namespace

// False leaves the reason in the error queue.
bool Session::EnableDane(const std::string& domain, bool name_checks) {
  ossl.ERR_clear_error();
  SSL* ssl = ssl_.get();
  if (!configurable() || role_ != Role::kClient || !EnableOn(*contexts_.back()) ||
      ossl.SSL_dane_enable(ssl, domain.c_str()) != 1) {
    return false;
  }
  // Names are compared as everywhere else in here (peer.cc).
  ossl.X509_VERIFY_PARAM_set_hostflags(
      ossl.SSL_get0_param(ssl),
      X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  if (!name_checks) ossl.SSL_dane_set_flags(ssl, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
  return true;
}

bool Session::AddTlsa(uint8_t usage, uint8_t selector, uint8_t type, Span data) {
  if (!configurable()) return false;
  const int added = ossl.SSL_dane_tlsa_add(ssl_.get(), usage, selector, type, data.data, data.size);
  ossl.ERR_clear_error();
  return added > 0;
}

std::optional<DaneMatch> Session::MatchedTlsa() const {
  SSL* ssl = ssl_.get();
  const int depth = ossl.SSL_get0_dane_authority(ssl, nullptr, nullptr);
  DaneMatch match;
  if (depth < 0 || ossl.SSL_get0_dane_tlsa(ssl, &match.usage, &match.selector, &match.type, nullptr,
                                           nullptr) < 0) {
    return std::nullopt;
  }
  match.depth = depth;
  return match;
}

}  // namespace ownssl
