// Contexts: certificates, keys and trust from PEM and PKCS #12; and limits.
#include <thread>

#include "../context/content_digest.h"
#include "../context/pem.h"
#include "../context/trust_store.h"
#include "../session/callbacks/callbacks.h"
#include "pair.h"

namespace ownssl::test {
namespace {

const std::string kPassphrase = "correct horse";

bool SetKey(const char* name, const Secret* passphrase = nullptr) {
  const std::string pem = Fixture(name);
  auto context = PlainContext();
  REQUIRE(context->SetCertificate(SpanOf(Fixture("server-ec.crt"))));
  return context->SetKey(SpanOf(pem), passphrase);
}

SecureContext::Pkcs12Result Load(const char* name, const Secret* passphrase) {
  return PlainContext()->LoadPkcs12(SpanOf(Fixture(name)), passphrase);
}

}  // namespace

TEST_CASE("certificates are read to the end of the text, whatever is around them") {
  const std::string chain = "words\n" + Fixture("server-ec.crt") + "more words\n\n" +
                            Fixture("server-ec.key") + Fixture("intermediate.crt") + "the end";
  bool complete = false;
  CHECK(ReadCertificates(SpanOf(chain), &complete).size() == 2);
  CHECK(complete);
  CHECK(ReadCertificates({}, &complete).empty());
  CHECK(!complete);
  const std::string broken = Fixture("server-ec.crt") + Fixture("truncated.crt");
  CHECK(ReadCertificates(SpanOf(broken), &complete).size() == 1);
  CHECK(!complete);
  ossl.ERR_clear_error();
}

TEST_CASE("certificates that are cut off anywhere are refused, or empty") {
  const std::string pem = Fixture("server-ec.crt");
  const size_t end = pem.find("-----END");
  for (size_t size = 0; size < end; size += 7) {
    auto context = PlainContext();
    CHECK(!context->SetCertificate(SpanOf(pem.substr(0, size))));
    CHECK(context->certificate() == nullptr);
    CHECK(ossl.ERR_peek_error() != 0);
  }
  for (const char* name : {"empty", "junk", "damaged.crt", "truncated.crt", "server-ec.key"}) {
    CHECK(!PlainContext()->SetCertificate(SpanOf(Fixture(name))));
  }
}

TEST_CASE("the issuer comes from the chain, or from what is trusted") {
  auto bare = PlainContext();
  REQUIRE(bare->SetCertificate(SpanOf(Fixture("server-direct.crt"))));
  CHECK(bare->certificate() != nullptr);
  CHECK(bare->issuer() == nullptr);
  auto trusting = ClientContext();
  REQUIRE(trusting->SetCertificate(SpanOf(Fixture("server-direct.crt"))));
  CHECK(trusting->issuer() != nullptr);
  CHECK(ServerContext()->issuer() != nullptr);
}

TEST_CASE("keys, with the right passphrase only") {
  const Secret right = SecretOf(kPassphrase);
  const Secret wrong = SecretOf("wrong");
  const Secret empty;
  const Secret huge(100'000);
  CHECK(SetKey("server-ec.key"));
  CHECK(SetKey("server-ec.key", &wrong));  // It has none.
  CHECK(SetKey("server-ec-encrypted.key", &right));
  for (const Secret* other : {static_cast<const Secret*>(nullptr), &wrong, &empty, &huge}) {
    CHECK(!SetKey("server-ec-encrypted.key", other));
    CHECK(ossl.ERR_peek_error() != 0);
  }
  for (const char* name : {"empty", "junk", "truncated.key", "server-ec.crt"}) {
    CHECK(!SetKey(name));
  }
  CHECK(!SetKey("client.key"));  // Of another certificate.
}

TEST_CASE("PKCS #12, with the right passphrase only") {
  using Result = SecureContext::Pkcs12Result;
  const Secret right = SecretOf(kPassphrase);
  const Secret wrong = SecretOf("wrong");
  const Secret longer = SecretOf(kPassphrase + "!");
  const Secret empty;
  CHECK(Load("server-ec.p12", &right) == Result::kOk);
  CHECK(Load("server-ec.p12", &wrong) == Result::kFailed);
  CHECK(Load("server-ec.p12", &longer) == Result::kFailed);
  CHECK(Load("server-ec.p12", nullptr) == Result::kFailed);
  CHECK(Load("server-ec-no-passphrase.p12", nullptr) == Result::kOk);
  CHECK(Load("server-ec-no-passphrase.p12", &empty) == Result::kOk);
  CHECK(Load("no-key.p12", &right) == Result::kNoKey);
  for (const char* name : {"empty", "junk", "truncated.p12", "server-ec.crt"}) {
    CHECK(Load(name, &right) == Result::kFailed);
  }
  ossl.ERR_clear_error();

  auto server = PlainContext();
  REQUIRE(server->LoadPkcs12(SpanOf(Fixture("server-ec.p12")), &right) == Result::kOk);
  CHECK(server->issuer() != nullptr);
  Pair pair(ClientContext(), server);
  REQUIRE(pair.Run());
  CHECK(pair.Established());
}

TEST_CASE("lists of the same texts are one while they are in use") {
  const std::string roots[] = {Fixture("root.crt"), Fixture("other-root.crt")};
  const std::vector<Span> both{SpanOf(roots[0]), SpanOf(roots[1])};
  const std::vector<Span> turned{SpanOf(roots[1]), SpanOf(roots[0])};
  const auto one = TrustStore::Shared(both, false);
  REQUIRE(one.get() != nullptr);
  CHECK(TrustStore::Shared(both, false).get() == one.get());
  CHECK(TrustStore::Shared(turned, false).get() != one.get());
  CHECK(TrustStore::Shared({both[0]}, false)->size() == 1);
  CHECK(TrustStore::Shared(both, true).get() != one.get());
  // Where one text ends and the next begins counts, too.
  const std::string joined = roots[0] + roots[1];
  CHECK(TrustStore::Shared({SpanOf(joined)}, false).get() != one.get());
}

TEST_CASE("the default roots are shared until something is added to them") {
  const std::string roots[] = {Fixture("root.crt"), Fixture("other-root.crt"), Fixture("junk")};
  const auto trust =
      TrustStore::Parse({SpanOf(roots[0]), SpanOf(roots[1]), SpanOf(roots[2])}, false);
  REQUIRE(trust.get() != nullptr);
  CHECK(trust->size() == 2);
  CHECK(trust->skipped() == 1);
  CHECK(!PlainContext()->AddRootCertificates(nullptr));

  auto one = PlainContext();
  auto other = PlainContext();
  REQUIRE(one->AddRootCertificates(trust));
  REQUIRE(other->AddRootCertificates(trust));
  CHECK(ossl.SSL_CTX_get_cert_store(one->ctx()) == trust->store());
  CHECK(ossl.SSL_CTX_get_cert_store(other->ctx()) == trust->store());
  REQUIRE(other->AddCaCertificates(SpanOf(Fixture("self-signed.crt"))));
  CHECK(ossl.SSL_CTX_get_cert_store(one->ctx()) == trust->store());
  CHECK(ossl.SSL_CTX_get_cert_store(other->ctx()) != trust->store());
  REQUIRE(one->AddCrl(SpanOf(Fixture("root.crl"))));
  CHECK(ossl.SSL_CTX_get_cert_store(one->ctx()) != trust->store());

  // What was replaced lives on in those that use it.
  auto late = PlainContext();
  REQUIRE(late->AddRootCertificates(TrustStore::Parse({SpanOf(roots[0])}, false)));
  Pair pair(late, ServerContext());
  REQUIRE(pair.Run());
  CHECK(pair.client.session->verify_error() == X509_V_OK);
  CHECK(pair.Established());
}

TEST_CASE("limits that OpenSSL does not know are refused") {
  auto context = PlainContext();
  CHECK(!context->SetCiphers("NOPE"));
  CHECK(!context->SetCipherSuites("TLS_NOPE"));
  CHECK(!context->SetSigalgs("nope"));
  CHECK(!context->SetGroups("nope"));
  CHECK(!context->AddCrl(SpanOf(Fixture("junk"))));
  CHECK(context->SetCiphers("ECDHE-ECDSA-AES128-GCM-SHA256"));
  CHECK(context->SetCipherSuites("TLS_AES_128_GCM_SHA256"));
  CHECK(context->Ciphers() ==
        std::vector<std::string>{"TLS_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"});
  CHECK(context->min_version() == TLS1_2_VERSION);
  CHECK(context->max_version() == TLS1_3_VERSION);
  context->SetMinVersion(TLS1_3_VERSION);
  CHECK(context->min_version() == TLS1_3_VERSION);
  CHECK(!SecureContext::Create(ossl.TLS_method(), 0x1234, TLS1_3_VERSION, &Callbacks::InstallOn));
  ossl.ERR_clear_error();

  using Dh = SecureContext::DhResult;
  CHECK(context->SetDhParameters(SpanOf(Fixture("dh2048.pem"))) == Dh::kOk);
  CHECK(context->SetDhParameters(SpanOf(Fixture("dh512.pem"))) == Dh::kTooShort);
  CHECK(context->SetDhParameters(SpanOf(Fixture("junk"))) == Dh::kUnreadable);
  // What is of another kind, or only spoken of, is skipped.
  const std::string other =
      "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
  const std::string spoken = "A -----BEGIN DH PARAMETERS----- is below\n";
  CHECK(context->SetDhParameters(SpanOf(other)) == Dh::kUnreadable);
  CHECK(context->SetDhParameters(SpanOf(other + spoken + Fixture("dh2048.pem"))) == Dh::kOk);
  CHECK(context->SetDhParameters(SpanOf(other + Fixture("dh512.pem"))) == Dh::kTooShort);
  ossl.ERR_clear_error();
}

TEST_CASE("versions and ciphers that do not meet make no connection") {
  Pair versions(ClientContext(TLS1_2_VERSION), ServerContext(TLS1_3_VERSION));
  REQUIRE(versions.Run());
  CHECK(versions.server.code() == "ERR_SSL_UNSUPPORTED_PROTOCOL");
  CHECK(versions.client.failed());

  auto client = ClientContext(TLS1_2_VERSION);
  REQUIRE(client->SetCiphers("ECDHE-RSA-AES128-GCM-SHA256"));
  Pair ciphers(client, ServerContext(TLS1_2_VERSION));
  REQUIRE(ciphers.Run());
  CHECK(ciphers.server.code() == "ERR_SSL_NO_SHARED_CIPHER");
  CHECK(ciphers.client.failed());
}

TEST_CASE("contexts are shared by the sessions of several threads") {
  const auto client = ClientContext();
  const auto server = ServerContext();
  std::vector<std::thread> threads;
  std::vector<int> done(4, 0);
  for (int& count : done) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        Pair pair(client, server);
        pair.SetPatience(1);
        if (i % 3 == 0) pair.client.answer = LeaveOpen;  // Destroyed as it waits.
        const bool established = pair.Run() && pair.Established();
        if (established == (i % 3 != 0)) ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(done == std::vector<int>(4, 20));
  CHECK(Session::live() == 0);
}

TEST_CASE("the digest of a content is the same for the same bytes only") {
  const auto digest = [](const std::string& text) {
    return ContentDigest({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
  };
  CHECK(digest("one").size() == 64);
  CHECK(digest("one") == digest("one"));
  CHECK(digest("one") != digest("two"));
  CHECK(digest("one") != digest(std::string("one\0", 4)));
  CHECK(digest("") == ContentDigest({}));
  // Anybody can compute a digest without a key, and so try what the content was.
  CHECK(digest("") != "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

}  // namespace ownssl::test
