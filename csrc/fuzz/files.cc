// What contexts are made of: PEM, PKCS#12, revocation lists, stapled responses.
#include <algorithm>

#include "../context/certificate_facts.h"
#include "../context/certificate_outline.h"
#include "../context/chain_check.h"
#include "../context/object_facts.h"
#include "../context/ocsp_response.h"
#include "../context/pem.h"
#include "../context/trust_store.h"
#include "../openssl/stack_of.h"
#include "../session/callbacks/callbacks.h"
#include "ends.h"
#include "target.h"

namespace ownssl::fuzz {
namespace {

std::shared_ptr<SecureContext> NewContext() {
  auto context = SecureContext::Create(ossl.TLS_method(), TLS1_2_VERSION, TLS1_3_VERSION,
                                       &Callbacks::InstallOn);
  FUZZ_REQUIRE(context);
  return context;
}

std::string Base64(Span bytes) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t i = 0; i < bytes.size; i += 3) {
    uint32_t group = 0;
    for (size_t j = 0; j < 3; ++j)
      group = group << 8 | (i + j < bytes.size ? bytes.data[i + j] : 0);
    for (size_t j = 0; j < 4; ++j) {
      text += i + j > bytes.size ? '=' : kDigits[group >> (18 - 6 * j) & 63];
    }
    if (i / 3 % 16 == 15) text += '\n';
  }
  return text;
}

std::string Pem(const std::string& label, Span der) {
  return "-----BEGIN " + label + "-----\n" + Base64(der) + "\n-----END " + label + "-----\n";
}

Span NameOf(X509* certificate) {
  const unsigned char* der = nullptr;
  size_t size = 0;
  ossl.X509_NAME_get0_der(ossl.X509_get_subject_name(certificate), &der, &size);
  return {der, size};
}

bool Same(Span one, Span other) {
  return one.size == other.size && std::equal(one.data, one.data + one.size, other.data);
}

// The short cut for roots and OpenSSL's parser: what both take, they take for the same.
void CompareOutline(Span pem) {
  const std::optional<std::vector<uint8_t>> der = SingleCertificate(pem);
  if (!der) return;
  const std::optional<Span> subject = SubjectOf({der->data(), der->size()});
  if (!subject) return;
  const std::optional<uint64_t> hash = HashOfName(*subject);
  bool complete = false;
  const std::vector<X509Pointer> certificates = ReadCertificates(pem, &complete);
  ossl.ERR_clear_error();
  if (certificates.empty() || !complete) return;
  FUZZ_REQUIRE(certificates.size() == 1);
  const Span name = NameOf(certificates.front().get());
  FUZZ_REQUIRE(Same(*subject, name));
  FUZZ_REQUIRE(hash == HashOfName(name));
}

// Every certificate of the list is found by its name.
void LookForRoots(Span pem) {
  const auto store = TrustStore::Parse({pem}, false);
  if (!store) return;
  bool complete = false;
  const std::vector<X509Pointer> certificates = ReadCertificates(pem, &complete);
  ossl.ERR_clear_error();
  const X509StorePointer copy = store->Copy();
  if (!copy) return;
  for (const X509Pointer& certificate : certificates) {
    const X509StoreCtxPointer lookup(ossl.X509_STORE_CTX_new());
    X509* found = nullptr;
    if (lookup &&
        ossl.X509_STORE_CTX_init(lookup.get(), copy.get(), certificate.get(), nullptr) == 1) {
      ossl.X509_STORE_CTX_get1_issuer(&found, lookup.get(), certificate.get());
    }
    const X509Pointer owner(found);
    ossl.ERR_clear_error();
  }
}

// The chain of the fixtures' server, with the stores of this context.
void VerifyChain(SecureContext* context) {
  static const auto* chain = [] {
    bool complete = false;
    const std::string pem = Fixture("server-ec.crt") + Fixture("intermediate.crt");
    return new std::vector<X509Pointer>(ReadCertificates(SpanOf(pem), &complete));
  }();
  const X509StoreCtxPointer verification(ossl.X509_STORE_CTX_new());
  auto* untrusted = NewStack<STACK_OF(X509)>();
  StackPush(untrusted, chain->back().get());
  if (verification &&
      ossl.X509_STORE_CTX_init(verification.get(), ossl.SSL_CTX_get_cert_store(context->ctx()),
                               chain->front().get(), untrusted) == 1) {
    ossl.X509_verify_cert(verification.get());
  }
  ossl.OPENSSL_sk_free(reinterpret_cast<OPENSSL_STACK*>(untrusted));
  ossl.ERR_clear_error();
}

