#include "ocsp_response.h"

#include <ctime>

#include "../openssl/errors.h"
#include "../openssl/pointers.h"
#include "../openssl/stack_of.h"

namespace ownssl {
namespace {

using OcspResponsePointer = OpenSSLPointer<OCSP_RESPONSE, &Api::OCSP_RESPONSE_free>;
using OcspBasicPointer = OpenSSLPointer<OCSP_BASICRESP, &Api::OCSP_BASICRESP_free>;
using OcspRequestPointer = OpenSSLPointer<OCSP_REQUEST, &Api::OCSP_REQUEST_free>;
using OcspCertIdPointer = OpenSSLPointer<OCSP_CERTID, &Api::OCSP_CERTID_free>;
using TlsFeaturePointer = OwningStack<STACK_OF(ASN1_INTEGER), &Api::ASN1_INTEGER_free>;

// These are OpenSSL's constants, which a build without OCSP has no header for.
constexpr int kSuccessful = 0;
constexpr int kStatusGood = 0;
constexpr int kStatusRevoked = 1;
// No certificate that is trusted for OCSP by itself signs; only the issuer decides who does.
constexpr unsigned long kOnlyOfIssuer = 0x20;

// Clocks differ. This is what `openssl s_client` and nginx allow, in seconds.
constexpr int64_t kSkew = 300;
// Without nextUpdate newer information is available at any time (RFC 6960, 4.2.2.1), so a stapled
// response of that kind is taken for a day. In seconds.
constexpr int64_t kWithoutEnd = 24L * 60 * 60;

// Days since 1970 of a date of the Gregorian calendar.
int64_t DaysOf(int64_t year, int64_t month, int64_t day) {
  year -= month <= 2 ? 1 : 0;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

std::optional<int64_t> SecondsOf(const ASN1_GENERALIZEDTIME* time) {
  std::tm parts{};
  // For a null pointer OpenSSL would give the present.
  if (time == nullptr || ossl.ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return DaysOf(parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday) * 86400 +
         parts.tm_hour * 3600 + parts.tm_min * 60 + parts.tm_sec;
}

// Whether the signature's hash is worth the bits that the level wants. Those of signatures that
// have no hash of their own (EdDSA, RSA-PSS) are not known here, and pass.
bool IsStrongEnough(const OCSP_BASICRESP* response, int level) {
  constexpr int kBits[] = {0, 80, 112, 128, 192, 256};
  constexpr int kLevels = sizeof(kBits) / sizeof(kBits[0]);
  const ASN1_OBJECT* object = nullptr;
  ossl.X509_ALGOR_get0(&object, nullptr, nullptr, ossl.OCSP_resp_get0_tbs_sigalg(response));
  int digest = NID_undef;
  if (object == nullptr ||
      ossl.OBJ_find_sigid_algs(ossl.OBJ_obj2nid(object), &digest, nullptr) != 1) {
    return false;
  }
  const int wanted = kBits[level < 0 ? 0 : level < kLevels ? level : kLevels - 1];
  switch (digest) {
    case NID_undef:
      return true;
    case NID_md5:
      return wanted <= 39;
    case NID_sha1:
      return wanted <= 63;  // As OpenSSL rates it in certificates.
    case NID_sha224:
      return wanted <= 112;
    case NID_sha256:
      return wanted <= 128;
    case NID_sha384:
      return wanted <= 192;
    default:
      return digest == NID_sha512 || wanted <= 112;
  }
}

// RFC 6960, 4.2.2.2: the issuer has signed, or somebody with a certificate for that from the
// issuer.
bool IsSignedFor(X509* issuer, OCSP_BASICRESP* response, int level) {
  if (!IsStrongEnough(response, level)) return false;
  const X509StorePointer store(ossl.X509_STORE_new());
  const X509StackPointer signers(NewStack<STACK_OF(X509)>());
  if (!store || !signers || ossl.X509_STORE_add_cert(store.get(), issuer) != 1) return false;
  // Nothing but the issuer is trusted, whatever it is itself: the handshake has verified that.
  if (ossl.X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN) != 1) return false;
  ossl.X509_VERIFY_PARAM_set_auth_level(ossl.X509_STORE_get0_param(store.get()), level);
  ossl.X509_up_ref(issuer);
  X509Pointer shared(issuer);
  if (!StackPush(signers.get(), shared.get())) return false;
  static_cast<void>(shared.release());  // The stack owns it now.
  return ossl.OCSP_basic_verify(response, signers.get(), store.get(), kOnlyOfIssuer) == 1;
}

// The hash by which a response names certificates; null for one that no responder has reason to
// use.
const EVP_MD* DigestOf(const ASN1_OBJECT* algorithm) {
  switch (algorithm != nullptr ? ossl.OBJ_obj2nid(algorithm) : NID_undef) {
    case NID_sha1:
      return ossl.EVP_sha1();
    case NID_sha256:
      return ossl.EVP_sha256();
    case NID_sha384:
      return ossl.EVP_sha384();
    case NID_sha512:
      return ossl.EVP_sha512();
    default:
      return nullptr;
  }
}

bool IsAbout(const OCSP_SINGLERESP* single, X509* leaf, X509* issuer) {
  const OCSP_CERTID* id = ossl.OCSP_SINGLERESP_get0_id(single);
  ASN1_OBJECT* algorithm = nullptr;
  if (id == nullptr || ossl.OCSP_id_get0_info(nullptr, &algorithm, nullptr, nullptr,
                                              const_cast<OCSP_CERTID*>(id)) != 1) {
    return false;
  }
  const EVP_MD* digest = DigestOf(algorithm);
  if (digest == nullptr) return false;
  const OcspCertIdPointer own(ossl.OCSP_cert_to_id(digest, leaf, issuer));
  return own && ossl.OCSP_id_cmp(own.get(), id) == 0;
}

void JudgeSingle(OCSP_SINGLERESP* single, OcspJudgement* judgement) {
  int reason = -1;
  ASN1_GENERALIZEDTIME* revoked = nullptr;
  ASN1_GENERALIZEDTIME* this_update = nullptr;
  ASN1_GENERALIZEDTIME* next_update = nullptr;
  const int status =
      ossl.OCSP_single_get0_status(single, &reason, &revoked, &this_update, &next_update);
  judgement->this_update = SecondsOf(this_update);
  judgement->next_update = SecondsOf(next_update);
  judgement->verdict = OcspVerdict::kMalformed;
  if (ossl.OCSP_SINGLERESP_get_ext_by_critical(single, 1, -1) >= 0) return;
  if (status == kStatusRevoked) {
    judgement->verdict = OcspVerdict::kRevoked;
    judgement->reason = reason;
    judgement->revoked_at = SecondsOf(revoked);
    return;
  }
  if (!judgement->this_update || (next_update != nullptr && !judgement->next_update)) return;
  const int64_t now = std::time(nullptr);
  const int64_t from = *judgement->this_update;
  const int64_t until = EndOf(*judgement);
  if (until < from) return;
  if (from > now + kSkew) {
    judgement->verdict = OcspVerdict::kNotYetValid;
  } else if (until < now - kSkew) {
    judgement->verdict = OcspVerdict::kExpired;
  } else {
    judgement->verdict = status == kStatusGood ? OcspVerdict::kGood : OcspVerdict::kUnknown;
  }
}

}  // namespace

const char* NameOf(OcspVerdict verdict) {
  switch (verdict) {
    case OcspVerdict::kGood:
      return "good";
    case OcspVerdict::kRevoked:
      return "revoked";
    case OcspVerdict::kUnknown:
      return "unknown";
    case OcspVerdict::kMissing:
      return "missing";
    case OcspVerdict::kMalformed:
      return "malformed";
    case OcspVerdict::kUnsuccessful:
      return "unsuccessful";
    case OcspVerdict::kUntrusted:
      return "untrusted";
    case OcspVerdict::kMismatch:
      return "mismatch";
    case OcspVerdict::kNotYetValid:
      return "not-yet-valid";
    case OcspVerdict::kExpired:
      return "expired";
  }
  return "malformed";
}

OcspJudgement JudgeOcspResponse(Span der, X509* leaf, X509* issuer, int security_level) {
  const ClearErrors scope;
  OcspJudgement judgement;
  if (der.size == 0) {
    judgement.verdict = OcspVerdict::kMissing;
    return judgement;
  }
  const unsigned char* data = der.data;
  const OcspResponsePointer response(
      ossl.d2i_OCSP_RESPONSE(nullptr, &data, static_cast<long>(der.size)));
  if (!response || data != der.data + der.size) return judgement;
  judgement.response_status = ossl.OCSP_response_status(response.get());
  if (judgement.response_status != kSuccessful) {
    judgement.verdict = OcspVerdict::kUnsuccessful;
    return judgement;
  }
  const OcspBasicPointer basic(ossl.OCSP_response_get1_basic(response.get()));
  if (!basic || ossl.OCSP_BASICRESP_get_ext_by_critical(basic.get(), 1, -1) >= 0) return judgement;
  if (issuer == nullptr || !IsSignedFor(issuer, basic.get(), security_level)) {
    judgement.verdict = OcspVerdict::kUntrusted;
    return judgement;
  }
  judgement.produced_at = SecondsOf(ossl.OCSP_resp_get0_produced_at(basic.get()));
  judgement.verdict = OcspVerdict::kMismatch;
  const int count = ossl.OCSP_resp_count(basic.get());
  for (int i = 0; i < count; ++i) {
    OCSP_SINGLERESP* single = ossl.OCSP_resp_get0(basic.get(), i);
    if (!IsAbout(single, leaf, issuer)) continue;
    JudgeSingle(single, &judgement);
    // If it says several things of the certificate, each of them has to be good.
    if (judgement.verdict != OcspVerdict::kGood) break;
  }
  return judgement;
}

int64_t EndOf(const OcspJudgement& judgement) {
  return judgement.next_update.value_or(judgement.this_update.value_or(0) + kWithoutEnd);
}

X509* FindIssuer(X509* leaf, const std::vector<X509*>& candidates) {
  const ClearErrors scope;
  for (X509* candidate : candidates) {
    if (ossl.X509_check_issued(candidate, leaf) != X509_V_OK) continue;
    EVP_PKEY* key = ossl.X509_get0_pubkey(candidate);
    if (key != nullptr && ossl.X509_verify(leaf, key) == 1) return candidate;
  }
  return nullptr;
}

bool WantsStaple(X509* certificate) {
  constexpr int64_t kStatusRequest = 5;  // The extension of TLS (RFC 6066, 8).
  constexpr int kAbsent = -1;
  const ClearErrors scope;
  int found = kAbsent;
  const TlsFeaturePointer features(static_cast<STACK_OF(ASN1_INTEGER)*>(
      ossl.X509_get_ext_d2i(certificate, NID_tlsfeature, &found, nullptr)));
  // What can't be read may say so.
  if (!features) return found != kAbsent;
  const int count = StackSize(features.get());
  for (int i = 0; i < count; ++i) {
    int64_t number = 0;
    if (ossl.ASN1_INTEGER_get_int64(&number, StackAt<ASN1_INTEGER>(features.get(), i)) == 1 &&
        number == kStatusRequest) {
      return true;
    }
  }
  return false;
}

std::vector<uint8_t> OcspRequestFor(X509* leaf, X509* issuer) {
  const ClearErrors scope;
  const OcspRequestPointer request(ossl.OCSP_REQUEST_new());
  // All responders know SHA-1 here (RFC 5019, 2.1.1); it names, and proves nothing.
  OcspCertIdPointer id(ossl.OCSP_cert_to_id(ossl.EVP_sha1(), leaf, issuer));
  if (!request || !id || ossl.OCSP_request_add0_id(request.get(), id.get()) == nullptr) return {};
  static_cast<void>(id.release());  // The request owns it now.
  unsigned char* der = nullptr;
  const int size = ossl.i2d_OCSP_REQUEST(request.get(), &der);
  const OpenSSLMemory<unsigned char> owner(der);
  if (size <= 0) return {};
  return {der, der + size};
}

std::vector<std::string> OcspRespondersOf(X509* certificate) {
  constexpr int kUri = 6;  // GEN_URI
  const ClearErrors scope;
  std::vector<std::string> responders;
  const InfoAccessPointer access(static_cast<AUTHORITY_INFO_ACCESS*>(
      ossl.X509_get_ext_d2i(certificate, NID_info_access, nullptr, nullptr)));
  const int count = StackSize(access.get());
  for (int i = 0; i < count; ++i) {
    const auto* description = StackAt<ACCESS_DESCRIPTION>(access.get(), i);
    if (ossl.OBJ_obj2nid(description->method) != NID_ad_OCSP) continue;
    int type = -1;
    const auto* value =
        static_cast<ASN1_STRING*>(ossl.GENERAL_NAME_get0_value(description->location, &type));
    if (type != kUri || value == nullptr) continue;
    responders.emplace_back(reinterpret_cast<const char*>(ossl.ASN1_STRING_get0_data(value)),
                            static_cast<size_t>(ossl.ASN1_STRING_length(value)));
  }
  return responders;
}

}  // namespace ownssl
