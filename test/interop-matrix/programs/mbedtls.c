/* A pipe between standard streams and mbedTLS 2.28 (TLS 1.2). */
#include "peer.h"

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/oid.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ticket.h>

static mbedtls_ssl_context ssl;
static mbedtls_ssl_config config;
static mbedtls_entropy_context entropy;
static mbedtls_ctr_drbg_context random_state;
static mbedtls_x509_crt own, second, roots;
static mbedtls_pk_context own_key, second_key;
static mbedtls_ssl_ticket_context tickets;
static char servername[256];

static void check(const char *what, int code) {
  if (code != 0) fail(what, code);
}

static int tls_pending(void *state) {
  return mbedtls_ssl_check_pending(state);
}

static int tls_read(void *state, char *data, int room) {
  int length = mbedtls_ssl_read(state, (unsigned char *)data, (size_t)room);
  if (length == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) return 0;
  if (length == 0) return -1; /* the connection's end without close_notify */
  return length == MBEDTLS_ERR_SSL_WANT_READ ? -1000 : length;
}

static void tls_write(void *state, const char *data, int length) {
  while (length > 0) {
    int done = mbedtls_ssl_write(state, (const unsigned char *)data, (size_t)length);
    if (done < 0) fail("write", done);
    data += done;
    length -= done;
  }
}

static void tls_shutdown(void *state) {
  mbedtls_ssl_close_notify(state);
}

/* The second certificate for the second name. */
static int on_name(void *unused, mbedtls_ssl_context *context, const unsigned char *name, size_t length) {
  (void)unused;
  snprintf(servername, sizeof servername, "%.*s", (int)length, (const char *)name);
  if (is("NAME2", servername)) return mbedtls_ssl_set_hs_own_cert(context, &second, &second_key);
  return 0;
}

static void load(const char *suffix, mbedtls_x509_crt *chain, mbedtls_pk_context *key) {
  char name[8];
  snprintf(name, sizeof name, "CERT%s", suffix);
  check("certificate", mbedtls_x509_crt_parse_file(chain, setting(name)));
  snprintf(name, sizeof name, "KEY%s", suffix);
  check("key", mbedtls_pk_parse_keyfile(key, setting(name), NULL));
}

static void configure(int server) {
  mbedtls_ssl_config_init(&config);
  mbedtls_entropy_init(&entropy);
  mbedtls_ctr_drbg_init(&random_state);
  check("seed", mbedtls_ctr_drbg_seed(&random_state, mbedtls_entropy_func, &entropy, NULL, 0));
  check("defaults", mbedtls_ssl_config_defaults(&config, server ? MBEDTLS_SSL_IS_SERVER : MBEDTLS_SSL_IS_CLIENT,
                                                MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT));
  mbedtls_ssl_conf_rng(&config, mbedtls_ctr_drbg_random, &random_state);
  mbedtls_ssl_conf_min_version(&config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
  if (setting("CA")) {
    check("root", mbedtls_x509_crt_parse_file(&roots, setting("CA")));
    mbedtls_ssl_conf_ca_chain(&config, &roots, NULL);
  }
  if (setting("CERT")) {
    load("", &own, &own_key);
    check("own certificate", mbedtls_ssl_conf_own_cert(&config, &own, &own_key));
  }
  if (setting("CERT2")) load("2", &second, &second_key);
  if (setting("ALPN")) check("ALPN", mbedtls_ssl_conf_alpn_protocols(&config, names_of(setting("ALPN"))));
  if (setting("PSK")) {
    static unsigned char key[64];
    const char *identity = setting("PSK_IDENTITY");
    int length = from_hex(setting("PSK"), key, sizeof key);
    check("PSK", mbedtls_ssl_conf_psk(&config, key, (size_t)length, (const unsigned char *)identity, strlen(identity)));
  }
  if (server) {
    mbedtls_ssl_conf_authmode(&config, setting("VERIFY") ? MBEDTLS_SSL_VERIFY_REQUIRED : MBEDTLS_SSL_VERIFY_NONE);
    mbedtls_ssl_conf_sni(&config, on_name, NULL);
    mbedtls_ssl_ticket_init(&tickets);
    check("tickets", mbedtls_ssl_ticket_setup(&tickets, mbedtls_ctr_drbg_random, &random_state, MBEDTLS_CIPHER_AES_256_GCM, 3600));
    mbedtls_ssl_conf_session_tickets_cb(&config, mbedtls_ssl_ticket_write, mbedtls_ssl_ticket_parse, &tickets);
  } else {
    mbedtls_ssl_conf_authmode(&config, MBEDTLS_SSL_VERIFY_REQUIRED);
  }
}

static void tell_about(int server) {
  char cipher[128];
  const mbedtls_x509_crt *peer = mbedtls_ssl_get_peer_cert(&ssl);
  /* "TLS-ECDHE-…" is what others write with underscores. */
  snprintf(cipher, sizeof cipher, "%s", mbedtls_ssl_get_ciphersuite(&ssl));
  for (char *at = cipher; *at; at++)
    if (*at == '-') *at = '_';
  tell("version", mbedtls_ssl_get_version(&ssl));
  tell("cipher", cipher);
  tell("alpn", mbedtls_ssl_get_alpn_protocol(&ssl));
  if (!server) return;
  tell("servername", servername);
  if (peer) {
    for (const mbedtls_x509_name *part = &peer->subject; part; part = part->next) {
      char text[256];
      if (MBEDTLS_OID_CMP(MBEDTLS_OID_AT_CN, &part->oid) != 0) continue;
      snprintf(text, sizeof text, "%.*s", (int)part->val.len, (const char *)part->val.p);
      tell("client", text);
    }
  }
}

/* A handshake over `fd`, with `session` offered where there is one. */
static void begin(mbedtls_net_context *net, const mbedtls_ssl_session *session) {
  mbedtls_ssl_init(&ssl);
  check("setup", mbedtls_ssl_setup(&ssl, &config));
  if (is("ROLE", "client")) check("hostname", mbedtls_ssl_set_hostname(&ssl, setting("NAME")));
  if (session) check("session", mbedtls_ssl_set_session(&ssl, session));
  mbedtls_ssl_set_bio(&ssl, net, mbedtls_net_send, mbedtls_net_recv, NULL);
  check("handshake", mbedtls_ssl_handshake(&ssl));
}

static void finish(mbedtls_net_context *net) {
  mbedtls_ssl_free(&ssl);
  mbedtls_net_free(net);
}

int main(void) {
  int server = is("ROLE", "server");
  int listener;
  mbedtls_ssl_session session;
  struct tls tls = {&ssl, -1, tls_pending, tls_read, tls_write, tls_shutdown};
  mbedtls_net_context net;
  configure(server);
  if (server) {
    listener = listen_on_loopback();
    for (;;) {
      tls.fd = net.fd = accept(listener, NULL, NULL);
      begin(&net, NULL);
      tell_about(1);
      run_pipe(&tls);
      finish(&net);
    }
  }
  mbedtls_ssl_session_init(&session);
  if (setting("RESUME")) {
    char data[1000];
    net.fd = connect_to_loopback();
    begin(&net, NULL);
    check("session", mbedtls_ssl_get_session(&ssl, &session));
    while (tls_read(&ssl, data, sizeof data) > 0) continue;
    finish(&net);
  }
  tls.fd = net.fd = connect_to_loopback();
  begin(&net, setting("RESUME") ? &session : NULL);
  tell_about(0);
  run_pipe(&tls);
  finish(&net);
  return 0;
}
