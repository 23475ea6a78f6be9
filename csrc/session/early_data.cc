// Early data (0-RTT; RFC 8446, 2.3): what a client sends with its ClientHello, under the keys of an
// earlier session.

#include <algorithm>
#include <cstring>

#include "../openssl/controls.h"
#include "session.h"

namespace ownssl {
namespace {

// More is not sent early. OpenSSL counts what it writes again each time that it goes on with it, so
// all of it has to fit into what one crossing leaves for the transport.
constexpr size_t kMostEarly = size_t{64} * 1024;

// Whether a list, with a length byte before each name, has the name.
bool Has(const std::vector<uint8_t>& list, const unsigned char* name, size_t size) {
  for (size_t at = 0; at < list.size() && at + 1 + list[at] <= list.size(); at += 1 + list[at]) {
    if (list[at] == size && memcmp(list.data() + at + 1, name, size) == 0) return true;
  }
  return false;
}

// A server that takes no notice of the name leaves none in the session.
bool MayBeFor(const char* session, const char* name) {
  return session == nullptr || (name != nullptr && strcmp(session, name) == 0);
}

}  // namespace

// What OpenSSL would find out in mid-handshake, and end the connection for, is asked before it.
bool Session::MaySendEarly(size_t size) const {
  SSL* ssl = ssl_.get();
  const SSL_SESSION* session = ossl.SSL_get_session(ssl);
  if (role_ != Role::kClient || !configurable() || size == 0 || size > kMostEarly ||
      session == nullptr) {
    return false;
  }
  const int most = contexts_.back()->max_version();
  const bool newest = most == 0 || most >= TLS1_3_VERSION;
  if (!newest || ossl.SSL_SESSION_is_resumable(session) != 1) return false;
  if (ossl.SSL_SESSION_get_max_early_data(session) < size) return false;
  const unsigned char* alpn = nullptr;
  size_t alpn_size = 0;
  ossl.SSL_SESSION_get0_alpn_selected(session, &alpn, &alpn_size);
  if (alpn_size > 0 && !Has(alpn_, alpn, alpn_size)) return false;
  return MayBeFor(ossl.SSL_SESSION_get0_hostname(session),
                  ossl.SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name));
}

bool Session::SendEarly(Span data) {
  if (!MaySendEarly(data.size)) return false;
  early_ = std::make_unique<EarlyData>();
  early_->unsent = Secret(data.data, data.size);
  return true;
}

void Session::AcceptEarly(uint32_t most) {
  if (role_ != Role::kServer || !configurable() || most == 0) return;
  if (ossl.SSL_set_max_early_data(ssl_.get(), most) != 1 ||
      ossl.SSL_set_recv_max_early_data(ssl_.get(), most) != 1) {
    return;
  }
  early_ = std::make_unique<EarlyData>();
  early_->reading = true;
}

bool Session::EarlyAccepted() const {
  return early_ && ossl.SSL_get_early_data_status(ssl_.get()) == SSL_EARLY_DATA_ACCEPTED;
}

int Session::HandshakeWithEarlyData() {
  SSL* ssl = ssl_.get();
  if (!early_->unsent.empty()) {
    size_t written = 0;
    const int sent =
        ossl.SSL_write_early_data(ssl, early_->unsent.data(), early_->unsent.size(), &written);
    // OpenSSL has no reason to wait for the server here. If it did, it would later send the data as
    // what it is not; so it is not asked again, and what the application writes will fail.
    const bool waits = sent != 1 && ossl.SSL_get_error(ssl, sent) == SSL_ERROR_WANT_READ;
    if (sent != 1 && !waits) return sent;
    early_->unsent.Clear();
  }
  while (early_->reading) {
    SecretBytes data(SSL3_RT_MAX_PLAIN_LENGTH);
    size_t size = 0;
    const int result = ossl.SSL_read_early_data(ssl, data.data(), data.size(), &size);
    if (result == SSL_READ_EARLY_DATA_ERROR) return 0;
    early_->reading = result != SSL_READ_EARLY_DATA_FINISH;
    if (size == 0) continue;
    data.resize(size);
    events_.push_back({Event::Kind::kEarlyData, {}, std::move(data)});
  }
  return ossl.SSL_do_handshake(ssl);
}

// A server that has taken early data may answer before the client has ended the handshake.
bool Session::MayAnswerEarly() const {
  return early_ && role_ == Role::kServer && !fiber_ && handshake_.In(HandshakeState::kRunning) &&
         !established() && EarlyAccepted();
}

}  // namespace ownssl
