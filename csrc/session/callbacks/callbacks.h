// OpenSSL's side of a Session: the functions that OpenSSL calls, in one file for each subject.
//
// They run with an OpenSSL call on the stack, so none of them enters JavaScript: each uses what the
// session already knows, queues an event, or asks by Session::Ask(), which suspends the handshake.
// Each starts out refusing; only a valid answer changes that.
//
// They are noexcept, because an exception must not cross OpenSSL's frames, which are of C: it would
// leave its locks and objects as they were in mid-call. Want of memory ends the process instead.
#pragma once

#include "../../openssl/api.h"

namespace ownssl {

class Session;

struct Callbacks {
  // Registers the callbacks that every context, and every connection, has.
  static void InstallOn(SSL_CTX* ctx);
  static void InstallOn(SSL* ssl);

  static Session* Of(const SSL* ssl) { return static_cast<Session*>(ossl.SSL_get_ex_data(ssl, 0)); }

  // client_hello.cc
  static int OnClientHello(SSL* ssl, int* alert, void*) noexcept;
  static int OnServername(SSL* ssl, int* alert, void*) noexcept;
  // certificate.cc
  static int OnCertificate(SSL* ssl, void*) noexcept;
  static int OnClientCertificate(SSL* ssl, void*) noexcept;
  // alpn.cc
  static int OnSelectAlpn(SSL* ssl, const unsigned char** out, unsigned char* out_size,
                          const unsigned char* in, unsigned int in_size, void*) noexcept;
  // psk.cc
  static unsigned int OnPskClient(SSL* ssl, const char* hint, char* identity,
                                  unsigned int max_identity, unsigned char* key,
                                  unsigned int max_key) noexcept;
  static int OnPskIdentity(SSL* ssl, const unsigned char* identity, size_t size,
                           SSL_SESSION** found) noexcept;
  static unsigned int OnPskServer(SSL* ssl, const char* identity, unsigned char* key,
                                  unsigned int max_key) noexcept;
  // verify.cc
  static int OnVerifyChain(X509_STORE_CTX* chain, void*) noexcept;
  static int OnVerifyStep(int ok, X509_STORE_CTX* chain) noexcept;
  // session_cache.cc
  static int OnNewSession(SSL* ssl, SSL_SESSION* session) noexcept;
  static SSL_SESSION* OnGetSession(SSL* ssl, const unsigned char* id, int size, int* copy) noexcept;
  static int OnTicketMade(SSL* ssl, void*) noexcept;
  static SSL_TICKET_RETURN OnTicketOpened(SSL* ssl, SSL_SESSION* session, const unsigned char* name,
                                          size_t name_size, SSL_TICKET_STATUS status,
                                          void*) noexcept;
  // ticket_key.cc
  static int OnTicketKey(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                         EVP_MAC_CTX* mac, int encrypt) noexcept;
  // ocsp.cc
  static int OnOcspStatus(SSL* ssl, void*) noexcept;
  // keylog.cc
  static void OnKeylog(const SSL* ssl, const char* line) noexcept;
  // message.cc
  static void OnMessage(int sent, int version, int content, const void* data, size_t size, SSL* ssl,
                        void*) noexcept;
  // info.cc
  static void OnInfo(const SSL* ssl, int where, int value) noexcept;
};

}  // namespace ownssl
