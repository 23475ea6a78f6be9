#include "object_facts.h"

#include "../openssl/pointers.h"
#include "../openssl/stack_of.h"
#include "general_names.h"
#include "pem.h"
#include "pkcs12.h"

namespace ownssl {
namespace {

constexpr size_t kRoom = 256;

// Returns what `decode` makes of the bytes, if it takes all of them.
template <typename Pointer, typename Decode>
Pointer Decoded(Span der, Decode decode) {
  const unsigned char* data = der.data;
  if (der.size == 0) return nullptr;
  Pointer object(decode(nullptr, &data, static_cast<long>(der.size)));
  if (object && data != der.data + der.size) object.reset();
  return object;
}

template <typename T, typename Encode>
Bytes Encoded(T* object, Encode encode) {
  const int size = encode(object, nullptr);
  Bytes der(size > 0 ? static_cast<size_t>(size) : 0);
  unsigned char* out = der.data();
  if (size > 0) encode(object, &out);
  return der;
}

std::string NameOf(const X509_ALGOR* algorithm) {
  const ASN1_OBJECT* object = nullptr;
  if (algorithm != nullptr) ossl.X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
  return object != nullptr ? TextOf(object, false, kRoom) : "";
}

PublicKeyOutline OutlineOf(EVP_PKEY* key) {
  PublicKeyOutline outline;
  if (key == nullptr) return outline;
  const char* type = ossl.EVP_PKEY_get0_type_name(key);
  outline.type = type != nullptr ? type : "";
  outline.bits = ossl.EVP_PKEY_get_bits(key);
  outline.security_bits = ossl.EVP_PKEY_get_security_bits(key);
  if (ossl.EVP_PKEY_get_id(key) == EVP_PKEY_EC) {
    char group[kRoom] = "";
    size_t size = 0;
    ossl.EVP_PKEY_get_group_name(key, group, sizeof(group), &size);
    outline.group = group;
  }
  outline.spki = Encoded(key, ossl.i2d_PUBKEY);
  return outline;
}

}  // namespace

std::optional<SignatureOutline> OutlineOfCertificate(Span der) {
  const auto certificate = Decoded<X509Pointer>(der, ossl.d2i_X509);
  if (!certificate) return std::nullopt;
  SignatureOutline outline;
  const X509_ALGOR* algorithm = nullptr;
  ossl.X509_get0_signature(nullptr, &algorithm, certificate.get());
  outline.algorithm = NameOf(algorithm);
  outline.spki = Encoded(ossl.X509_get_X509_PUBKEY(certificate.get()), ossl.i2d_X509_PUBKEY);
  return outline;
}

std::optional<PublicKeyOutline> OutlineOfPublicKey(Span der) {
  const auto key = Decoded<EVPKeyPointer>(der, ossl.d2i_PUBKEY);
  if (!key) return std::nullopt;
  return OutlineOf(key.get());
}

std::optional<PublicKeyOutline> OutlineOfPrivateKey(Span bytes, const Secret* passphrase) {
  EVPKeyPointer key;
  constexpr uint8_t kSequence = 0x30;
  if (bytes.size > 0 && bytes.data[0] == kSequence) {
    const unsigned char* data = bytes.data;
    key.reset(ossl.d2i_AutoPrivateKey(nullptr, &data, static_cast<long>(bytes.size)));
  } else {
    key = ReadPrivateKey(bytes, passphrase);
  }
  if (!key) return std::nullopt;
  return OutlineOf(key.get());
}

std::optional<RequestFacts> FactsOfRequest(Span der) {
  const auto request = Decoded<X509REQPointer>(der, ossl.d2i_X509_REQ);
  if (!request) return std::nullopt;
  RequestFacts facts;
  facts.subject = DistinguishedNameOf(ossl.X509_REQ_get_subject_name(request.get()));
  const X509_ALGOR* algorithm = nullptr;
  ossl.X509_REQ_get0_signature(request.get(), nullptr, &algorithm);
  facts.signature = NameOf(algorithm);
  EVP_PKEY* key = ossl.X509_REQ_get0_pubkey(request.get());
  facts.key = OutlineOf(key);
  facts.proven = key != nullptr && ossl.X509_REQ_verify(request.get(), key) == 1;
  const ExtensionStackPointer extensions(ossl.X509_REQ_get_extensions(request.get()));
  const GeneralNamesPointer names(
      extensions ? static_cast<GENERAL_NAMES*>(ossl.X509V3_get_d2i(
                       extensions.get(), NID_subject_alt_name, nullptr, nullptr))
                 : nullptr);
  if (names) facts.alternative_names = TextOfNames(names.get());
  ossl.ERR_clear_error();
  return facts;
}

std::optional<CrlFacts> FactsOfCrl(Span der) {
  const auto crl = Decoded<X509CRLPointer>(der, ossl.d2i_X509_CRL);
  if (!crl) return std::nullopt;
  CrlFacts facts;
  facts.issuer = DistinguishedNameOf(ossl.X509_CRL_get_issuer(crl.get()));
  facts.this_update = TextOf(ossl.X509_CRL_get0_lastUpdate(crl.get()));
  facts.next_update = TextOf(ossl.X509_CRL_get0_nextUpdate(crl.get()));
  const X509_ALGOR* algorithm = nullptr;
  ossl.X509_CRL_get0_signature(crl.get(), nullptr, &algorithm);
  facts.signature = NameOf(algorithm);
  const auto* revoked = ossl.X509_CRL_get_REVOKED(crl.get());
  facts.revoked = revoked != nullptr ? StackSize(revoked) : 0;
  return facts;
}

std::optional<SessionFacts> FactsOfSession(Span der) {
  const auto session = Decoded<SSLSessionPointer>(der, ossl.d2i_SSL_SESSION);
  if (!session) return std::nullopt;
  SessionFacts facts;
  facts.protocol = ossl.SSL_SESSION_get_protocol_version(session.get());
  const SSL_CIPHER* cipher = ossl.SSL_SESSION_get0_cipher(session.get());
  const char* name = cipher != nullptr ? ossl.SSL_CIPHER_standard_name(cipher) : nullptr;
  facts.cipher = name != nullptr ? name : "";
  const char* host = ossl.SSL_SESSION_get0_hostname(session.get());
  facts.server_name = host != nullptr ? host : "";
  facts.lifetime = static_cast<double>(ossl.SSL_SESSION_get_timeout(session.get()));
  facts.ticket = ossl.SSL_SESSION_has_ticket(session.get()) == 1;
  facts.early_data = static_cast<double>(ossl.SSL_SESSION_get_max_early_data(session.get()));
  return facts;
}

std::optional<std::vector<Bytes>> CertificatesOfPkcs7(Span der) {
  const auto pkcs7 = Decoded<PKCS7Pointer>(der, ossl.d2i_PKCS7);
  if (!pkcs7 || pkcs7->type == nullptr) return std::nullopt;
  const STACK_OF(X509)* stack = nullptr;
  const int type = ossl.OBJ_obj2nid(pkcs7->type);
  if (type == NID_pkcs7_signed && pkcs7->d.sign != nullptr) {
    stack = pkcs7->d.sign->cert;
  } else if (type == NID_pkcs7_signedAndEnveloped && pkcs7->d.signed_and_enveloped != nullptr) {
    stack = pkcs7->d.signed_and_enveloped->cert;
  }
  std::vector<Bytes> certificates;
  for (int i = 0; stack != nullptr && i < StackSize(stack); ++i) {
    certificates.push_back(Encoded(StackAt<X509>(stack, i), ossl.i2d_X509));
  }
  return certificates;
}

std::optional<Pkcs12Facts> FactsOfPkcs12(Span der, const Secret* passphrase, bool legacy) {
  Pkcs12Content content;
  if (!OpenPkcs12(der, passphrase, legacy, &content)) return std::nullopt;
  Pkcs12Facts facts;
  if (content.certificate) {
    facts.certificates.push_back(Encoded(content.certificate.get(), ossl.i2d_X509));
  }
  for (const X509Pointer& other : content.others) {
    facts.certificates.push_back(Encoded(other.get(), ossl.i2d_X509));
  }
  if (content.key) facts.key = OutlineOf(content.key.get());
  return facts;
}

}  // namespace ownssl
