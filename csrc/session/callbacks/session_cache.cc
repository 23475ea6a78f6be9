// Sessions that outlive their connection (RFC 8446, 4.6.1; RFC 5077; session IDs of TLS 1.2).

#include "../session.h"
#include "callbacks.h"

namespace ownssl {
namespace {

Event Describe(SSL_SESSION* session) {
  Event event{Event::Kind::kSession, {}, {}};
  const int size = ossl.i2d_SSL_SESSION(session, nullptr);
  if (size <= 0) return event;
  event.data.resize(static_cast<size_t>(size));
  unsigned char* data = event.data.data();
  ossl.i2d_SSL_SESSION(session, &data);
  unsigned int id_size = 0;
  const unsigned char* id = ossl.SSL_SESSION_get_id(session, &id_size);
  event.id.assign(id, id + id_size);
  return event;
}

}  // namespace

int Callbacks::OnNewSession(SSL* ssl, SSL_SESSION* session) {
  constexpr int kNotKept = 0;  // We have copied what we need; OpenSSL keeps its reference.
  Session* self = Of(ssl);
  if (self == nullptr) return kNotKept;
  if (self->role_ == Role::kClient) {
    if (self->session_events_) self->events_.push_back(Describe(session));
  } else if (self->asks_new_session_) {
    self->new_session_ = Describe(session);
    self->Ask(Question::kNewSession);
  }
  return kNotKept;
}

SSL_SESSION* Callbacks::OnGetSession(SSL* ssl, const unsigned char*, int, int* copy) {
  *copy = 0;  // The reference is handed over.
  Session* self = Of(ssl);
  return self != nullptr ? self->resumed_session_.release() : nullptr;
}

}  // namespace ownssl
