// What a Session does for the certificates of clients: whether a server wants one, which the name
// that was asked for may decide.
#pragma once

#include <optional>

#include "../openssl/api.h"
#include "handshake_parts.h"

namespace ownssl {

class Session;

class ClientAuthentication {
 public:
  explicit ClientAuthentication(Session* session) : session_(session) {}
  ClientAuthentication(const ClientAuthentication&) = delete;
  ClientAuthentication& operator=(const ClientAuthentication&) = delete;

  // --- Server ---

  // Whether a certificate is wanted depends on the context that the application chooses, so it is
  // asked for that before a session is resumed, too. Before the handshake.
  void DependOnContext() { depends_on_context_ = true; }
  // Whether the handshake under way may want a certificate, as far as is known.
  bool MayDemand() const;
  // What this handshake wants.
  CertificateDemand Demand() const;
  // Lets OpenSSL want what the chosen context wants. This is for the moments at which OpenSSL asks
  // for a context.
  void UseDemand();

 private:
  Session* const session_;
  bool depends_on_context_ = false;
};

}  // namespace ownssl
