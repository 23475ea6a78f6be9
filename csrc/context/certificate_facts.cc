#include "certificate_facts.h"

#include <cstdio>

#include "../openssl/errors.h"
#include "../openssl/pointers.h"
#include "../openssl/stack_of.h"
#include "general_names.h"

namespace ownssl {
namespace {

constexpr size_t kShortRoom = 80;
constexpr size_t kLongRoom = 256;

// Returns the text that `print` writes into a BIO.
template <typename Print>
std::string Printed(Print print) {
  const BIOPointer bio(ossl.BIO_new(ossl.BIO_s_mem()));
  if (!bio) return "";
  print(bio.get());
  char* data = nullptr;
  const long size = ossl.BIO_ctrl(bio.get(), BIO_CTRL_INFO, 0, &data);
  return size > 0 ? std::string(data, static_cast<size_t>(size)) : "";
}

// Returns the hexadecimal digits of whole bytes, as in "0A".
std::string HexOf(const BIGNUM* number) {
  const OpenSSLMemory<char> digits(ossl.BN_bn2hex(number));
  return digits ? digits.get() : "";
}

// --- Extensions ---

// Finds the first extension of this kind, and hands it to `print` when it can be read.
template <typename Pointer, typename Print>
CertificateFacts::Extension ExtensionOf(X509* certificate, int nid, Print print) {
  CertificateFacts::Extension result;
  const int index = ossl.X509_get_ext_by_NID(certificate, nid, -1);
  if (index < 0) return result;
  result.present = true;
  const Pointer content(static_cast<typename Pointer::pointer>(
      ossl.X509V3_EXT_d2i(ossl.X509_get_ext(certificate, index))));
  if (content) result.text = print(content.get());
  return result;
}

std::string InfoAccess(const AUTHORITY_INFO_ACCESS* list) {
  std::string text;
  for (int i = 0; i < StackSize(list); ++i) {
    const auto* description = StackAt<ACCESS_DESCRIPTION>(list, i);
    if (i > 0) text += '\n';
    text += TextOf(description->method, false, kShortRoom) + " - " + TextOf(description->location);
  }
  return text;
}

std::optional<std::vector<std::string>> UsagesOf(X509* certificate) {
  const ASN1ObjectStackPointer usages(static_cast<STACK_OF(ASN1_OBJECT)*>(
      ossl.X509_get_ext_d2i(certificate, NID_ext_key_usage, nullptr, nullptr)));
  if (!usages) return std::nullopt;
  std::vector<std::string> list;
  for (int i = 0; i < StackSize(usages.get()); ++i) {
    list.push_back(TextOf(StackAt<ASN1_OBJECT>(usages.get(), i), true, kLongRoom));
  }
  return list;
}

// --- The rest ---

std::string FingerprintOf(X509* certificate, const EVP_MD* hash) {
  uint8_t digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (ossl.X509_digest(certificate, hash, digest, &size) != 1) return "";
  std::string text;
  for (unsigned int i = 0; i < size; ++i) {
    char byte[sizeof(":FF")];
    std::snprintf(byte, sizeof(byte), i > 0 ? ":%02X" : "%02X", static_cast<unsigned>(digest[i]));
    text += byte;
  }
  return text;
}

std::string SerialNumberOf(X509* certificate) {
  const BignumPointer number(
      ossl.ASN1_INTEGER_to_BN(ossl.X509_get_serialNumber(certificate), nullptr));
  return number ? HexOf(number.get()) : "";
}

Bytes DerOf(X509* certificate) {
  const int size = ossl.i2d_X509(certificate, nullptr);
  Bytes der(size > 0 ? static_cast<size_t>(size) : 0);
  unsigned char* out = der.data();
  if (size > 0) ossl.i2d_X509(certificate, &out);
  return der;
}

}  // namespace

CertificateFacts::Name DistinguishedNameOf(const X509_NAME* name) {
  CertificateFacts::Name list;
  const int count = ossl.X509_NAME_entry_count(name);
  for (int i = 0; i < count; ++i) {
    const auto* entry = ossl.X509_NAME_get_entry(name, i);
    const auto* type = ossl.X509_NAME_ENTRY_get_object(entry);
    const int nid = ossl.OBJ_obj2nid(type);
    unsigned char* utf8 = nullptr;
    const int size = ossl.ASN1_STRING_to_UTF8(&utf8, ossl.X509_NAME_ENTRY_get_data(entry));
    const OpenSSLMemory<unsigned char> owner(size < 0 ? nullptr : utf8);
    list.emplace_back(nid != NID_undef ? ossl.OBJ_nid2sn(nid) : TextOf(type, true, kShortRoom),
                      std::nullopt);
    if (size >= 0) list.back().second.emplace(utf8, utf8 + size);
  }
  return list;
}

std::string TextOfNames(const GENERAL_NAMES* names) {
  std::string text;
  for (int i = 0; i < StackSize(names); ++i) {
    if (i > 0) text += ", ";
    text += TextOf(StackAt<GENERAL_NAME>(names, i));
  }
  return text;
}

std::string TextOf(const ASN1_TIME* time) {
  if (time == nullptr) return "";
  return Printed([time](BIO* bio) { ossl.ASN1_TIME_print(bio, time); });
}

CertificateFacts FactsOf(X509* certificate) {
  const ClearErrors scope;
  CertificateFacts facts;
  facts.subject = DistinguishedNameOf(ossl.X509_get_subject_name(certificate));
  facts.issuer = DistinguishedNameOf(ossl.X509_get_issuer_name(certificate));
  facts.alternative_names =
      ExtensionOf<GeneralNamesPointer>(certificate, NID_subject_alt_name, &TextOfNames);
  facts.info_access = ExtensionOf<InfoAccessPointer>(certificate, NID_info_access, &InfoAccess);
  facts.authority = ossl.X509_check_ca(certificate) == 1;
  const EVP_PKEY* key = ossl.X509_get0_pubkey(certificate);
  facts.key = KeyFactsOf(certificate, key);
  facts.key_type = KeyTypeOf(certificate, key);
  facts.valid_from = TextOf(ossl.X509_get0_notBefore(certificate));
  facts.valid_to = TextOf(ossl.X509_get0_notAfter(certificate));
  facts.sha1 = FingerprintOf(certificate, ossl.EVP_sha1());
  facts.sha256 = FingerprintOf(certificate, ossl.EVP_sha256());
  facts.sha512 = FingerprintOf(certificate, ossl.EVP_sha512());
  facts.usages = UsagesOf(certificate);
  facts.serial_number = SerialNumberOf(certificate);
  facts.der = DerOf(certificate);
  facts.self_issued = ossl.X509_check_issued(certificate, certificate) == X509_V_OK;
  return facts;
}

}  // namespace ownssl
