#include "ech.h"

#include "../openssl/controls.h"
#include "session.h"

namespace ownssl {
namespace {

// Values of OpenSSL's headers from 4.0 on.
constexpr uint64_t kSendGrease = uint64_t{1} << 37;  // SSL_OP_ECH_GREASE
enum Raw {                                           // SSL_ECH_STATUS_…
  kBackend = 4,
  kGreaseAnswered = 3,
  kGrease = 2,
  kSuccess = 1,
  kFailed = 0,
  kNotTried = -101,
  kBadName = -102,
  kNotConfigured = -103,
  kRetry = -105,
  kRetryBadName = -106,
};

EchStatus StatusOf(int raw, bool server) {
  switch (raw) {
    case kBackend:
      return EchStatus::kBackend;
    case kGrease:
    case kGreaseAnswered:
      // A server takes for GREASE whatever it can't decrypt.
      return server ? EchStatus::kRefused : EchStatus::kGrease;
    case kSuccess:
    case kBadName:  // Who the peer is, others say (peer.cc).
      return EchStatus::kAccepted;
    case kFailed:
    case kRetry:
    case kRetryBadName:
      return EchStatus::kRefused;
    case kNotConfigured:
      return EchStatus::kNotConfigured;
    default:
      return EchStatus::kNone;
  }
}

std::optional<std::string> ToText(char* text) {
  const OpenSSLMemory<char> owner(text);
  return text != nullptr ? std::optional<std::string>(text) : std::nullopt;
}

void Put(std::vector<uint8_t>* message, size_t number, int bytes) {
  while (bytes-- > 0) message->push_back(static_cast<uint8_t>(number >> (8 * bytes)));
}

// A vector with a length of `bytes` bytes before it.
void PutVector(std::vector<uint8_t>* message, const unsigned char* data, size_t size, int bytes) {
  Put(message, size, bytes);
  message->insert(message->end(), data, data + size);
}

std::vector<uint8_t> Extensions(SSL* ssl) {
  std::vector<uint8_t> extensions;
  int* types = nullptr;
  size_t count = 0;
  if (ossl.SSL_client_hello_get1_extensions_present(ssl, &types, &count) != 1) return extensions;
  const OpenSSLMemory<int> owner(types);
  for (size_t i = 0; i < count; ++i) {
    const unsigned char* data = nullptr;
    size_t size = 0;
    const auto type = static_cast<unsigned int>(types[i]);
    if (ossl.SSL_client_hello_get0_ext(ssl, type, &data, &size) != 1) continue;
    Put(&extensions, type, 2);
    PutVector(&extensions, data, size, 2);
  }
  return extensions;
}

}  // namespace

bool Session::OfferEch(const EchOffer& offer) {
  if (!configurable() || role_ != Role::kClient || !Has(Feature::kEncryptedClientHello)) {
    return false;
  }
  ossl.ERR_clear_error();
  SSL* ssl = ssl_.get();
  if (offer.config.empty()) {
    ossl.SSL_set_options(ssl, kSendGrease);
    return true;
  }
  hides_ = true;
  // The hidden hello must not offer another version (RFC 9849, 6.1), and OpenSSL writes the same
  // versions into both.
  if (!control::SetMinVersion(ssl, TLS1_3_VERSION) ||
      ossl.SSL_set1_ech_config_list(ssl, offer.config.data(), offer.config.size()) != 1) {
    return false;
  }
  if (!offer.outer_name) return true;
  const bool none = offer.outer_name->empty();
  const char* name = none ? nullptr : offer.outer_name->c_str();
  return ossl.SSL_ech_set1_outer_server_name(ssl, name, none ? 1 : 0) == 1;
}

bool Session::EchRefused() const { return hides_ && !EchAccepted(ssl_.get()); }

EchOutcome ReadEchOutcome(SSL* ssl) {
  EchOutcome outcome;
  if (!Has(Feature::kEncryptedClientHello)) return outcome;
  char* inner = nullptr;
  char* outer = nullptr;
  const int raw = ossl.SSL_ech_get1_status(ssl, &inner, &outer);
  outcome.inner_name = ToText(inner);
  outcome.outer_name = ToText(outer);
  outcome.status = StatusOf(raw, ossl.SSL_is_server(ssl) == 1);
  ossl.ERR_clear_error();  // A refusal is an error to OpenSSL.
  return outcome;
}

bool EchAccepted(SSL* ssl) { return ReadEchOutcome(ssl).status == EchStatus::kAccepted; }

std::vector<uint8_t> InnerClientHello(SSL* ssl) {
  constexpr uint8_t kClientHello = 1;
  std::vector<uint8_t> body;
  const unsigned char* data = nullptr;
  Put(&body, ossl.SSL_client_hello_get0_legacy_version(ssl), 2);
  size_t size = ossl.SSL_client_hello_get0_random(ssl, &data);
  body.insert(body.end(), data, data + size);
  size = ossl.SSL_client_hello_get0_session_id(ssl, &data);
  PutVector(&body, data, size, 1);
  size = ossl.SSL_client_hello_get0_ciphers(ssl, &data);
  PutVector(&body, data, size, 2);
  size = ossl.SSL_client_hello_get0_compression_methods(ssl, &data);
  PutVector(&body, data, size, 1);
  const std::vector<uint8_t> extensions = Extensions(ssl);
  PutVector(&body, extensions.data(), extensions.size(), 2);
  std::vector<uint8_t> message{kClientHello};
  PutVector(&message, body.data(), body.size(), 3);
  return message;
}

std::vector<uint8_t> EchRetryConfigs(SSL* ssl) {
  if (!Has(Feature::kEncryptedClientHello)) return {};
  unsigned char* data = nullptr;
  size_t size = 0;
  const bool read = ossl.SSL_ech_get1_retry_config(ssl, &data, &size) == 1;
  const OpenSSLMemory<unsigned char> owner(data);
  ossl.ERR_clear_error();
  if (!read || data == nullptr) return {};
  return {data, data + size};
}

}  // namespace ownssl
