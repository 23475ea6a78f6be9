// Reports secrets in the format of NSS's key log, for those who debug with Wireshark.

#include <cstring>

#include "../session.h"
#include "callbacks.h"

namespace ownssl {

void Callbacks::OnKeylog(const SSL* ssl, const char* line) noexcept {
  Session* session = Of(ssl);
  if (session == nullptr || !session->settings_.keylog) return;
  Event event{Event::Kind::kKeylog, {}, {}};
  event.data.assign(line, line + strlen(line));
  event.data.push_back('\n');
  session->events_.push_back(std::move(event));
}

}  // namespace ownssl
