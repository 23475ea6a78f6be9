#include "trail.h"

namespace ownssl {
namespace {

// The message that a state has read; null for the states that write.
const char* NameOfRead(OSSL_HANDSHAKE_STATE state) {
  switch (state) {
    case TLS_ST_CR_SRVR_HELLO:
      return "ServerHello";
    case TLS_ST_CR_ENCRYPTED_EXTENSIONS:
      return "EncryptedExtensions";
    case TLS_ST_CR_CERT:
    case TLS_ST_SR_CERT:
      return "Certificate";
    case TLS_ST_CR_CERT_STATUS:
      return "CertificateStatus";
    case TLS_ST_CR_KEY_EXCH:
      return "ServerKeyExchange";
    case TLS_ST_CR_CERT_REQ:
      return "CertificateRequest";
    case TLS_ST_CR_CERT_VRFY:
    case TLS_ST_SR_CERT_VRFY:
      return "CertificateVerify";
    case TLS_ST_CR_SRVR_DONE:
      return "ServerHelloDone";
    case TLS_ST_CR_SESSION_TICKET:
      return "NewSessionTicket";
    case TLS_ST_CR_CHANGE:
    case TLS_ST_SR_CHANGE:
      return "ChangeCipherSpec";
    case TLS_ST_CR_FINISHED:
    case TLS_ST_SR_FINISHED:
      return "Finished";
    case TLS_ST_CR_HELLO_REQ:
      return "HelloRequest";
    case TLS_ST_SR_CLNT_HELLO:
      return "ClientHello";
    case TLS_ST_SR_KEY_EXCH:
      return "ClientKeyExchange";
    case TLS_ST_SR_KEY_UPDATE:
    case TLS_ST_CR_KEY_UPDATE:
      return "KeyUpdate";
    default:
      return nullptr;
  }
}

}  // namespace

void Trail::OnInfo(const SSL* ssl, int where, int value) {
  if ((where & SSL_CB_LOOP) != 0) {
    // A state is seen when OpenSSL is about to leave it.
    if (const char* name = NameOfRead(ossl.SSL_get_state(ssl))) heard_ = name;
  }
  if ((where & SSL_CB_ALERT) != 0) {
    const int level = value >> 8;
    const int code = value & 0xff;
    // To OpenSSL no_renegotiation is the end, though it is a warning.
    if (level != SSL3_AL_FATAL && code != SSL_AD_NO_RENEGOTIATION) return;
    alert_ = code;
    alert_sent_ = (where & SSL_CB_WRITE) != 0;
  }
}

const char* Trail::LastHeard(const SSL* ssl) const {
  const char* name = NameOfRead(ossl.SSL_get_state(ssl));
  return name != nullptr ? name : heard_;
}

const char* Trail::Phase(const SSL* ssl) {
  switch (ossl.SSL_get_state(ssl)) {
    case TLS_ST_BEFORE:
    case TLS_ST_CW_CLNT_HELLO:
    case TLS_ST_SR_CLNT_HELLO:
    case TLS_ST_CR_HELLO_REQ:
    case TLS_ST_SW_HELLO_REQ:
      return "hello";
    case TLS_ST_SW_CHANGE:
    case TLS_ST_SW_FINISHED:
      // In TLS 1.3 the server is first: the client's judgement of its certificate is still to come.
      return ossl.SSL_version(ssl) >= TLS1_3_VERSION ? "certificate" : "finished";
    case TLS_ST_OK:
    case TLS_ST_CR_SESSION_TICKET:
    case TLS_ST_CR_CHANGE:
    case TLS_ST_CR_FINISHED:
    case TLS_ST_CW_CERT:
    case TLS_ST_CW_KEY_EXCH:
    case TLS_ST_CW_CERT_VRFY:
    case TLS_ST_CW_CHANGE:
    case TLS_ST_CW_FINISHED:
    case TLS_ST_SR_CHANGE:
    case TLS_ST_SR_FINISHED:
    case TLS_ST_SW_SESSION_TICKET:
      return "finished";
    default:
      return "certificate";
  }
}

}  // namespace ownssl
