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

  if (session->ocsp_response_.empty()) return SSL_TLSEXT_ERR_NOACK;
  const size_t size = session->ocsp_response_.size();
  OpenSSLMemory<unsigned char> copy(static_cast<unsigned char*>(
      ossl.CRYPTO_memdup(session->ocsp_response_.data(), size, __FILE__, __LINE__)));
  if (!copy) return SSL_TLSEXT_ERR_NOACK;
  control::SetOcspResponse(ssl, std::move(copy), size);
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace ownssl
