#include "callbacks.h"

#include "../../openssl/controls.h"

namespace ownssl {

void Callbacks::InstallOn(SSL_CTX* ctx) {
  ossl.SSL_CTX_set_client_hello_cb(ctx, &OnClientHello, nullptr);
  control::SetServernameCallback(ctx, &OnServername);
  ossl.SSL_CTX_set_cert_verify_callback(ctx, &OnVerifyChain, nullptr);
  ossl.SSL_CTX_set_alpn_select_cb(ctx, &OnSelectAlpn, nullptr);
  ossl.SSL_CTX_sess_set_new_cb(ctx, &OnNewSession);
  ossl.SSL_CTX_sess_set_get_cb(ctx, &OnGetSession);
  ossl.SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, &OnTicketKey);
  ossl.SSL_CTX_set_session_ticket_cb(ctx, &OnTicketMade, &OnTicketOpened, nullptr);
  control::SetOcspCallback(ctx, &OnOcspStatus);
}

void Callbacks::InstallOn(SSL* ssl) { ossl.SSL_set_info_callback(ssl, &OnInfo); }

}  // namespace ownssl
