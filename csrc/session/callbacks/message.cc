// Messages as they pass, whole: for the trace, and for the bytes of the ClientHello.
//
// These come from here and not from the client hello callback, because OpenSSL drops the extensions
// that it does not know before it calls that one, and with them the order of the others. Here the
// records are put together already, whatever their number.

#include "../session.h"
#include "../trace.h"
#include "callbacks.h"

namespace ownssl {
namespace {

constexpr unsigned char kSsl2ClientHello = 1;

}  // namespace

void Callbacks::OnMessage(int sent, int version, int content, const void* data, size_t size,
                          SSL* ssl, void*) noexcept {
  Session* session = Of(ssl);
  if (session == nullptr) return;
  if (session->trace_) TraceMessage(sent, version, content, data, size, ssl);
  if (!session->awaits_client_hello_ || size == 0) return;
  if ((sent != 0) != (session->role_ == Role::kClient)) return;
  const auto* bytes = static_cast<const unsigned char*>(data);
  const bool plain = content == SSL3_RT_HANDSHAKE && bytes[0] == SSL3_MT_CLIENT_HELLO;
  const bool sslv2 = content == 0 && version == SSL2_VERSION && bytes[0] == kSsl2ClientHello;
  if (!plain && !sslv2) return;
  session->client_hello_message_ = {{bytes, bytes + size}, sslv2};
  session->awaits_client_hello_ = false;
  session->WatchMessages();
}

}  // namespace ownssl
