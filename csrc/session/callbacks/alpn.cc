// Negotiates the application protocol on a server (RFC 7301).

#include <cstring>

#include "../session.h"
#include "callbacks.h"

namespace ownssl {
namespace {

// Finds `name` in a list of length-prefixed names.
const unsigned char* Find(const unsigned char* list, size_t size, const unsigned char* name,
                          size_t name_size) {
  for (size_t at = 0; at < size && at + 1 + list[at] <= size; at += 1 + list[at]) {
    if (list[at] == name_size && memcmp(list + at + 1, name, name_size) == 0) return list + at + 1;
  }
  return nullptr;
}

}  // namespace

int Callbacks::OnSelectAlpn(SSL* ssl, const unsigned char** out, unsigned char* out_size,
                            const unsigned char* in, unsigned int in_size, void*) noexcept {
  Session* session = Of(ssl);
  if (session == nullptr) return SSL_TLSEXT_ERR_ALERT_FATAL;

  if (session->alpn_chosen_by_application_) {
    if (!session->chosen_alpn_) return SSL_TLSEXT_ERR_ALERT_FATAL;
    const std::string& chosen = *session->chosen_alpn_;
    const auto* name = reinterpret_cast<const unsigned char*>(chosen.data());
    *out = Find(in, in_size, name, chosen.size());
    *out_size = static_cast<unsigned char>(chosen.size());
    return *out != nullptr ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
  }

  const std::vector<uint8_t>& ours = session->alpn_;
  if (ours.empty()) return SSL_TLSEXT_ERR_NOACK;
  for (size_t at = 0; at + 1 + ours[at] <= ours.size(); at += 1 + ours[at]) {
    const unsigned char* match = Find(in, in_size, ours.data() + at + 1, ours[at]);
    if (match != nullptr) {
      *out = match;
      *out_size = ours[at];
      return SSL_TLSEXT_ERR_OK;
    }
    if (at + 1 + ours[at] == ours.size()) break;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;  // OpenSSL sends the alert no_application_protocol.
}

}  // namespace ownssl
