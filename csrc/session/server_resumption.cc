// Decides which session a server resumes. What was negotiated with another name, or accepted by
// other trust, does not hold here (RFC 6066, 3; CVE-2025-23419).

#include <algorithm>
#include <cstring>

#include "session.h"

namespace ownssl {
namespace {

// Compares names of hosts as DNS does.
bool SameName(const std::string& name, const char* other) {
  const std::string second = other != nullptr ? other : "";
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(name.begin(), name.end(), second.begin(), second.end(),
                    [lower](char a, char b) { return lower(a) == lower(b); });
}

// The digest is in the session's field for applications, which OpenSSL protects like the rest of a
// ticket.
bool IsBoundTo(const TrustDigest& trust, SSL_SESSION* session) {
  void* data = nullptr;
  size_t size = 0;
  return ossl.SSL_SESSION_get0_ticket_appdata(session, &data, &size) == 1 && size == trust.size() &&
         memcmp(data, trust.data(), size) == 0;
}

}  // namespace

bool Session::MayResume(SSL_SESSION* session) {
  if (!SameName(client_hello_.servername, ossl.SSL_SESSION_get0_hostname(session))) {
    return false;
  }
  // Which raw keys are accepted may be asked of the application, and only in a full handshake.
  if (Has(Feature::kRawPublicKeys) && ossl.SSL_SESSION_get0_peer_rpk(session) != nullptr) {
    return false;
  }
  // Trust decides about certificates only.
  const bool certified = ossl.SSL_SESSION_get0_peer(session) != nullptr;
  if (!certified && !client_authentication_.MayDemand()) return true;
  // The context of this name may trust others than that of the server, and may want a certificate
  // where the server does not.
  if (!AskForContext()) return false;
  const CertificateDemand demand = client_authentication_.Demand();
  if (!certified && !demand.request) return true;
  if (!certified && demand.require) return false;
  const SecureContext* context = chosen_context_ ? chosen_context_.get() : contexts_.back().get();
  return IsBoundTo(TrustDigestOf(*context), session);
}

TrustDigest Session::TrustDigestOf(const SecureContext& context) const {
  const TrustDigest digest = context.trust_digest();
  const bool strict = strictness_.required || context.strict();
  return strict ? Extend(digest, 'w', {}) : digest;
}

void Session::Bind(SSL_SESSION* session) const {
  // The session of a pre-shared key in TLS 1.3 does not get its name from OpenSSL.
  if (ossl.SSL_SESSION_get0_hostname(session) == nullptr && !client_hello_.servername.empty()) {
    ossl.SSL_SESSION_set1_hostname(session, client_hello_.servername.c_str());
  }
  void* data = nullptr;
  size_t size = 0;
  ossl.SSL_SESSION_get0_ticket_appdata(session, &data, &size);
  // A resumed session stays bound to what has verified it, or would have: of a client that was
  // asked for a certificate and had none. None is resumed whose client the profile has refused:
  // OpenSSL, which keeps its own verdict in the session, knows nothing of it.
  const bool judged =
      ossl.SSL_SESSION_get0_peer(session) != nullptr || client_authentication_.Demand().request;
  if (size > 0 || !judged || strictness_.failed) return;
  const TrustDigest trust = trust_digest();
  ossl.SSL_SESSION_set1_ticket_appdata(session, trust.data(), trust.size());
}

}  // namespace ownssl
