// One SSL_CTX, with its certificates, keys, trust and limits.
//
// Each setter is one option of createSecureContext(). Those that can fail return false and leave
// the reason in OpenSSL's error queue.
#pragma once

#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "../base/fair_shared_mutex.h"
#include "../base/secret.h"
#include "../base/span.h"
#include "../openssl/api.h"
#include "../openssl/pointers.h"
#include "crls.h"
#include "ech_keys.h"
#include "single_use_sessions.h"
#include "staples.h"
#include "ticket_keys.h"
#include "trust_digest.h"
#include "trust_store.h"

namespace ownssl {

class SecureContext {
 public:
  // Registers what OpenSSL calls in handshakes. It is handed to Create(), because those callbacks
  // know sessions, which are a floor above contexts.
  using InstallCallbacks = void (*)(SSL_CTX* ctx);

  // Null if OpenSSL refuses. `method` is TLS_method() or one of the one-sided ones.
  static std::shared_ptr<SecureContext> Create(const SSL_METHOD* method, int min_version,
                                               int max_version, InstallCallbacks install);
  SecureContext(const SecureContext&) = delete;
  SecureContext& operator=(const SecureContext&) = delete;
  ~SecureContext();

  // The number of contexts alive in the process; tests look for leaks with it.
  static int64_t live() { return live_; }

  SSL_CTX* ctx() const { return ctx_.get(); }

  // A handshake that runs in a thread holds it shared. Whoever calls a setter of a context that is
  // in use holds it exclusively; only the ticket keys have a lock of their own.
  FairSharedMutex& mutex() const { return mutex_; }

  // --- Identity ---

  // Takes a PEM chain, leaf first. There is one for each type of key: a later one replaces an
  // earlier.
  bool SetCertificate(Span pem);
  bool SetKey(Span pem, const Secret* passphrase);
  // Takes the key from a file or a token (key_store.h).
  bool SetKeyFrom(const Secret& uri, const Secret* passphrase);
  // Takes a key of which only the public half is here, as DER or PEM (a SubjectPublicKeyInfo), or
  // as the certificate in PEM that it belongs to. It is asked for what it is to do, by `number`
  // (external_key/). Not in threads where handshakes can't wait.
  enum class ExternalKeyResult { kOk, kUnreadable, kOtherKind, kFailed };
  ExternalKeyResult SetExternalKey(Span public_key, bool decrypts, uint64_t* number);
  // The list of SetCiphers(); and for servers, where an external RSA key does not decrypt, one
  // without the key exchange that needs it. Empty if there is nothing to change.
  const std::string& ciphers() const { return ciphers_; }
  const std::string& ciphers_without_decryption() const { return ciphers_without_decryption_; }
  // Whether a key is in a token. Modules for tokens, and what connects them to OpenSSL, are not all
  // fit for several threads: pkcs11-provider fails in some of a hundred handshakes at the same
  // time.
  bool has_token() const { return has_token_; }
  // Whether signing with one of the keys takes so long that other connections would notice it.
  bool has_slow_key() const { return has_slow_key_; }
  enum class Pkcs12Result { kOk, kFailed, kNoKey, kNoCertificate };
  Pkcs12Result LoadPkcs12(Span der, const Secret* passphrase, bool legacy = false);

  // Whether one of the certificates has its key: a handshake needs that.
  bool HasPair();
  // Whether there is no choice: all certificates set were for one kind of key.
  bool has_one_certificate() const { return kinds_of_certificates_ == 1; }

  // Compresses the certificates set so far by these algorithms, the preferred one first. The
  // numbers have to be distinct and available (certificate_compression.h). False if OpenSSL
  // refuses.
  bool CompressCertificates(std::vector<int> algorithms);

  // --- Trust ---

  // Trusts the process-wide roots, which are shared until something is added to them here.
  bool AddRootCertificates(std::shared_ptr<TrustStore> trust);
  // Takes another context's trust. It does nothing where the other has added to the roots, or has
  // none.
  void UseDefaultTrustOf(const SecureContext& other);
  // The file and the folder of OpenSSL, or of SSL_CERT_FILE and SSL_CERT_DIR.
  void AddDefaultPaths();
  bool AddCaCertificates(Span pem);
  bool AddCrl(Span pem);
  // Takes these revocation lists in place of those that there are; without any, none is looked for.
  // False where one can't be read, and then nothing has changed: `unreadable` says which.
  bool SetCrls(const std::vector<Span>& pems, size_t* unreadable);
  void AllowPartialTrustChain();
  // Chains are held to the strict profile, too, about which the session tells.
  void BeStrict() { strict_ = true; }
  bool strict() const { return strict_; }
  // A digest of all that decides which chains OpenSSL accepts: roots, certificates and revocation
  // lists, in their order, and the security level where `ciphers` has one.
  TrustDigest trust_digest() const;

