#include "secure_context.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include "../base/counters.h"
#include "../openssl/controls.h"
#include "key_store.h"
#include "pem.h"
#include "pkcs12.h"

namespace ownssl {
std::shared_ptr<SecureContext> SecureContext::Create(const SSL_METHOD* method, int min_version,
                                                     int max_version, InstallCallbacks install) {
  ossl.ERR_clear_error();
  SSLCtxPointer ctx(ossl.SSL_CTX_new(method));
  if (!ctx) return nullptr;
  SSL_CTX* raw = ctx.get();
  // The limits are always set, because the system's openssl.cnf may have others.
  if (!control::SetMinVersion(raw, min_version) || !control::SetMaxVersion(raw, max_version)) {
    return nullptr;
  }
  std::shared_ptr<SecureContext> context(new SecureContext(std::move(ctx)));
  install(raw);
  if (!context->ticket_keys_->Fill()) return nullptr;
  return context;
}

SecureContext::SecureContext(SSLCtxPointer ctx) : ctx_(std::move(ctx)) {
  ++live_;
  counters.contexts.Add();
  SSL_CTX* raw = ctx_.get();
  // Renegotiation is limited by the server (see onhandshakestart() in
  // lib/handshake/configure.ts), as in Node.
  ossl.SSL_CTX_set_options(raw, SSL_OP_NO_SSLv3 | SSL_OP_ALLOW_CLIENT_RENEGOTIATION);
  // OpenSSL's own cache keeps no sessions: the application sees each one, and keeps those that it
  // wants.
  control::SetSessionCacheMode(
      raw, SSL_SESS_CACHE_BOTH | SSL_SESS_CACHE_NO_INTERNAL | SSL_SESS_CACHE_NO_AUTO_CLEAR);
  // OpenSSL would offer all algorithms that it has. As in Node, none is used unless it is asked
  // for.
  if (Has(Feature::kCertificateCompression)) {
    ossl.SSL_CTX_set1_cert_comp_preference(raw, nullptr, 0);
  }
}

SecureContext::~SecureContext() { --live_; }

// --- Identity ---

bool SecureContext::SetCertificate(Span pem) {
  ossl.ERR_clear_error();
  bool complete = false;
  std::vector<X509Pointer> chain = ReadCertificates(pem, &complete);
  if (!complete) return false;
  X509Pointer leaf = std::move(chain.front());
  chain.erase(chain.begin());
  return UseChain(std::move(leaf), std::move(chain));
}

bool SecureContext::UseChain(X509Pointer leaf, std::vector<X509Pointer> chain) {
  SSL_CTX* raw = ctx_.get();
  if (ossl.SSL_CTX_use_certificate(raw, leaf.get()) != 1) return false;
  // This is the chain of the certificate that was just set; those of other key types keep theirs.
  control::ClearChain(raw);
  issuer_.reset();
  for (X509Pointer& certificate : chain) {
    if (!control::AddToChain(raw, certificate.get())) return false;
    if (!issuer_ && ossl.X509_check_issued(certificate.get(), leaf.get()) == X509_V_OK) {
      issuer_ = std::move(certificate);
    }
  }
  if (!issuer_) {
    // The context's trust may have the issuer, which whoever asks an OCSP responder needs.
    const X509StoreCtxPointer lookup(ossl.X509_STORE_CTX_new());
    X509* found = nullptr;
    if (lookup &&
        ossl.X509_STORE_CTX_init(lookup.get(), ossl.SSL_CTX_get_cert_store(raw), nullptr,
                                 nullptr) == 1 &&
        ossl.X509_STORE_CTX_get1_issuer(&found, lookup.get(), leaf.get()) == 1) {
      issuer_.reset(found);
    }
    ossl.ERR_clear_error();
  }
  const EVP_PKEY* key = ossl.X509_get0_pubkey(leaf.get());
  const char* kind = key != nullptr ? ossl.EVP_PKEY_get0_type_name(key) : nullptr;
  kinds_.insert(kind != nullptr ? kind : "");
  kinds_of_certificates_ = kinds_.size();
  own_identity_ = ExtendBy(leaf.get(), 'i', own_identity_);
  certificate_ = std::move(leaf);
  return true;
}

bool SecureContext::SetKey(Span pem, const Secret* passphrase) {
  ossl.ERR_clear_error();
  const EVPKeyPointer key = ReadPrivateKey(pem, passphrase);
  return key && UseKey(key.get());
}

bool SecureContext::SetKeyFrom(const Secret& uri, const Secret* passphrase) {
  constexpr char kFile[] = "file:";
  constexpr size_t kFileSize = sizeof(kFile) - 1;
  ossl.ERR_clear_error();
  const EVPKeyPointer key = LoadPrivateKey(uri, passphrase);
  if (uri.size() < kFileSize || memcmp(uri.data(), kFile, kFileSize) != 0) has_token_ = true;
  return key && UseKey(key.get());
}

bool SecureContext::HasPair() {
  SSL_CTX* raw = ctx_.get();
  const bool found = control::SelectFirstPair(raw);
  // The certificate that was set last becomes the current one again.
  control::SelectCertificate(raw, certificate_.get());
  ossl.ERR_clear_error();
  return found;
}

bool SecureContext::CompressCertificates(std::vector<int> algorithms) {
  constexpr int kAllChosen = 0;
  ossl.ERR_clear_error();
  if (ossl.SSL_CTX_set1_cert_comp_preference(ctx_.get(), algorithms.data(), algorithms.size()) !=
      1) {
    return false;
  }
  // The result is zero where there is no certificate, or none that gets smaller; then it is sent as
  // it is.
  ossl.SSL_CTX_compress_certs(ctx_.get(), kAllChosen);
  ossl.ERR_clear_error();
  return true;
}

SecureContext::Pkcs12Result SecureContext::LoadPkcs12(Span der, const Secret* passphrase,
                                                      bool legacy) {
  ossl.ERR_clear_error();
  Pkcs12Content content;
  if (!OpenPkcs12(der, passphrase, legacy, &content)) return Pkcs12Result::kFailed;
  if (!content.key) return Pkcs12Result::kNoKey;
  if (!content.certificate) return Pkcs12Result::kNoCertificate;
  for (const X509Pointer& other : content.others) {
    if (!other || !AddCa(other.get())) return Pkcs12Result::kFailed;
  }
  if (!UseChain(std::move(content.certificate), std::move(content.others)) ||
      !UseKey(content.key.get())) {
    return Pkcs12Result::kFailed;
  }
  return Pkcs12Result::kOk;
}

// --- Algorithms ---

bool SecureContext::SetCiphers(const std::string& list) {
  ossl.ERR_clear_error();
  const size_t level = list.find("@SECLEVEL");
  if (level != list.npos) {
    const auto* text = reinterpret_cast<const uint8_t*>(list.data());
    own_trust_ = Extend(own_trust_, 's', {text + level, list.size() - level});
  }
  ciphers_ = list;
  return ossl.SSL_CTX_set_cipher_list(ctx_.get(), list.c_str()) == 1;
}

bool SecureContext::SetCipherSuites(const std::string& list) {
  ossl.ERR_clear_error();
  return ossl.SSL_CTX_set_ciphersuites(ctx_.get(), list.c_str()) == 1;
}

bool SecureContext::SetSigalgs(const std::string& list) {
  ossl.ERR_clear_error();
  return control::SetSignatureAlgorithms(ctx_.get(), list);
}

bool SecureContext::SetGroups(const std::string& list) {
  ossl.ERR_clear_error();
  return control::SetGroups(ctx_.get(), list);
}

namespace {

// Returns the text from its first block with DH parameters on; empty if there is none.
Span DhParametersIn(Span pem) {
  const std::string_view text(reinterpret_cast<const char*>(pem.data), pem.size);
  size_t first = text.npos;
  for (const std::string_view label : {"-----BEGIN DH PARAMETERS-----",  // This is PKCS#3.
                                       "-----BEGIN X9.42 DH PARAMETERS-----"}) {
    size_t at = text.find(label);
    while (at != text.npos && at != 0 && text[at - 1] != '\n') at = text.find(label, at + 1);
    first = std::min(first, at);
  }
  return first == text.npos ? Span{} : Span{pem.data + first, pem.size - first};
}

}  // namespace

SecureContext::DhResult SecureContext::SetDhParameters(Span pem) {
  constexpr int kLeastBits = 1024;
  constexpr int kGoodBits = 2048;
  ossl.ERR_clear_error();
  const BIOPointer bio = ReadOnlyBio(DhParametersIn(pem));
  if (!bio) return DhResult::kUnreadable;
  EVPKeyPointer parameters(ossl.PEM_read_bio_Parameters(bio.get(), nullptr));
  if (!parameters) return DhResult::kUnreadable;
  const int bits = ossl.EVP_PKEY_get_bits(parameters.get());
  if (bits < kLeastBits) return DhResult::kTooShort;
  if (ossl.SSL_CTX_set0_tmp_dh_pkey(ctx_.get(), parameters.get()) != 1) return DhResult::kFailed;
  static_cast<void>(parameters.release());  // The context owns them now.
  return bits < kGoodBits ? DhResult::kOkButShort : DhResult::kOk;
}

void SecureContext::SetDhAuto() { control::SetDhAuto(ctx_.get()); }

void SecureContext::SetOptions(uint64_t options) { ossl.SSL_CTX_set_options(ctx_.get(), options); }

void SecureContext::SetMinVersion(int version) { control::SetMinVersion(ctx_.get(), version); }

int SecureContext::min_version() const { return control::MinVersion(ctx_.get()); }

int SecureContext::max_version() const { return control::MaxVersion(ctx_.get()); }

std::vector<std::string> SecureContext::Ciphers() const {
  std::vector<std::string> names;
  const auto* stack = reinterpret_cast<const OPENSSL_STACK*>(ossl.SSL_CTX_get_ciphers(ctx_.get()));
  const int count = stack != nullptr ? ossl.OPENSSL_sk_num(stack) : 0;
  for (int i = 0; i < count; ++i) {
    const auto* cipher = static_cast<const SSL_CIPHER*>(ossl.OPENSSL_sk_value(stack, i));
    names.emplace_back(ossl.SSL_CIPHER_get_name(cipher));
  }
  return names;
}

// --- Sessions ---

bool SecureContext::SetSessionIdContext(const std::string& id) {
  ossl.ERR_clear_error();
  session_id_context_ = id;
  return ossl.SSL_CTX_set_session_id_context(ctx_.get(),
                                             reinterpret_cast<const unsigned char*>(id.data()),
                                             static_cast<unsigned int>(id.size())) == 1;
}

void SecureContext::SetSessionTimeout(long seconds) {
  ossl.SSL_CTX_set_timeout(ctx_.get(), seconds);
}

void SecureContext::EnableKeylog(SSL_CTX_keylog_cb_func tell) {
  if (keylog_) return;
  std::lock_guard<FairSharedMutex> lock(mutex_);
  ossl.SSL_CTX_set_keylog_callback(ctx_.get(), tell);
  keylog_ = true;
}

}  // namespace ownssl
