// Reads the ClientHello (RFC 8446, 4.1.2) before OpenSSL acts on it, so that the application can
// choose a protocol while everything is still open.

#include <utility>

#include "../session.h"
#include "callbacks.h"

namespace ownssl {
namespace {

// Reads the vectors that TLS extensions are made of. Reading past the end fails for good.
class Reader {
 public:
  Reader(const unsigned char* data, size_t size) : data_(data), size_(size) {}

  size_t Number(size_t bytes) {
    if (size_ < bytes) {
      size_ = 0;
      return 0;
    }
    size_t number = 0;
    for (size_t i = 0; i < bytes; ++i) number = number << 8 | data_[i];
    data_ += bytes;
    size_ -= bytes;
    return number;
  }

  // Reads a vector with a length of `bytes` bytes before it. It is empty where it does not fit.
  Reader Vector(size_t bytes) {
    const size_t size = Number(bytes);
    if (size > size_) return {nullptr, 0};
    Reader vector(data_, size);
    data_ += size;
    size_ -= size;
    return vector;
  }

  const unsigned char* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  const unsigned char* data_;
  size_t size_;
};

bool Extension(SSL* ssl, unsigned int type, Reader* reader) {
  const unsigned char* data = nullptr;
  size_t size = 0;
  if (ossl.SSL_client_hello_get0_ext(ssl, type, &data, &size) != 1) return false;
  *reader = Reader(data, size);
  return true;
}

// The extension is a list of names (RFC 6066, 3), of which only the kind host_name (0) exists.
std::string Servername(SSL* ssl) {
  Reader extension(nullptr, 0);
  if (!Extension(ssl, TLSEXT_TYPE_server_name, &extension)) return {};
  Reader names = extension.Vector(2);
  while (names.size() > 0) {
    const size_t type = names.Number(1);
    const Reader name = names.Vector(2);
    // OpenSSL refuses such names later on; the application is not to see them at all.
    if (type != TLSEXT_NAMETYPE_host_name || name.size() > TLSEXT_MAXLEN_host_name) continue;
    std::string text(reinterpret_cast<const char*>(name.data()), name.size());
    if (text.find('\0') == std::string::npos) return text;
  }
  return {};
}

// The extension is a list of names, each of at least one byte (RFC 7301, 3.1). OpenSSL refuses
// other lists later on; the application is not to see them at all.
std::vector<uint8_t> Protocols(SSL* ssl) {
  Reader extension(nullptr, 0);
  if (!Extension(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation, &extension)) return {};
  const Reader list = extension.Vector(2);
  if (extension.size() > 0) return {};
  for (Reader rest = list; rest.size() > 0;) {
    if (rest.Vector(1).size() == 0) return {};
  }
  return {list.data(), list.data() + list.size()};
}

}  // namespace

int Callbacks::OnClientHello(SSL* ssl, int* alert, void*) noexcept {
  Session* session = Of(ssl);
  // After a HelloRetryRequest there is a second ClientHello; what was answered stays.
  if (session == nullptr || session->this_handshake_.client_hello_seen) {
    return SSL_CLIENT_HELLO_SUCCESS;
  }
  session->this_handshake_.client_hello_seen = true;

  ClientHello& hello = session->client_hello_;
  hello = {};
  hello.servername = Servername(ssl);
  hello.alpn = Protocols(ssl);
  Reader extension(nullptr, 0);
  hello.wants_ocsp = Extension(ssl, TLSEXT_TYPE_status_request, &extension);
  // What passed was the outer one.
  if (session->settings_.keeps_client_hello && EchAccepted(ssl)) {
    session->client_hello_message_ = {InnerClientHello(ssl), false};
  }
  hello.post_handshake_auth = Extension(ssl, TLSEXT_TYPE_post_handshake_auth, &extension);

  if (!session->settings_.asks_client_hello) return SSL_CLIENT_HELLO_SUCCESS;
  session->client_hello_alert_ = SSL_AD_INTERNAL_ERROR;
  const bool answered = session->Ask(Question::kClientHello);
  session->chosen_context_.reset();
  const ConnectionChoice choice = std::exchange(session->choice_, {});
  if (answered && session->Apply(choice)) return SSL_CLIENT_HELLO_SUCCESS;
  *alert = session->client_hello_alert_;
  return SSL_CLIENT_HELLO_ERROR;
}

int Callbacks::OnServername(SSL* ssl, int* alert, void*) noexcept {
  const Session* session = Of(ssl);
  if (session != nullptr && session->this_handshake_.session_refused) {
    *alert = SSL_AD_INTERNAL_ERROR;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  // The context is chosen in OnCertificate(); here the name is only acknowledged.
  const bool named = ossl.SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name) != nullptr;
  return named ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

}  // namespace ownssl
