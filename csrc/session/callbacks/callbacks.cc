#include "callbacks.h"

namespace ownssl {

void Callbacks::InstallOn(SSL_CTX* ctx) {
  ossl.SSL_CTX_set_client_hello_cb(ctx, &OnClientHello, nullptr);
  ossl.SSL_CTX_callback_ctrl(ctx, SSL_CTRL_SET_TLSEXT_SERVERNAME_CB,
                             reinterpret_cast<void (*)(void)>(&OnServername));
  ossl.SSL_CTX_set_cert_verify_callback(ctx, &OnVerifyChain, nullptr);
  ossl.SSL_CTX_set_alpn_select_cb(ctx, &OnSelectAlpn, nullptr);
  ossl.SSL_CTX_sess_set_new_cb(ctx, &OnNewSession);
  ossl.SSL_CTX_sess_set_get_cb(ctx, &OnGetSession);
  ossl.SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, &OnTicketKey);
  ossl.SSL_CTX_callback_ctrl(ctx, SSL_CTRL_SET_TLSEXT_STATUS_REQ_CB,
                             reinterpret_cast<void (*)(void)>(&OnOcspStatus));
}

void Callbacks::InstallOn(SSL* ssl) { ossl.SSL_set_info_callback(ssl, &OnInfo); }

}  // namespace ownssl
