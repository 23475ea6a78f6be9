// Stapled certificate status (RFC 6066, 8).

#include "../session.h"
#include "callbacks.h"

namespace ownssl {

int Callbacks::OnOcspStatus(SSL* ssl, void*) {
  Session* session = Of(ssl);
  if (session == nullptr) return SSL_TLSEXT_ERR_NOACK;

  if (session->role_ == Role::kClient) {
    const unsigned char* data = nullptr;
    const long size = ossl.SSL_ctrl(ssl, SSL_CTRL_GET_TLSEXT_STATUS_REQ_OCSP_RESP, 0, &data);
    session->ocsp_response_.clear();
    if (data != nullptr && size > 0) session->ocsp_response_.assign(data, data + size);
    // Whether it is good is for the application to judge, before anything more is sent.
    constexpr int kAccept = 1;
    constexpr int kReject = 0;  // Alert bad_certificate_status_response.
    return session->Ask(Question::kOcsp) ? kAccept : kReject;
  }

  if (session->ocsp_response_.empty()) return SSL_TLSEXT_ERR_NOACK;
  // The SSL takes the copy over.
  const size_t size = session->ocsp_response_.size();
  void* copy = ossl.CRYPTO_memdup(session->ocsp_response_.data(), size, __FILE__, __LINE__);
  if (copy == nullptr) return SSL_TLSEXT_ERR_NOACK;
  ossl.SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_STATUS_REQ_OCSP_RESP, static_cast<long>(size), copy);
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace ownssl