// What `ownssl inspect` asks about a file: what can be read has a key or a date, and whatever it
// is, somebody answers.
void Inspect(Span der) {
  const auto request = FactsOfRequest(der);
  FUZZ_REQUIRE(!request || !request->proven || !request->key.spki.empty());
  const auto list = FactsOfCrl(der);
  FUZZ_REQUIRE(!list || list->revoked >= 0);
  const auto key = OutlineOfPublicKey(der);
  FUZZ_REQUIRE(!key || !key->spki.empty());
  FactsOfSession(der);
  CertificatesOfPkcs7(der);
  const auto outline = OutlineOfCertificate(der);
  ossl.ERR_clear_error();
  const auto context = NewContext();
  const ChainCheck check = CheckChain(*context, {der, der}, true);
  FUZZ_REQUIRE(check.error != X509_V_OK || outline);
}

}  // namespace

void FuzzPem(Input input) {
  const uint8_t flags = input.Byte();
  const bool der = (flags & 8) != 0;
  const Span rest = input.Rest();
  if (MayDeriveForLong(rest)) return;
  const auto pem = [der, rest](const char* label) {
    return der ? Pem(label, rest)
               : std::string(reinterpret_cast<const char*>(rest.data), rest.size);
  };
  const auto context = NewContext();
  const std::string password = "correct horse";
  const Secret passphrase(SpanOf(password).data, password.size());
  switch (flags & 7) {
    case 0: {
      const bool set = context->SetCertificate(SpanOf(pem("CERTIFICATE")));
      FUZZ_REQUIRE(!set || context->certificate() != nullptr);
      break;
    }
    case 1:
      context->SetKey(SpanOf(pem("PRIVATE KEY")), &passphrase);
      break;
    case 2:
      context->SetKey(SpanOf(pem("ENCRYPTED PRIVATE KEY")), &passphrase);
      break;
    case 3:
      context->SetKey(SpanOf(pem("EC PRIVATE KEY")), nullptr);
      break;
    case 4:
      context->AddCaCertificates(SpanOf(pem("CERTIFICATE")));
      VerifyChain(context.get());
      break;
    case 5:
      context->SetDhParameters(SpanOf(pem("DH PARAMETERS")));
      break;
    case 6:
      CompareOutline(SpanOf(pem("CERTIFICATE")));
      break;
    default:
      LookForRoots(SpanOf(pem("CERTIFICATE")));
  }
  ossl.ERR_clear_error();
}

void FuzzPkcs12(Input input) {
  const uint8_t flags = input.Byte();
  const std::string password = (flags & 1) != 0 ? "correct horse" : input.Text(input.Below(8));
  const Secret passphrase(SpanOf(password).data, password.size());
  const Span file = input.Rest();
  if (MayDeriveForLong(file)) return;
  const auto context = NewContext();
  // A library context with the legacy provider takes a while to make.
  const bool legacy = (flags & 0xf0) == 0xf0;
  const auto result = context->LoadPkcs12(file, (flags & 2) != 0 ? nullptr : &passphrase, legacy);
  FUZZ_REQUIRE(result != SecureContext::Pkcs12Result::kOk || context->certificate() != nullptr);
  ossl.ERR_clear_error();
}

void FuzzCrl(Input input) {
  const uint8_t flags = input.Byte();
  const Span rest = input.Rest();
  const std::string pem = (flags & 1) != 0
                              ? std::string(reinterpret_cast<const char*>(rest.data), rest.size)
                              : Pem("X509 CRL", rest);
  const auto context = NewContext();
  FUZZ_REQUIRE(context->AddCaCertificates(SpanOf(Fixture("root.crt"))));
  context->AddCrl(SpanOf(pem));
  if ((flags & 2) != 0) context->AllowPartialTrustChain();
  VerifyChain(context.get());
}

