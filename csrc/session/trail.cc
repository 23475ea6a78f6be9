#include "trail.h"

namespace ownssl {
namespace {

// OpenSSL 3.2 has put states of compressed certificates (RFC 8879) among the others, so the numbers
// of the headers are not those of every library. This makes the numbers of 3.0 of them, and of a
// compressed certificate a certificate.
constexpr int Numbered(int state, bool since_3_2) {
  if (!since_3_2) return state;
  return state - (state >= 5 ? 1 : 0) - (state >= 15 ? 1 : 0) - (state >= 26 ? 1 : 0) -
         (state >= 31 ? 1 : 0);
}

// In the headers.
constexpr int At(int state) {
#if OPENSSL_VERSION_MAJOR > 3 || OPENSSL_VERSION_MINOR >= 2
  return Numbered(state, true);
#else
  return Numbered(state, false);
#endif
}

int StateOf(const SSL* ssl) { return Numbered(ossl.SSL_get_state(ssl), Has(Feature::kGroupName)); }

// The message that a state has read; null for the states that write.
const char* NameOfRead(int state) {
  switch (state) {
    case At(TLS_ST_CR_SRVR_HELLO):
      return "ServerHello";
    case At(TLS_ST_CR_ENCRYPTED_EXTENSIONS):
      return "EncryptedExtensions";
    case At(TLS_ST_CR_CERT):
    case At(TLS_ST_SR_CERT):
      return "Certificate";
    case At(TLS_ST_CR_CERT_STATUS):
      return "CertificateStatus";
    case At(TLS_ST_CR_KEY_EXCH):
      return "ServerKeyExchange";
    case At(TLS_ST_CR_CERT_REQ):
      return "CertificateRequest";
    case At(TLS_ST_CR_CERT_VRFY):
    case At(TLS_ST_SR_CERT_VRFY):
      return "CertificateVerify";
    case At(TLS_ST_CR_SRVR_DONE):
      return "ServerHelloDone";
    case At(TLS_ST_CR_SESSION_TICKET):
      return "NewSessionTicket";
    case At(TLS_ST_CR_CHANGE):
    case At(TLS_ST_SR_CHANGE):
      return "ChangeCipherSpec";
    case At(TLS_ST_CR_FINISHED):
    case At(TLS_ST_SR_FINISHED):
      return "Finished";
    case At(TLS_ST_CR_HELLO_REQ):
      return "HelloRequest";
    case At(TLS_ST_SR_CLNT_HELLO):
      return "ClientHello";
    case At(TLS_ST_SR_KEY_EXCH):
      return "ClientKeyExchange";
    case At(TLS_ST_SR_KEY_UPDATE):
    case At(TLS_ST_CR_KEY_UPDATE):
      return "KeyUpdate";
    default:
      return nullptr;
  }
}

}  // namespace

void Trail::OnInfo(const SSL* ssl, int where, int value) {
  if ((where & SSL_CB_LOOP) != 0) {
    // A state is seen when OpenSSL is about to leave it.
    if (const char* name = NameOfRead(StateOf(ssl))) heard_ = name;
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

bool Trail::HasReadFinished(const SSL* ssl) { return StateOf(ssl) == At(TLS_ST_SR_FINISHED); }

const char* Trail::LastHeard(const SSL* ssl) const {
  const char* name = NameOfRead(StateOf(ssl));
  return name != nullptr ? name : heard_;
}

const char* Trail::Phase(const SSL* ssl) {
  switch (StateOf(ssl)) {
    case At(TLS_ST_BEFORE):
    case At(TLS_ST_CW_CLNT_HELLO):
    case At(TLS_ST_SR_CLNT_HELLO):
    case At(TLS_ST_CR_HELLO_REQ):
    case At(TLS_ST_SW_HELLO_REQ):
      return "hello";
    case At(TLS_ST_SW_CHANGE):
    case At(TLS_ST_SW_FINISHED):
      // In TLS 1.3 the server is first: the client's judgement of its certificate is still to come.
      return ossl.SSL_version(ssl) >= TLS1_3_VERSION ? "certificate" : "finished";
    case At(TLS_ST_OK):
    case At(TLS_ST_CR_SESSION_TICKET):
    case At(TLS_ST_CR_CHANGE):
    case At(TLS_ST_CR_FINISHED):
    case At(TLS_ST_CW_CERT):
    case At(TLS_ST_CW_KEY_EXCH):
    case At(TLS_ST_CW_CERT_VRFY):
    case At(TLS_ST_CW_CHANGE):
    case At(TLS_ST_CW_FINISHED):
    case At(TLS_ST_SR_CHANGE):
    case At(TLS_ST_SR_FINISHED):
    case At(TLS_ST_SW_SESSION_TICKET):
      return "finished";
    default:
      return "certificate";
  }
}

}  // namespace ownssl
