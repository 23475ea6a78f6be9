#include "key_facts.h"

#include "../base/span.h"
#include "../openssl/pointers.h"
#include "general_names.h"

namespace ownssl {
namespace {

constexpr size_t kShortRoom = 80;
constexpr size_t kLongRoom = 256;

// Takes a zero in front away: OpenSSL gives whole bytes, and Node's numbers of keys have none.
std::string ShortHexOf(const BIGNUM* number) {
  const OpenSSLMemory<char> owner(ossl.BN_bn2hex(number));
  const std::string digits = owner ? owner.get() : "";
  return digits.size() > 1 && digits[0] == '0' ? digits.substr(1) : digits;
}

void Append(Bytes* to, const Bytes& bytes) { to->insert(to->end(), bytes.begin(), bytes.end()); }

// Makes DER (X.690) of a tag and its content.
Bytes Element(uint8_t tag, const Bytes& content) {
  Bytes der{tag};
  size_t length = content.size();
  if (length < 0x80) {
    der.push_back(static_cast<uint8_t>(length));
  } else {
    Bytes octets;
    for (; length > 0; length >>= 8) octets.insert(octets.begin(), static_cast<uint8_t>(length));
    der.push_back(static_cast<uint8_t>(0x80 | octets.size()));
    Append(&der, octets);
  }
  Append(&der, content);
  return der;
}

Bytes Integer(const BIGNUM* number) {
  const int bits = ossl.BN_num_bits(number);
  // There is room for one bit more than the number has: without it the number would be negative.
  Bytes content(static_cast<size_t>(bits) / 8 + 1);
  ossl.BN_bn2binpad(number, content.data(), static_cast<int>(content.size()));
  return Element(V_ASN1_INTEGER, content);
}

BignumPointer NumberOf(const EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  ossl.EVP_PKEY_get_bn_param(key, name, &number);
  return BignumPointer(number);
}

// Does the same for parameters, without NULL, which some write where an algorithm has none. What
// can't be read, or is deeper than parameters of RSASSA-PSS are, stays as it is.
Bytes WithoutNull(Span der, int depth = 8) {
  const Bytes whole(der.data, der.data + der.size);
  constexpr uint8_t kConstructed = 0x20;
  Bytes result;
  while (der.size > 0) {
    constexpr size_t kHeader = 2;
    if (depth == 0 || der.size < kHeader || der.data[1] >= 0x80) return whole;
    const uint8_t tag = der.data[0];
    const size_t length = der.data[1];
    if (length > der.size - kHeader) return whole;
    const Span content{der.data + kHeader, length};
    if ((tag & kConstructed) != 0) {
      Append(&result, Element(tag, WithoutNull(content, depth - 1)));
    } else if (tag != V_ASN1_NULL) {
      Append(&result, Element(tag, Bytes(content.data, content.data + length)));
    }
    der = {der.data + kHeader + length, der.size - kHeader - length};
  }
  return result;
}

// Returns the parameters in the AlgorithmIdentifier of a certificate's key, as OpenSSL writes them;
// empty if there are none.
Bytes KeyParameters(X509* certificate) {
  X509_ALGOR* algorithm = nullptr;
  auto* key = ossl.X509_get_X509_PUBKEY(certificate);
  if (ossl.X509_PUBKEY_get0_param(nullptr, nullptr, nullptr, &algorithm, key) != 1) return {};
  int type = V_ASN1_UNDEF;
  const void* value = nullptr;
  ossl.X509_ALGOR_get0(nullptr, &type, &value, algorithm);
  if (type != V_ASN1_SEQUENCE) return {};
  const auto* sequence = static_cast<const ASN1_STRING*>(value);
  const unsigned char* data = ossl.ASN1_STRING_get0_data(sequence);
  return WithoutNull({data, static_cast<size_t>(ossl.ASN1_STRING_length(sequence))});
}

// Makes a SubjectPublicKeyInfo with the identifier of rsaEncryption, whatever the certificate has,
// as Node gives it. Its parameters are those of RSASSA-PSS, or NULL.
Bytes RsaPublicKey(X509* certificate, const BIGNUM* modulus, const BIGNUM* exponent, bool pss) {
  static const Bytes kRsaEncryption = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                       0xf7, 0x0d, 0x01, 0x01, 0x01};
  constexpr uint8_t kSequence = 0x30;
  Bytes algorithm = kRsaEncryption;
  Append(&algorithm, pss ? KeyParameters(certificate) : Bytes{V_ASN1_NULL, 0});
  Bytes numbers = Integer(modulus);
  Append(&numbers, Integer(exponent));
  Bytes bits{0};  // No bits of the last octet are unused.
  Append(&bits, Element(kSequence, numbers));
  Bytes content = Element(kSequence, algorithm);
  Append(&content, Element(V_ASN1_BIT_STRING, bits));
  return Element(kSequence, content);
}

std::optional<KeyFacts> RsaKeyOf(X509* certificate, const EVP_PKEY* key, bool pss) {
  const BignumPointer modulus = NumberOf(key, OSSL_PKEY_PARAM_RSA_N);
  const BignumPointer exponent = NumberOf(key, OSSL_PKEY_PARAM_RSA_E);
  if (!modulus || !exponent) return std::nullopt;
  KeyFacts facts;
  facts.pss = pss;
  facts.bits = ossl.BN_num_bits(modulus.get());
  facts.modulus = ShortHexOf(modulus.get());
  facts.exponent = ShortHexOf(exponent.get());
  facts.encoded = RsaPublicKey(certificate, modulus.get(), exponent.get(), pss);
  return facts;
}

std::optional<KeyFacts> EcKeyOf(X509* certificate, const EVP_PKEY* key) {
  KeyFacts facts;
  facts.bits = ossl.EVP_PKEY_get_bits(key);
  unsigned char* point = nullptr;
  size_t size = ossl.EVP_PKEY_get1_encoded_public_key(const_cast<EVP_PKEY*>(key), &point);
  const OpenSSLMemory<unsigned char> owner(point);
  if (size == 0) return std::nullopt;
  facts.encoded.assign(point, point + size);
  const unsigned char* bits = nullptr;
  int length = 0;
  auto* info = ossl.X509_get_X509_PUBKEY(certificate);
  if (ossl.X509_PUBKEY_get0_param(nullptr, &bits, &length, nullptr, info) == 1 && length > 0) {
    facts.point.assign(bits, bits + length);
  }
  char name[kShortRoom] = "";
  ossl.EVP_PKEY_get_group_name(key, name, sizeof(name), &size);
  const int nid = ossl.OBJ_sn2nid(name);
  if (nid == NID_undef) return facts;
  facts.curve = ossl.OBJ_nid2sn(nid);
  const char* nist = ossl.EC_curve_nid2nist(nid);
  if (nist != nullptr) facts.nist = nist;
  return facts;
}

}  // namespace

std::optional<KeyFacts> KeyFactsOf(X509* certificate, const EVP_PKEY* key) {
  if (key == nullptr) return std::nullopt;
  switch (ossl.EVP_PKEY_get_id(key)) {
    case EVP_PKEY_RSA:
      return RsaKeyOf(certificate, key, false);
    case EVP_PKEY_RSA_PSS:
      return RsaKeyOf(certificate, key, true);
    case EVP_PKEY_EC:
      return EcKeyOf(certificate, key);
    default:
      return std::nullopt;
  }
}

std::string KeyTypeOf(X509* certificate, const EVP_PKEY* key) {
  const char* name = key != nullptr ? ossl.EVP_PKEY_get0_type_name(key) : nullptr;
  if (name != nullptr) return name;
  ASN1_OBJECT* algorithm = nullptr;
  auto* encoded = ossl.X509_get_X509_PUBKEY(certificate);
  if (ossl.X509_PUBKEY_get0_param(&algorithm, nullptr, nullptr, nullptr, encoded) != 1) return "";
  return TextOf(algorithm, false, kLongRoom);
}

}  // namespace ownssl
