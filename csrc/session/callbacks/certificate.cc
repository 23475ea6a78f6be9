// Lets the application choose a server's certificate for the name that the client has asked for,
// and a client's for the authorities that the server has named.

#include "../session.h"
#include "callbacks.h"

namespace ownssl {

int Callbacks::OnCertificate(SSL* ssl, void*) noexcept {
  constexpr int kGoOn = 1;
  constexpr int kAbort = 0;  // OpenSSL sends the alert internal_error.
  Session* session = Of(ssl);
  if (session == nullptr) return kAbort;
  // OpenSSL calls again for the ClientHello after a HelloRetryRequest; what was chosen stays.
  if (!session->AskForContext()) return kAbort;
  std::shared_ptr<SecureContext> context = std::move(session->chosen_context_);
  if (context && !session->UseContext(std::move(context))) return kAbort;
  session->client_authentication_.UseDemand();
  // No session is resumed, so the key exchange and the signature follow.
  return session->BeforeCostlyPart() ? kGoOn : kAbort;
}

int Callbacks::OnClientCertificate(SSL* ssl, void*) noexcept {
  constexpr int kGoOn = 1;
  constexpr int kAbort = 0;  // OpenSSL sends the alert internal_error.
  Session* session = Of(ssl);
  return session != nullptr && session->client_authentication_.ChooseIdentity() ? kGoOn : kAbort;
}

}  // namespace ownssl
