// Lets sessions outlive their connection (RFC 8446, 4.6.1; RFC 5077): those with IDs of TLS 1.2,
// and those that are the tickets of TLS 1.3 where a server makes no others.

#include <utility>

#include "../session.h"
#include "callbacks.h"

namespace ownssl {
namespace {

std::vector<uint8_t> IdOf(const SSL_SESSION* session) {
  unsigned int size = 0;
  const unsigned char* id = ossl.SSL_SESSION_get_id(session, &size);
  return {id, id + size};
}

Event Describe(SSL_SESSION* session) {
  Event event{Event::Kind::kSession, {}, {}};
  const int size = ossl.i2d_SSL_SESSION(session, nullptr);
  if (size <= 0) return event;
  event.data.resize(static_cast<size_t>(size));
  unsigned char* data = event.data.data();
  ossl.i2d_SSL_SESSION(session, &data);
  event.id = IdOf(session);
  return event;
}

}  // namespace

int Callbacks::OnNewSession(SSL* ssl, SSL_SESSION* session) noexcept {
  constexpr int kNotKept = 0;  // We have copied what we need; OpenSSL keeps its reference.
  Session* self = Of(ssl);
  if (self == nullptr) return kNotKept;
  if (self->role_ == Role::kClient) {
    if (self->settings_.session_events) self->events_.push_back(Describe(session));
    return kNotKept;
  }
  SingleUseSessions* store = self->contexts_.front()->single_use_sessions();
  if (store != nullptr && ossl.SSL_version(ssl) >= TLS1_3_VERSION) {
    self->Bind(session);
    store->Add(IdOf(session), session);
  } else if (self->settings_.asks_new_session) {
    self->Bind(session);
    self->new_session_ = Describe(session);
    self->Ask(Question::kNewSession);
  }
  return kNotKept;
}

// OpenSSL calls this where it wants a session that it does not get from a ticket, and at no other
// time.
SSL_SESSION* Callbacks::OnGetSession(SSL* ssl, const unsigned char* id, int size,
                                     int* copy) noexcept {
  *copy = 1;  // OpenSSL takes a reference of its own.
  Session* self = Of(ssl);
  if (self == nullptr) return nullptr;
  const std::vector<uint8_t> wanted(id, id + size);
  SingleUseSessions* store = self->contexts_.front()->single_use_sessions();
  if (store != nullptr && ossl.SSL_version(ssl) >= TLS1_3_VERSION) {
    const SSLSessionPointer found = store->Find(wanted);
    if (!found || !self->MayResume(found.get())) return nullptr;
    // The application may have been asked meanwhile, and another connection may have been first.
    self->resumed_session_ = store->Take(wanted);
    return self->resumed_session_.get();
  }
  if (!self->settings_.asks_session) return nullptr;
  ThisHandshake& handshake = self->this_handshake_;
  if (handshake.session_id.empty()) {
    handshake.session_id = wanted;
    if (!self->Ask(Question::kSession)) {
      handshake.session_refused = true;  // The alert could not be chosen here; see OnServername().
      return nullptr;
    }
  }
  // There is one look-up for each handshake, or a client could cause thousands. A ClientHello that
  // follows a HelloRetryRequest has the same identity.
  SSL_SESSION* session = self->resumed_session_.get();
  if (session == nullptr || wanted != handshake.session_id) return nullptr;
  return self->MayResume(session) ? session : nullptr;
}

int Callbacks::OnTicketMade(SSL* ssl, void*) noexcept {
  constexpr int kGoOn = 1;
  Session* self = Of(ssl);
  SSL_SESSION* session = ossl.SSL_get_session(ssl);
  if (self != nullptr && session != nullptr) self->Bind(session);
  return kGoOn;
}

SSL_TICKET_RETURN Callbacks::OnTicketOpened(SSL* ssl, SSL_SESSION* session, const unsigned char*,
                                            size_t, SSL_TICKET_STATUS status, void*) noexcept {
  // SSL_TICKET_RETURN_ABORT is never an answer: OpenSSL 3.0 loses the session by it in TLS 1.3.
  Session* self = Of(ssl);
  if (self == nullptr) return SSL_TICKET_RETURN_IGNORE_RENEW;
  if (status != SSL_TICKET_SUCCESS && status != SSL_TICKET_SUCCESS_RENEW) {
    // What did not decrypt has left errors, which would be taken for the connection's.
    ossl.ERR_clear_error();
    return SSL_TICKET_RETURN_IGNORE_RENEW;
  }
  if (!self->MayResume(session)) return SSL_TICKET_RETURN_IGNORE_RENEW;
  return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_USE_RENEW;
}

}  // namespace ownssl
