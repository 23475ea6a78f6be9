#include "../context/trust_store.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "../context/certificate_outline.h"
#include "../context/pem.h"
#include "../openssl/api.h"
#include "pair.h"
#include "support.h"

namespace ownssl::test {
namespace {

using Bytes = std::vector<uint8_t>;

enum Tag : uint8_t {
  kUtf8 = 0x0c,
  kPrintable = 0x13,
  kT61 = 0x14,
  kUniversal = 0x1c,
  kBmp = 0x1e,
  kSequence = 0x30,
  kSet = 0x31,
};

Bytes Der(uint8_t tag, const Bytes& content) {
  Bytes whole = {tag};
  if (content.size() >= 0x80) whole.push_back(0x81);
  whole.push_back(static_cast<uint8_t>(content.size()));
  whole.insert(whole.end(), content.begin(), content.end());
  return whole;
}

Bytes Joined(const std::vector<Bytes>& parts) {
  Bytes all;
  for (const Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

// An attribute, 2.5.4.`type`.
Bytes Attribute(uint8_t type, uint8_t tag, std::string_view text) {
  Bytes value;
  for (const char c : text) {
    for (int i = tag == kUniversal ? 3 : tag == kBmp ? 1 : 0; i > 0; --i) value.push_back(0);
    value.push_back(static_cast<uint8_t>(c));
  }
  return Der(kSequence, Joined({{0x06, 0x03, 0x55, 0x04, type}, Der(tag, value)}));
}

constexpr uint8_t kCommonName = 3;
constexpr uint8_t kOrganization = 10;

Bytes Name(uint8_t tag, std::string_view text) {
  return Der(kSequence, Der(kSet, Attribute(kCommonName, tag, text)));
}

std::string ToPem(const Bytes& der) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t i = 0; i < der.size(); i += 3) {
    uint32_t group = 0;
    for (size_t j = 0; j < 3; ++j) group = group << 8 | (i + j < der.size() ? der[i + j] : 0);
    for (size_t j = 0; j < 4; ++j) {
      text += i + j > der.size() ? '=' : kAlphabet[group >> (18 - 6 * j) & 0x3f];
    }
    if (i % 48 == 45) text += '\n';
  }
  return "-----BEGIN CERTIFICATE-----\n" + text + "\n-----END CERTIFICATE-----\n";
}

Bytes RootDer() { return SingleCertificate(SpanOf(Fixture("root.crt"))).value(); }

// The same subject and another key identifier: it is not the issuer of what the root has issued.
std::string Namesake() {
  Bytes der = RootDer();
  const Bytes identifier = {0x55, 0x1d, 0x0e};  // id-ce-subjectKeyIdentifier
  const auto found = std::search(der.begin(), der.end(), identifier.begin(), identifier.end());
  REQUIRE(found != der.end());
  *(found + 10) ^= 0xff;
  return ToPem(der);
}

// Whether a handshake with the fixtures' server is verified.
int VerifyWith(const std::shared_ptr<SecureContext>& client) {
  Pair pair(client, ServerContext());
  pair.Run();
  return pair.client.session->verify_error();
}

std::shared_ptr<SecureContext> ContextWith(const std::vector<std::string>& roots) {
  std::vector<Span> spans;
  for (const std::string& root : roots) spans.push_back(SpanOf(root));
  auto context = PlainContext();
  REQUIRE(context->AddRootCertificates(TrustStore::Parse(spans, false)));
  return context;
}

}  // namespace

TEST_CASE("the subject is found as OpenSSL finds it") {
  for (const char* file : {"root.crt", "other-root.crt", "self-signed.crt", "client-rsa.crt"}) {
    CAPTURE(file);
    const std::string pem = Fixture(file);
    bool complete = false;
    const std::vector<X509Pointer> parsed = ReadCertificates(SpanOf(pem), &complete);
    REQUIRE(parsed.size() == 1);
    const unsigned char* expected = nullptr;
    size_t size = 0;
    REQUIRE(ossl.X509_NAME_get0_der(ossl.X509_get_subject_name(parsed[0].get()), &expected,
                                    &size) == 1);

    const auto der = SingleCertificate(SpanOf(pem));
    REQUIRE(der.has_value());
    const auto subject = SubjectOf(SpanOf(*der));
    REQUIRE(subject.has_value());
    CHECK(Bytes(subject->data, subject->data + subject->size) == Bytes(expected, expected + size));
    CHECK(ToPem(*der) == pem.substr(pem.find("-----BEGIN")));
  }
}

TEST_CASE("names that OpenSSL finds equal have one hash") {
  const auto hash = [](const Bytes& name) { return HashOfName(SpanOf(name)).value(); };
  const uint64_t expected = hash(Name(kPrintable, "Root Authority 1"));
  for (const uint8_t tag : {kUtf8, kPrintable, kT61, kUniversal, kBmp}) {
    CHECK(hash(Name(tag, "Root Authority 1")) == expected);
    CHECK(hash(Name(tag, "  root  AUTHORITY   1 ")) == expected);
    CHECK(hash(Name(tag, "Root Authority 2")) != expected);
  }
  const Bytes name = Attribute(kCommonName, kUtf8, "a");
  const Bytes organization = Attribute(kOrganization, kUtf8, "b");
  CHECK(hash(Der(kSequence, Der(kSet, Joined({name, organization})))) ==
        hash(Der(kSequence, Der(kSet, Joined({organization, name})))));
}

TEST_CASE("what is not plain DER or PEM is left to OpenSSL") {
  const std::string root = Fixture("root.crt");
  CHECK(!SingleCertificate(SpanOf(root + root)));
  CHECK(!SingleCertificate(SpanOf("text\n" + root)));
  CHECK(!SingleCertificate(SpanOf(Fixture("junk"))));
  CHECK(!SingleCertificate(SpanOf(std::string())));
  const Bytes der = RootDer();
  for (size_t size = 0; size < der.size(); ++size) CHECK(!SubjectOf({der.data(), size}));
  const Bytes name = Name(kUtf8, "a");
  for (size_t size = 0; size < name.size(); ++size) CHECK(!HashOfName({name.data(), size}));
  CHECK(!HashOfName(SpanOf(Name(kUtf8 | 0x20, "a"))));

  // Such texts are trusted all the same.
  CHECK(VerifyWith(ContextWith({"# text\n" + root})) == X509_V_OK);
  CHECK(VerifyWith(ContextWith({Fixture("other-root.crt") + root})) == X509_V_OK);
}

TEST_CASE("a root is parsed when it is asked for") {
  Bytes broken = RootDer();
  // Behind the subject: the outline does not see it.
  std::fill(broken.end() - 200, broken.end(), 0xff);
  const std::string pem = ToPem(broken);
  const auto trust = TrustStore::Parse({SpanOf(pem)}, false);
  CHECK(trust->size() == 1);
  CHECK(trust->skipped() == 0);
  CHECK(VerifyWith(ContextWith({pem})) != X509_V_OK);
  CHECK(VerifyWith(ContextWith({pem, Fixture("root.crt")})) == X509_V_OK);
}

TEST_CASE("roots with one name are all found") {
  const std::string root = Fixture("root.crt");
  CHECK(VerifyWith(ContextWith({Namesake()})) != X509_V_OK);
  CHECK(VerifyWith(ContextWith({Namesake(), root})) == X509_V_OK);
  CHECK(VerifyWith(ContextWith({root, Namesake(), root})) == X509_V_OK);
}

TEST_CASE("a certificate that is added does not hide a root with its name") {
  const auto context = ContextWith({Fixture("root.crt")});
  const std::string namesake = Namesake();
  REQUIRE(context->AddCaCertificates(SpanOf(namesake)));
  CHECK(VerifyWith(context) == X509_V_OK);
}

TEST_CASE("threads look for roots at the same time") {
  const std::string texts[] = {Fixture("root.crt"), Namesake(), Fixture("other-root.crt")};
  const auto trust =
      TrustStore::Parse({SpanOf(texts[0]), SpanOf(texts[1]), SpanOf(texts[2])}, false);
  bool complete = false;
  const std::string pem = Fixture("intermediate.crt");
  const std::vector<X509Pointer> issued = ReadCertificates(SpanOf(pem), &complete);
  REQUIRE(issued.size() == 1);
  std::atomic<int> found{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const X509StoreCtxPointer lookup(ossl.X509_STORE_CTX_new());
      X509* issuer = nullptr;
      if (ossl.X509_STORE_CTX_init(lookup.get(), trust->store(), nullptr, nullptr) == 1 &&
          ossl.X509_STORE_CTX_get1_issuer(&issuer, lookup.get(), issued[0].get()) == 1) {
        ++found;
      }
      ossl.X509_free(issuer);
      ossl.OPENSSL_thread_stop();
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(found == 4);
}

}  // namespace ownssl::test