// What was peeled from the certificate can be told apart again, and leaves no error behind.
void FuzzCertificate(Input input) {
  const Span der = input.Rest();
  Inspect(der);
  const unsigned char* data = der.data;
  const X509Pointer certificate(
      der.size > 0 ? ossl.d2i_X509(nullptr, &data, static_cast<long>(der.size)) : nullptr);
  ossl.ERR_clear_error();
  if (!certificate) return;
  WantsStaple(certificate.get());
  OcspRespondersOf(certificate.get());
  if (Has(Feature::kOcsp)) OcspRequestFor(certificate.get(), certificate.get());
  FindIssuer(certificate.get(), {certificate.get()});
  const CertificateFacts facts = FactsOf(certificate.get());
  FUZZ_REQUIRE(ossl.ERR_peek_error() == 0);
  FUZZ_REQUIRE(!facts.der.empty() && facts.sha256.size() == 32 * 3 - 1);
  // No name can bring a line of its own, which would be another name.
  const auto& names = facts.alternative_names.text;
  FUZZ_REQUIRE(!names || names->find_first_of("\n\r") == names->npos);
  if (!facts.key) return;
  FUZZ_REQUIRE(!facts.key->encoded.empty());
  FUZZ_REQUIRE(facts.key->modulus.empty() || facts.key->curve.empty());
}

void FuzzOcsp(Input input) {
  ContextOptions options;
  options.version = input.Flag() ? TLS1_3_VERSION : TLS1_2_VERSION;
  Ends ends(options);
  End& client = ends.client;
  End& server = ends.server;
  client.session()->RequestOcsp();
  server.session()->AskForCertificate();
  const Span response = input.Rest();
  // From 3.6 on OpenSSL parses it, and staples what it understood of it.
  const bool verbatim = ossl.OpenSSL_version_num() < 0x30600000UL;
  bool asked = false;
  client.answer = [&](Session& session, Question question) {
    if (question == Question::kOcsp) {
      asked = true;
      const std::vector<uint8_t>& got = session.ocsp_response();
      FUZZ_REQUIRE(!verbatim || Same({got.data(), got.size()}, response));
    }
    AnswerPlainly(session, question);
    return true;
  };
  server.answer = [&](Session& session, Question question) {
    if (question == Question::kCertificate) {
      session.AnswerCertificate(nullptr, response);
    } else {
      AnswerPlainly(session, question);
    }
    return true;
  };
  Settle(&client, &server);
  FUZZ_REQUIRE(client.session()->established() && server.session()->established() && asked);
}

// Any bytes, or a good response of which some are changed: nobody is told that a certificate is
// good but what the issuer has said of it.
void FuzzOcspResponse(Input input) {
  if (!Has(Feature::kOcsp)) return;
  static const auto* fixtures = [] {
    bool complete = false;
    const std::string pem =
        Fixture("server-ec.crt") + Fixture("intermediate.crt") + Fixture("server-rsa.crt");
    return new std::vector<X509Pointer>(ReadCertificates(SpanOf(pem), &complete));
  }();
  static const std::string original = Fixture("server-ec.ocsp");
  X509* leaf = fixtures->at(0).get();
  X509* issuer = fixtures->at(1).get();
  X509* other = fixtures->at(2).get();
  constexpr int kLevels = 4;  // Those at which the original is good.
  const int level = static_cast<int>(input.Below(kLevels));
  std::string bytes;
  if (input.Flag()) {
    const Span rest = input.Rest();
    bytes.assign(reinterpret_cast<const char*>(rest.data), rest.size);
  } else {
    bytes = original;
    while (!input.empty()) {
      const size_t at = input.Below(bytes.size());
      bytes[at] = static_cast<char>(bytes[at] ^ input.Byte());
    }
  }
  const OcspJudgement judgement = JudgeOcspResponse(SpanOf(bytes), leaf, issuer, level);
  FUZZ_REQUIRE(ossl.ERR_peek_error() == 0);
  const bool good = judgement.verdict == OcspVerdict::kGood;
  FUZZ_REQUIRE(good || bytes != original);
  if (good) {
    const OcspJudgement first = JudgeOcspResponse(SpanOf(original), leaf, issuer, level);
    FUZZ_REQUIRE(judgement.this_update && judgement.this_update == first.this_update);
    FUZZ_REQUIRE(judgement.next_update == first.next_update);
  }
  using Verdict = OcspVerdict;
  const auto verdict = [&](X509* certificate, X509* authority) {
    return JudgeOcspResponse(SpanOf(bytes), certificate, authority, level).verdict;
  };
  FUZZ_REQUIRE(verdict(other, issuer) != Verdict::kGood);
  FUZZ_REQUIRE(verdict(leaf, other) != Verdict::kGood);
  FUZZ_REQUIRE(verdict(leaf, nullptr) != Verdict::kGood);
}

}  // namespace ownssl::fuzz
