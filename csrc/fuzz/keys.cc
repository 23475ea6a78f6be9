// What a peer, or the DNS, says of keys: public keys that stand for themselves, and TLSA records.
#include <algorithm>
#include <vector>

#include "../context/pem.h"
#include "../context/public_key.h"
#include "../openssl/pointers.h"
#include "ends.h"
#include "target.h"

namespace ownssl::fuzz {
namespace {

struct Record {
  uint8_t usage;
  uint8_t selector;
  uint8_t type;
  std::vector<uint8_t> data;
};

constexpr uint8_t kWhole = 0;  // RFC 6698, 2.1.2 and 2.1.3.
constexpr uint8_t kSha256 = 1;
constexpr uint8_t kSha512 = 2;

// What a record has to hold that matches this certificate; nothing if there is no such record.
std::vector<uint8_t> Matching(X509* certificate, uint8_t selector, uint8_t type) {
  std::vector<uint8_t> bytes;
  if (selector == 0) {
    unsigned char* der = nullptr;
    const int size = ossl.i2d_X509(certificate, &der);
    const OpenSSLMemory<unsigned char> owner(der);
    bytes.assign(der, der + std::max(size, 0));
  } else if (selector == 1) {
    bytes = EncodePublicKey(ossl.X509_get0_pubkey(certificate));
  }
  if (bytes.empty() || type == kWhole) return bytes;
  if (type != kSha256 && type != kSha512) return {};
  std::vector<uint8_t> digest(type == kSha256 ? 32 : 64);
  size_t size = 0;
  FUZZ_REQUIRE(ossl.EVP_Q_digest(nullptr, type == kSha256 ? "SHA256" : "SHA512", nullptr,
                                 bytes.data(), bytes.size(), digest.data(), &size) == 1);
  return digest;
}

// Points of a curve can be written in three forms, in which the same key has other bytes.
std::vector<uint8_t> PointOf(const EVP_PKEY* key) {
  unsigned char* point = nullptr;
  const size_t size = ossl.EVP_PKEY_get1_encoded_public_key(const_cast<EVP_PKEY*>(key), &point);
  const OpenSSLMemory<unsigned char> owner(point);
  ossl.ERR_clear_error();
  return {point, point + size};
}

bool IsSameKey(const EVP_PKEY* one, const EVP_PKEY* other) {
  const std::vector<uint8_t> point = PointOf(one);
  return point.empty() ? EncodePublicKey(one) == EncodePublicKey(other) : point == PointOf(other);
}

// Whether the record holds, as a whole, a trust anchor with this certificate's key. Such a
// certificate verifies the chain even if it is not the one that the peer sends (RFC 7671, 5.2.2 and
// 5.2.3), since the signatures below it are made with the same key.
bool IsAnchorOfSameKey(const Record& record, X509* certificate) {
  if (record.type != kWhole || (record.usage != 0 && record.usage != 2)) return false;
  const EVP_PKEY* key = ossl.X509_get0_pubkey(certificate);
  const Span data{record.data.data(), record.data.size()};
  if (record.selector == 1) {
    const EVPKeyPointer bare = ReadPublicKey(data);
    ossl.ERR_clear_error();
    return bare && IsSameKey(bare.get(), key);
  }
  const unsigned char* in = data.data;
  const X509Pointer anchor(ossl.d2i_X509(nullptr, &in, static_cast<long>(data.size)));
  ossl.ERR_clear_error();
  return anchor && IsSameKey(ossl.X509_get0_pubkey(anchor.get()), key);
}

}  // namespace

// A key that was read can be written, and what was written is the same key.
void FuzzPublicKey(Input input) {
  const EVPKeyPointer key = ReadPublicKey(input.Rest());
  ossl.ERR_clear_error();
  if (!key) return;
  const std::vector<uint8_t> der = EncodePublicKey(key.get());
  ossl.ERR_clear_error();
  if (der.empty()) return;
  const EVPKeyPointer again = ReadPublicKey({der.data(), der.size()});
  FUZZ_REQUIRE(again && EncodePublicKey(again.get()) == der);
  ossl.ERR_clear_error();
}

// Records with any content: none but one that speaks of a certificate of the chain verifies it, or
// one that holds a trust anchor with the key of such a certificate.
void FuzzDane(Input input) {
  ContextOptions options;
  const uint8_t flags = input.Byte();
  options.version = (flags & 1) != 0 ? TLS1_3_VERSION : TLS1_2_VERSION;
  Ends ends(options);
  End& client = ends.client;
  static const auto* chain = [] {
    bool complete = false;
    const std::string pem = Fixture("server-ec.crt") + Fixture("intermediate.crt");
    return new std::vector<X509Pointer>(ReadCertificates(SpanOf(pem), &complete));
  }();
  std::vector<Record> records;
  {
    const OffloadedSession::User session = client.session();
    FUZZ_REQUIRE(session->EnableDane("localhost", (flags & 2) != 0));
    for (int i = 0; i < 8 && !input.empty(); ++i) {
      const uint8_t kind = input.Byte();
      Record record{input.Byte(), input.Byte(), input.Byte(), {}};
      if ((kind & 1) != 0) {
        record.data = Matching(chain->at((kind >> 1) & 1).get(), record.selector, record.type);
        if ((kind & 4) != 0 && !record.data.empty()) {
          record.data[input.Below(record.data.size())] ^= input.Byte();
        }
      } else {
        const Span data = input.Take(input.Word() % 2048);
        record.data.assign(data.data, data.data + data.size);
      }
      const Span data{record.data.data(), record.data.size()};
      if (session->AddTlsa(record.usage, record.selector, record.type, data)) {
        records.push_back(std::move(record));
      }
    }
  }
  Settle(&client, &ends.server);
  const OffloadedSession::User session = client.session();
  const std::optional<DaneMatch> match = session->MatchedTlsa();
  FUZZ_REQUIRE(ossl.ERR_peek_error() == 0);
  if (!match) return;
  const bool is_right = std::any_of(records.begin(), records.end(), [&](const Record& record) {
    if (record.usage != match->usage || record.selector != match->selector ||
        record.type != match->type) {
      return false;
    }
    return std::any_of(chain->begin(), chain->end(), [&](const X509Pointer& certificate) {
      return Matching(certificate.get(), record.selector, record.type) == record.data ||
             IsAnchorOfSameKey(record, certificate.get());
    });
  });
  // OpenSSL may have built the chain up to the root, which is no more than these below it.
  FUZZ_REQUIRE(is_right || match->depth > 1);
}

}  // namespace ownssl::fuzz
