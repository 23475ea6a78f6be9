// Private keys that are elsewhere: the provider, and what a session asks.
#include "../context/external_key/external_key.h"

#include <array>

#include "../context/external_key/premaster.h"
#include "../context/pem.h"
#include "../fuzz/elsewhere.h"
#include "../openssl/providers.h"
#include "pair.h"

namespace ownssl::test {
namespace {

using Q = Question;
constexpr int kVersions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
constexpr size_t kModulus = 256;

std::shared_ptr<SecureContext> ContextElsewhere(int version, const std::string& name,
                                                bool decrypts = false) {
  const std::string certificate = Fixture(name + ".crt");
  auto context = PlainContext(version);
  REQUIRE(context->SetCertificate(SpanOf(certificate + Fixture("intermediate.crt"))));
  REQUIRE(context->AddCaCertificates(SpanOf(Fixture("root.crt"))));
  uint64_t number = 0;
  REQUIRE(context->SetExternalKey(SpanOf(certificate), decrypts, &number) ==
          SecureContext::ExternalKeyResult::kOk);
  CHECK(number > 0);
  CHECK(context->HasPair());
  return context;
}

Answer SignedBy(const std::string& name) {
  return Except(Q::kPrivateKey, [=](Session& session, Q) {
    CHECK(session.key_request().operation == KeyRequest::Operation::kSign);
    session.AnswerPrivateKey(fuzz::SignElsewhere(Fixture(name + ".key"), session.key_request()));
    return true;
  });
}

Answer AnsweredWith(const std::string& bytes) {
  return Except(Q::kPrivateKey, [=](Session& session, Q) {
    session.AnswerPrivateKey(SecretOf(bytes));
    return true;
  });
}

// A block as a client encrypts it: 0, 2, padding, 0, the secret that begins with a version.
std::vector<uint8_t> GoodBlock() {
  std::vector<uint8_t> block(kModulus, 0x55);
  block[0] = 0;
  block[1] = 2;
  block[kModulus - kPremasterSize - 1] = 0;
  block[kModulus - kPremasterSize] = 3;
  block[kModulus - kPremasterSize + 1] = 3;
  return block;
}

enum class Taken { kSecret, kRandom, kNeither, kNothing };
Taken Take(const std::vector<uint8_t>& block, unsigned version = TLS1_2_VERSION,
           unsigned other = 0) {
  std::array<uint8_t, kPremasterSize> random;
  random.fill(0xee);
  std::array<uint8_t, kPremasterSize> out{};
  if (!TakePremaster(SpanOf(block), version, other, random.data(), out.data())) {
    return Taken::kNothing;
  }
  if (out == random) return Taken::kRandom;
  const bool secret = std::equal(out.begin(), out.end(), block.end() - kPremasterSize);
  return secret ? Taken::kSecret : Taken::kNeither;
}

}  // namespace

TEST_CASE("a premaster secret is taken from a block, or a random one in its place") {
  CHECK(Take(GoodBlock()) == Taken::kSecret);
  CHECK(Take(GoodBlock(), TLS1_1_VERSION, TLS1_2_VERSION) == Taken::kSecret);
  CHECK(Take(GoodBlock(), TLS1_1_VERSION) == Taken::kRandom);
  CHECK(Take(GoodBlock(), TLS1_1_VERSION, TLS1_VERSION) == Taken::kRandom);
  // Each byte, with each value: what is right of the secret itself is not looked at.
  for (size_t at = 0; at < kModulus; ++at) {
    for (unsigned value = 0; value < 256; ++value) {
      std::vector<uint8_t> block = GoodBlock();
      const bool same = block[at] == value;
      block[at] = static_cast<uint8_t>(value);
      const size_t secret = kModulus - kPremasterSize;
      const bool padding = at >= 2 && at < secret - 1 && value != 0;
      const bool good = same || padding || at >= secret + 2;
      const Taken taken = Take(block);
      REQUIRE(taken == (good ? Taken::kSecret : Taken::kRandom));
    }
  }
  std::vector<uint8_t> block = GoodBlock();
  block.erase(block.begin() + 2, block.begin() + 2 + (kModulus - kPremasterSize - 11));
  CHECK(block.size() == kPremasterSize + 11);
  CHECK(Take(block) == Taken::kSecret);
  block.erase(block.begin() + 2);
  CHECK(Take(block) == Taken::kNothing);
  CHECK(Take({}) == Taken::kNothing);
}

TEST_CASE("a key that is elsewhere signs on both ends, however the bytes come") {
  for (const int version : kVersions) {
    for (const auto* name : {"server-ec", "server-rsa", "server-ed25519"}) {
      for (const size_t chunk : {kAll, size_t{1}}) {
        CAPTURE(version);
        CAPTURE(name);
        Pair pair(ContextElsewhere(version, "client"), ContextElsewhere(version, name));
        pair.server.session->SetVerify(true, true);
        pair.client.answer = SignedBy("client");
        pair.server.answer = SignedBy(name);
        pair.SetChunks(chunk);
        pair.SetPatience(2);
        REQUIRE(pair.Run());
        REQUIRE(pair.Established());
        CHECK(pair.client.Asked(Q::kPrivateKey));
        CHECK(pair.server.Asked(Q::kPrivateKey));
        CHECK(pair.server.session->PeerChain().size() > 1);
        CHECK(pair.server.session->key_request().data.empty());
        CHECK(pair.Carries(&pair.client, "data"));
      }
    }
  }
}

TEST_CASE("what is no signature does not leave, and is told") {
  for (const int version : kVersions) {
    for (const std::string& bytes :
         {std::string(), std::string("x"), std::string(72, 'x'), std::string(100'000, 'x')}) {
      CAPTURE(version);
      CAPTURE(bytes.size());
      Pair pair(ClientContext(version), ContextElsewhere(version, "server-ec"));
      pair.server.answer = AnsweredWith(bytes);
      REQUIRE(pair.Run());
      CHECK(pair.server.code() == "ERR_OWNSSL_SIGNATURE_INVALID");
      CHECK(pair.client.failed());
    }
  }
}

TEST_CASE("a key that is not asked any more, or whose session goes away, leaves nothing") {
  for (const int version : kVersions) {
    CAPTURE(version);
    const auto client = ContextElsewhere(version, "client");
    const auto server = ContextElsewhere(version, "server-ec");
    CHECK(LeavesNothing([&] {
      Pair refused(client, server);
      refused.server.answer = Except(Q::kPrivateKey, Refuse);
      REQUIRE(refused.Run());
      CHECK(refused.server.failed());
    }));
    CHECK(LeavesNothing([&] {
      Pair open(client, server);
      open.server.answer = Except(Q::kPrivateKey, LeaveOpen);
      open.Run();
      CHECK(open.server.session->question() == Q::kPrivateKey);
    }));
    CHECK(LeavesNothing([&] {
      Pair open(client, server);
      open.server.session->SetVerify(true, true);
      open.server.answer = SignedBy("server-ec");
      open.client.answer = Except(Q::kPrivateKey, LeaveOpen);
      open.Run();
      CHECK(open.client.session->question() == Q::kPrivateKey);
    }));
  }
}

TEST_CASE("contexts with a key that is elsewhere are freed with it") {
  CHECK(LeavesNothing([] { ContextElsewhere(TLS1_3_VERSION, "server-rsa"); }));
}

TEST_CASE("the provider of external keys is nobody else's") {
  const auto context = ContextElsewhere(TLS1_3_VERSION, "server-ec");
  CHECK(ossl.OSSL_PROVIDER_available(nullptr, "ownssl-external") == 0);
  for (const ProviderInfo& provider : Providers()) CHECK(provider.name != "ownssl-external");
  // Outside of a handshake nobody is asked.
  const EVPKeyPointer half =
      EVPKeyPointer(ReadPrivateKey(SpanOf(Fixture("server-ec.key")), nullptr));
  uint64_t number = 0;
  EVP_PKEY* shared = half.get();
  REQUIRE(ossl.EVP_PKEY_up_ref(shared) == 1);
  const EVPKeyPointer external = MakeExternalKey(EVPKeyPointer(shared), false, &number);
  REQUIRE(external);
  const MessageDigestContextPointer digest(ossl.EVP_MD_CTX_new());
  REQUIRE(ossl.EVP_DigestSignInit_ex(digest.get(), nullptr, "SHA256", nullptr, nullptr,
                                     external.get(), nullptr) == 1);
  std::array<uint8_t, 256> signature;
  size_t size = signature.size();
  CHECK(ossl.EVP_DigestSign(digest.get(), signature.data(), &size, signature.data(), 1) != 1);
  ossl.ERR_clear_error();
}

TEST_CASE("what can't be an external key") {
  using Result = SecureContext::ExternalKeyResult;
  const auto context = PlainContext();
  uint64_t number = 0;
  CHECK(context->SetExternalKey({}, false, &number) == Result::kUnreadable);
  CHECK(context->SetExternalKey(SpanOf(std::string("\x30\x00", 2)), false, &number) ==
        Result::kUnreadable);
  CHECK(context->SetExternalKey(SpanOf(Fixture("server-ec.key")), false, &number) ==
        Result::kUnreadable);
  REQUIRE(context->SetCertificate(SpanOf(Fixture("server-ec.crt"))));
  CHECK(context->SetExternalKey(SpanOf(Fixture("client.crt")), false, &number) == Result::kFailed);
  ossl.ERR_clear_error();
}

}  // namespace ownssl::test
