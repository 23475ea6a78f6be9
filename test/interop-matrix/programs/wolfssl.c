/* A pipe between standard streams and wolfSSL. */
#include <wolfssl/options.h>

#include <wolfssl/ssl.h>

#include "peer.h"

static WOLFSSL_CTX *context;
static WOLFSSL *ssl;
static int updates;

static void check(const char *what, int result) {
  if (result != WOLFSSL_SUCCESS) fail(what, result);
}

static int tls_pending(void *state) {
  (void)state;
  return wolfSSL_pending(ssl) > 0;
}

static int tls_read(void *state, char *data, int room) {
  (void)state;
  int length = wolfSSL_read(ssl, data, room);
  int waiting = 1;
  /* The answer to an update has come with what was read, or not. */
  if (updates > 0 && wolfSSL_key_update_response(ssl, &waiting) == 0 && !waiting) tell("updated", "1");
  if (length > 0) return length;
  int error = wolfSSL_get_error(ssl, length);
  if (error == WOLFSSL_ERROR_ZERO_RETURN) return 0;
  return error == WOLFSSL_ERROR_WANT_READ ? -1000 : error;
}

static void tls_write(void *state, const char *data, int length) {
  (void)state;
  if (setting("UPDATE_KEYS")) {
    check("update of keys", wolfSSL_update_keys(ssl));
    updates++;
  }
  int done = wolfSSL_write(ssl, data, length);
  if (done != length) fail("write", wolfSSL_get_error(ssl, done));
}

static void tls_shutdown(void *state) {
  (void)state;
  wolfSSL_shutdown(ssl);
}

static void use(const char *suffix, int (*chain)(const char *), int (*key)(const char *)) {
  char name[8];
  snprintf(name, sizeof name, "CERT%s", suffix);
  check("certificate", chain(setting(name)));
  snprintf(name, sizeof name, "KEY%s", suffix);
  check("key", key(setting(name)));
}

static int context_chain(const char *file) {
  return wolfSSL_CTX_use_certificate_chain_file(context, file);
}

static int context_key(const char *file) {
  return wolfSSL_CTX_use_PrivateKey_file(context, file, WOLFSSL_FILETYPE_PEM);
}

static int ssl_chain(const char *file) {
  return wolfSSL_use_certificate_chain_file(ssl, file);
}

static int ssl_key(const char *file) {
  return wolfSSL_use_PrivateKey_file(ssl, file, WOLFSSL_FILETYPE_PEM);
}

static int on_name(WOLFSSL *given, int *alert, void *unused) {
  void *name = NULL;
  (void)alert;
  (void)unused;
  wolfSSL_SNI_GetRequest(given, WOLFSSL_SNI_HOST_NAME, &name);
  if (name) tell("servername", name);
  if (name && is("NAME2", name)) {
    ssl = given;
    use("2", ssl_chain, ssl_key);
  }
  return 0;
}

static void configure(int server) {
  int newer = is("VERSION", "TLSv1.3");
  if (server)
    context = wolfSSL_CTX_new(newer ? wolfTLSv1_3_server_method() : wolfTLSv1_2_server_method());
  else
    context = wolfSSL_CTX_new(newer ? wolfTLSv1_3_client_method() : wolfTLSv1_2_client_method());
  if (setting("CA")) check("root", wolfSSL_CTX_load_verify_locations(context, setting("CA"), NULL));
  if (setting("CERT")) use("", context_chain, context_key);
  int mode = WOLFSSL_VERIFY_PEER | WOLFSSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  wolfSSL_CTX_set_verify(context, !server || setting("VERIFY") ? mode : WOLFSSL_VERIFY_NONE, NULL);
  if (server) wolfSSL_CTX_set_servername_callback(context, on_name);
  if (!server && setting("OCSP")) {
    check("OCSP", wolfSSL_CTX_EnableOCSPStapling(context));
    /* Without a response the handshake fails. */
    check("OCSP", wolfSSL_CTX_EnableOCSPMustStaple(context));
  }
}

static void tell_about(int server) {
  char *alpn = NULL;
  unsigned short length = 0;
  tell("version", wolfSSL_get_version(ssl));
  /* TLS13-AES128-GCM-SHA256 is TLS_AES_128_GCM_SHA256 to everybody else. */
  const char *name = wolfSSL_CIPHER_get_name(wolfSSL_get_current_cipher(ssl));
  char cipher[128];
  snprintf(cipher, sizeof cipher, "%s", name);
  if (strncmp(name, "TLS13-AES", 9) == 0) snprintf(cipher, sizeof cipher, "TLS_AES_%.3s_GCM_%s", name + 9, name + 17);
  tell("cipher", cipher);
  if (setting("ALPN") && wolfSSL_ALPN_GetProtocol(ssl, &alpn, &length) == WOLFSSL_SUCCESS) tell("alpn", alpn);
  if (wolfSSL_session_reused(ssl)) tell("reused", "1");
  if (!server && setting("OCSP")) tell("ocsp", "good");
  if (server && setting("VERIFY")) {
    WOLFSSL_X509 *peer = wolfSSL_get_peer_certificate(ssl);
    if (peer) tell("client", wolfSSL_X509_get_subjectCN(peer));
  }
}

static void begin(int server, int fd, WOLFSSL_SESSION *session) {
  ssl = wolfSSL_new(context);
  if (setting("ALPN")) {
    char list[256];
    snprintf(list, sizeof list, "%s", setting("ALPN"));
    check("ALPN", wolfSSL_UseALPN(ssl, list, (unsigned)strlen(list), WOLFSSL_ALPN_CONTINUE_ON_MISMATCH));
  }
  if (!server) {
    const char *name = setting("NAME");
    check("servername", wolfSSL_UseSNI(ssl, WOLFSSL_SNI_HOST_NAME, name, (unsigned short)strlen(name)));
    check("name", wolfSSL_check_domain_name(ssl, name));
    if (setting("RESUME")) wolfSSL_UseSessionTicket(ssl);
    if (setting("OCSP"))
      check("status request", wolfSSL_UseOCSPStapling(ssl, WOLFSSL_CSR_OCSP, 0));
  }
  if (session) check("session", wolfSSL_set_session(ssl, session));
  wolfSSL_set_fd(ssl, fd);
  int result = server ? wolfSSL_accept(ssl) : wolfSSL_connect(ssl);
  if (result != WOLFSSL_SUCCESS) fail("handshake", wolfSSL_get_error(ssl, result));
}

static void finish(int fd) {
  wolfSSL_free(ssl);
  close(fd);
}

int main(void) {
  int server = is("ROLE", "server");
  WOLFSSL_SESSION *session = NULL;
  struct tls tls = {NULL, -1, tls_pending, tls_read, tls_write, tls_shutdown};
  wolfSSL_Init();
  configure(server);
  if (server) {
    int listener = listen_on_loopback();
    for (;;) {
      tls.fd = accept(listener, NULL, NULL);
      begin(1, tls.fd, NULL);
      tell_about(1);
      run_pipe(&tls);
      finish(tls.fd);
    }
  }
  if (setting("RESUME")) {
    char data[1000];
    int fd = connect_to_loopback();
    begin(0, fd, NULL);
    while (tls_read(NULL, data, sizeof data) > 0) continue;
    session = wolfSSL_get1_session(ssl);
    finish(fd);
  }
  tls.fd = connect_to_loopback();
  begin(0, tls.fd, session);
  tell_about(0);
  run_pipe(&tls);
  finish(tls.fd);
  return 0;
}