  // --- Algorithms ---

  bool SetCiphers(const std::string& list);
  bool SetCipherSuites(const std::string& list);
  bool SetSigalgs(const std::string& list);
  bool SetGroups(const std::string& list);
  enum class DhResult { kOk, kOkButShort, kTooShort, kUnreadable, kFailed };
  // Takes the first DH parameters in a PEM text; what is of another kind is skipped.
  DhResult SetDhParameters(Span pem);
  void SetDhAuto();
  void SetOptions(uint64_t options);
  void SetMinVersion(int version);
  int min_version() const;
  int max_version() const;
  std::vector<std::string> Ciphers() const;

  // --- Sessions ---

  bool SetSessionIdContext(const std::string& id);
  const std::string& session_id_context() const { return session_id_context_; }
  void SetSessionTimeout(long seconds);
  TicketKeys& ticket_keys() const { return *ticket_keys_; }
  // From now on the keys are those of others, too: of a group, or of another context.
  void ShareTicketKeys(std::shared_ptr<TicketKeys> keys) { ticket_keys_ = std::move(keys); }
  void ShareTicketKeysOf(const SecureContext& other) { ticket_keys_ = other.ticket_keys_; }
  // A server is about to take early data: from now on its sessions are resumed once each, and known
  // to this process alone.
  void KeepSingleUseSessions();
  // Null unless it does.
  SingleUseSessions* single_use_sessions() const { return single_use_.load(); }
  // A server's, for the connections to come; null for none.
  void SetEchKeys(std::shared_ptr<const EchKeys> keys) { ech_keys_ = std::move(keys); }
  const EchKeys* ech_keys() const { return ech_keys_.get(); }
  // Calls `tell` with the secrets of handshakes. Formatting them costs time, so this is only called
  // once somebody listens.
  void EnableKeylog(SSL_CTX_keylog_cb_func tell);

  // What it staples by itself, as a server.
  Staples& staples() const { return staples_; }

  // Of all certificates that it has for itself, in their order.
  const TrustDigest& identity_digest() const { return own_identity_; }
  // The certificate that was set last, and its issuer if that is known; both may be null.
  X509* certificate() const { return certificate_.get(); }
  X509* issuer() const { return issuer_.get(); }

 private:
  explicit SecureContext(SSLCtxPointer ctx);

  bool UseChain(X509Pointer leaf, std::vector<X509Pointer> chain);
  bool UseKey(EVP_PKEY* key);
  bool AddCa(X509* certificate);
  X509_STORE* OwnStore();
  bool CheckCrls();

  static inline std::atomic<int64_t> live_{0};

  mutable FairSharedMutex mutex_;
  SSLCtxPointer ctx_;
  std::shared_ptr<TrustStore> trust_;  // What the store is, or began as; null if it began empty.
  bool own_store_ = true;
  TrustDigest own_trust_{};  // Of what was added to it, but for revocation lists.
  Crls crls_;
  TrustDigest own_identity_{};
  bool has_token_ = false;
  bool has_slow_key_ = false;
  bool strict_ = false;
  std::set<std::string> kinds_;  // Of the keys of its certificates.
  std::atomic<size_t> kinds_of_certificates_{0};
  std::string ciphers_;
  std::string ciphers_without_decryption_;
  std::string session_id_context_;
  X509Pointer certificate_;
  X509Pointer issuer_;
  std::atomic<bool> keylog_{false};
  mutable Staples staples_;
  std::unique_ptr<SingleUseSessions> single_use_owner_;
  std::atomic<SingleUseSessions*> single_use_{nullptr};
  std::shared_ptr<const EchKeys> ech_keys_;
  std::shared_ptr<TicketKeys> ticket_keys_ = std::make_shared<TicketKeys>();
};

}  // namespace ownssl
