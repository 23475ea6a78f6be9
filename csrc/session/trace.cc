#include "trace.h"

#include <cstdio>

#include "../openssl/pointers.h"

namespace ownssl {
namespace {

const char* ContentType(int type) {
  switch (type) {
    case SSL3_RT_CHANGE_CIPHER_SPEC:
      return "ChangeCipherSpec";
    case SSL3_RT_ALERT:
      return "Alert";
    case SSL3_RT_HANDSHAKE:
      return "Handshake";
    case SSL3_RT_APPLICATION_DATA:
      return "ApplicationData";
    default:
      return "Unknown";
  }
}

const char* HandshakeType(int type) {
  switch (type) {
    case SSL3_MT_HELLO_REQUEST:
      return "HelloRequest";
    case SSL3_MT_CLIENT_HELLO:
      return "ClientHello";
    case SSL3_MT_SERVER_HELLO:
      return "ServerHello";
    case SSL3_MT_NEWSESSION_TICKET:
      return "NewSessionTicket";
    case SSL3_MT_ENCRYPTED_EXTENSIONS:
      return "EncryptedExtensions";
    case SSL3_MT_CERTIFICATE:
      return "Certificate";
    case SSL3_MT_SERVER_KEY_EXCHANGE:
      return "ServerKeyExchange";
    case SSL3_MT_CERTIFICATE_REQUEST:
      return "CertificateRequest";
    case SSL3_MT_SERVER_DONE:
      return "ServerHelloDone";
    case SSL3_MT_CERTIFICATE_VERIFY:
      return "CertificateVerify";
    case SSL3_MT_CLIENT_KEY_EXCHANGE:
      return "ClientKeyExchange";
    case SSL3_MT_FINISHED:
      return "Finished";
    case SSL3_MT_CERTIFICATE_STATUS:
      return "CertificateStatus";
    case SSL3_MT_KEY_UPDATE:
      return "KeyUpdate";
    default:
      return "Unknown";
  }
}

// Prints lengths and types, but no bodies, which hold names, certificates and key shares.
void PrintHeader(int sent, int version, int content, const void* data, size_t size) {
  const auto* bytes = static_cast<const unsigned char*>(data);
  const char* direction = sent != 0 ? "Sent" : "Received";
  if (content == SSL3_RT_HEADER && size >= SSL3_RT_HEADER_LENGTH) {
    fprintf(stderr, "%s Record\n  Version = 0x%x, Content Type = %s (%d), Length = %d\n", direction,
            bytes[1] << 8 | bytes[2], ContentType(bytes[0]), bytes[0], bytes[3] << 8 | bytes[4]);
  } else if (content == SSL3_RT_HANDSHAKE && size >= SSL3_HM_HEADER_LENGTH) {
    fprintf(stderr, "    %s %s, Length=%d\n", direction, HandshakeType(bytes[0]),
            bytes[1] << 16 | bytes[2] << 8 | bytes[3]);
  } else if (content == SSL3_RT_ALERT && size >= 2) {
    fprintf(stderr, "    %s Alert, Level=%s, Description=%s (0x%x)\n", direction,
            ossl.SSL_alert_type_string_long(bytes[0] << 8),
            ossl.SSL_alert_desc_string_long(bytes[1]), version);
  }
}

// SSL_trace() prints to a BIO. One on a FILE would hand ours to libcrypto, whose C library can be
// another (on Windows OpenSSL ends the process for it), so it prints to memory.
void PrintTrace(int sent, int version, int content, const void* data, size_t size, SSL* ssl) {
  const BIOPointer text(ossl.BIO_new(ossl.BIO_s_mem()));
  if (!text) return;
  ossl.SSL_trace(sent, version, content, data, size, ssl, text.get());
  char* bytes = nullptr;
  const long length = ossl.BIO_ctrl(text.get(), BIO_CTRL_INFO, 0, &bytes);
  if (length > 0) fwrite(bytes, 1, static_cast<size_t>(length), stderr);
}

}  // namespace

void TraceMessage(int sent, int version, int content, const void* data, size_t size, SSL* ssl) {
  if (Has(Feature::kTrace)) {
    PrintTrace(sent, version, content, data, size, ssl);
  } else {
    PrintHeader(sent, version, content, data, size);
  }
}

}  // namespace ownssl
