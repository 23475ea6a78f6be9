// Verifies the peer's chain (RFC 5280), and asks the application before OpenSSL goes on.

#include "../session.h"
#include "callbacks.h"

namespace ownssl {

int Callbacks::OnVerifyChain(X509_STORE_CTX* chain, void*) noexcept {
  constexpr int kAccept = 1;
  constexpr int kReject = 0;
  auto* ssl = static_cast<SSL*>(
      ossl.X509_STORE_CTX_get_ex_data(chain, ossl.SSL_get_ex_data_X509_STORE_CTX_idx()));
  Session* session = ssl != nullptr ? Of(ssl) : nullptr;
  if (session == nullptr || !session->BeforeCostlyPart()) return kReject;

  // Each step is let pass, and the last error is kept, as Node does it:
  // UNABLE_TO_VERIFY_LEAF_SIGNATURE says more to users than the UNABLE_TO_GET_ISSUER_CERT_LOCALLY
  // before it.
  session->verify_error_ = X509_V_OK;
  session->verify_depth_ = -1;
  session->strictness_.failed = false;
  // The records are about the hidden server, and this one is judged by the public name alone.
  if (session->EchRefused()) ossl.X509_STORE_CTX_set0_dane(chain, nullptr);
  ossl.X509_STORE_CTX_set_verify_cb(chain, &OnVerifyStep);
  if (ossl.X509_verify_cert(chain) <= 0 && session->verify_error_ == X509_V_OK) {
    const int error = ossl.X509_STORE_CTX_get_error(chain);
    session->verify_error_ = error != X509_V_OK ? error : X509_V_ERR_UNSPECIFIED;
  }
  const int result = session->verify_error_;

  session->vouched_ = false;
  session->verify_context_ = chain;
  const bool answered = session->Ask(Question::kVerify);
  session->verify_context_ = nullptr;

  const int verdict = answered ? session->verify_error_ : X509_V_ERR_APPLICATION_VERIFICATION;
  session->verify_error_ = result;
  if (verdict != X509_V_OK) {
    ossl.X509_STORE_CTX_set_error(chain, verdict);  // It decides which alert is sent.
    return kReject;
  }
  // SSL_get_verify_result() will give it.
  ossl.X509_STORE_CTX_set_error(chain, session->vouched_ ? X509_V_OK : result);
  return kAccept;
}

int Callbacks::OnVerifyStep(int ok, X509_STORE_CTX* chain) noexcept {
  if (ok == 1) return 1;
  auto* ssl = static_cast<SSL*>(
      ossl.X509_STORE_CTX_get_ex_data(chain, ossl.SSL_get_ex_data_X509_STORE_CTX_idx()));
  const int error = ossl.X509_STORE_CTX_get_error(chain);
  Of(ssl)->verify_error_ = error != X509_V_OK ? error : X509_V_ERR_UNSPECIFIED;
  Of(ssl)->verify_depth_ = ossl.X509_STORE_CTX_get_error_depth(chain);
  return 1;
}

}  // namespace ownssl
