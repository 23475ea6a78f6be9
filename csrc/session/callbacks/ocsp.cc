// Staples a certificate's status on a server, and has a client look at it (RFC 6066, 8).

#include <utility>

#include "../../openssl/controls.h"
#include "../session.h"
#include "callbacks.h"

namespace ownssl {

int Callbacks::OnOcspStatus(SSL* ssl, void*) noexcept {
  Session* session = Of(ssl);
  if (session == nullptr) return SSL_TLSEXT_ERR_NOACK;

  if (session->role_ == Role::kClient) {
    const unsigned char* data = nullptr;
    const long size = control::OcspResponse(ssl, &data);
    session->ocsp_response_.clear();
    if (data != nullptr && size > 0) session->ocsp_response_.assign(data, data + size);
    // The application judges whether the response is good, before anything more is sent.
    constexpr int kAccept = 1;
    constexpr int kReject = 0;  // OpenSSL sends the alert bad_certificate_status_response.
    return session->Ask(Question::kOcsp) ? kAccept : kReject;
  }

  // The application's answer comes first. OpenSSL has chosen the certificate by now.
  Staples::Response own;
  const std::vector<uint8_t>* response = &session->ocsp_response_;
  if (response->empty()) {
    own = session->contexts_.back()->staples().Find(ossl.SSL_get_certificate(ssl));
    if (!own) return SSL_TLSEXT_ERR_NOACK;
    response = own.get();
  }
  const size_t size = response->size();
  OpenSSLMemory<unsigned char> copy(
      static_cast<unsigned char*>(ossl.CRYPTO_memdup(response->data(), size, __FILE__, __LINE__)));
  if (!copy) return SSL_TLSEXT_ERR_NOACK;
  control::SetOcspResponse(ssl, std::move(copy), size);
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace ownssl
