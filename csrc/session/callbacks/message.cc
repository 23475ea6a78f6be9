// Messages as they pass, whole: for the trace, for those who observe, and for the bytes of the
// ClientHello.
//
// These come from here and not from the client hello callback, because OpenSSL drops the extensions
// that it does not know before it calls that one, and with them the order of the others. Here the
// records are put together already, whatever their number.

#include <optional>
#include <utility>

#include "../session.h"
#include "../trace.h"
#include "callbacks.h"

namespace ownssl {
namespace {

constexpr unsigned char kSsl2ClientHello = 1;
constexpr size_t kAlertSize = 2;
constexpr size_t kKeyUpdateSize = SSL3_HM_HEADER_LENGTH + 1;

// What an observer hears of a message, if anything.
std::optional<Event> Observed(bool sent, int content, const unsigned char* bytes, size_t size) {
  const uint8_t direction = sent ? 1 : 0;
  if (content == SSL3_RT_ALERT && size == kAlertSize)
    return Event{Event::Kind::kAlert, {}, {direction, bytes[0], bytes[1]}};
  const bool update = content == SSL3_RT_HANDSHAKE && size == kKeyUpdateSize;
  if (update && bytes[0] == SSL3_MT_KEY_UPDATE)
    return Event{Event::Kind::kKeyUpdate, {}, {direction, bytes[SSL3_HM_HEADER_LENGTH]}};
  return std::nullopt;
}

}  // namespace

void Callbacks::OnMessage(int sent, int version, int content, const void* data, size_t size,
                          SSL* ssl, void*) noexcept {
  Session* session = Of(ssl);
  if (session == nullptr) return;
  if (session->settings_.trace) TraceMessage(sent, version, content, data, size, ssl);
  const auto* bytes = static_cast<const unsigned char*>(data);
  if (session->settings_.observed) {
    auto event = Observed(sent != 0, content, bytes, size);
    if (event) session->events_.push_back(std::move(*event));
  }
  if (!session->settings_.awaits_client_hello || size == 0) return;
  if ((sent != 0) != (session->role_ == Role::kClient)) return;
  const bool plain = content == SSL3_RT_HANDSHAKE && bytes[0] == SSL3_MT_CLIENT_HELLO;
  const bool sslv2 = content == 0 && version == SSL2_VERSION && bytes[0] == kSsl2ClientHello;
  if (!plain && !sslv2) return;
  session->client_hello_message_ = {{bytes, bytes + size}, sslv2};
  session->settings_.awaits_client_hello = false;
  session->WatchMessages();
}

}  // namespace ownssl
