// What a Session does for the certificates of clients: whether a server wants one, which the name
// that was asked for may decide, or the application when the handshake is long over (RFC 8446,
// 4.6.2); and which one a client shows.
//
// OpenSSL reports neither the beginning nor the end of an authentication after the handshake. To
// the session's machine it is what a renegotiation is in TLS 1.2: asked for, invited, running, and
// finished.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "../openssl/api.h"
#include "handshake_parts.h"

namespace ownssl {

class SecureContext;
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

  // The next crossing that reads asks the client for a certificate, in an established connection.
  // With `require` it has to be one that holds. Status::kHandshakeDone says that the client has
  // answered. Part of the boundary.
  enum class Request : uint32_t { kBegun = 0, kOldVersion = 1, kNotOffered = 2, kUnderWay = 3 };
  Request RequestCertificate(bool require);

  // --- Client ---

  // Tells servers that they may ask for a certificate in an established connection. Before the
  // handshake.
  void Offer();
  // The application chooses the certificate, whenever a server asks for one. Before the handshake.
  void AskForIdentity();
  // While Question::kClientCertificate waits: the names of the CAs that the server has named.
  std::vector<const X509_NAME*> Authorities() const;
  // Null for that of the client's own context. What verifies the server stays as it is.
  void Answer(std::shared_ptr<SecureContext> identity);

  // --- For the session ---

  // Whether reading may lead to an authentication, which may have to ask.
  bool Expected() const;
  // Whether a server waits for the client's answer.
  bool Awaited() const { return step_ == Step::kAsked; }
  // Before OpenSSL reads. False if it refuses.
  bool BeforeReading();
  // OpenSSL has read, and did not fail.
  void AfterReading();
  // A callback is about to ask.
  void Asks();
  // OpenSSL is about to leave a state.
  void OnState(const SSL* ssl);
  // In the callback of OpenSSL. False ends the handshake.
  bool ChooseIdentity();
  // After SSL_set_SSL_CTX().
  void WatchIdentity();

 private:
  void Rerun();
  bool Use(std::shared_ptr<SecureContext> identity);

  Session* const session_;
  bool depends_on_context_ = false;
  // Server: it is to ask, it has asked, it has the answer.
  enum class Step : uint8_t { kNone, kDue, kAsked, kAnswered };
  Step step_ = Step::kNone;
  bool require_ = false;
  // Client.
  bool offered_ = false;
  bool asks_ = false;
  bool foreign_ = false;  // The certificate in use is not that of its own context.
};

}  // namespace ownssl
