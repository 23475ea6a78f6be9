// Asks for pre-shared keys (RFC 4279, and RFC 8446, 4.2.11 for external ones in TLS 1.3).
//
// OpenSSL's callbacks of TLS 1.2 serve both versions; in TLS 1.3 there is no hint, and the key is
// used with SHA-256.

#include <cstring>

#include "../session.h"
#include "callbacks.h"

namespace ownssl {
namespace {

// No key is as long as this, so OpenSSL ends the handshake with an alert. Zero would mean "no key
// for this one", with which TLS 1.3 goes on to certificates.
constexpr unsigned int kRefused = ~0U;

}  // namespace

unsigned int Callbacks::OnPskClient(SSL* ssl, const char* hint, char* identity,
                                    unsigned int max_identity, unsigned char* key,
                                    unsigned int max_key) noexcept {
  Session* session = Of(ssl);
  if (session == nullptr) return kRefused;
  session->psk_.hint = hint != nullptr ? std::optional<std::string>(hint) : std::nullopt;
  if (!session->Ask(Question::kPskClient)) return kRefused;

  const Secret secret = std::move(session->psk_.key);
  const std::string name = std::move(session->psk_.identity);
  // The terminating zero has a place behind `max_identity`.
  if (secret.size() > max_key || name.size() > max_identity) return kRefused;
  if (secret.empty()) return 0;
  memcpy(identity, name.c_str(), name.size() + 1);
  memcpy(key, secret.data(), secret.size());
  return static_cast<unsigned int>(secret.size());
}

// OpenSSL calls this before OnPskServer(), with the same identity of TLS 1.3 in whole. A session
// ticket is one, too, and OnPskServer() gets it as a C string: one in whose first bytes there is a
// zero would look like a short text, for which the application may well have a key.
int Callbacks::OnPskIdentity(SSL* ssl, const unsigned char* identity, size_t size,
                             SSL_SESSION** found) noexcept {
  *found = nullptr;
  if (Session* session = Of(ssl); session != nullptr)
    session->psk_.cut = memchr(identity, 0, size) != nullptr;
  return 1;
}

unsigned int Callbacks::OnPskServer(SSL* ssl, const char* identity, unsigned char* key,
                                    unsigned int max_key) noexcept {
  Session* session = Of(ssl);
  if (session == nullptr || identity == nullptr) return kRefused;
  // The application has refused this connection already, when it was asked for a ticket's sake.
  if (session->this_handshake_.context == HandshakeChoice::kRefused) return kRefused;
  if (session->psk_.cut) return 0;
  session->psk_.identity = identity;
  if (!session->Ask(Question::kPskServer)) return kRefused;

  const Secret secret = std::move(session->psk_.key);
  if (secret.size() > max_key) return kRefused;
  if (secret.empty()) return 0;
  memcpy(key, secret.data(), secret.size());
  return static_cast<unsigned int>(secret.size());
}

}  // namespace ownssl
