#include <doctest/doctest.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "../openssl/api.h"
#include "../openssl/errors.h"
#include "../openssl/library.h"
#include "../openssl/memory.h"
#include "../openssl/pointers.h"
#include "../openssl/providers.h"
#include "../openssl/stack_of.h"

namespace ownssl {

namespace {

BIOPointer BioOf(const std::string& text) {
  return BIOPointer(ossl.BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

}  // namespace

TEST_CASE("a function that is missing is named, and the table stays as it is") {
  const Api before = ossl;
  const SymbolLookup without_one = [](OpenSSLLibrary, const char* name, void* context) -> void* {
    return std::string(name) == "SSL_new" ? nullptr : context;
  };
  int anything = 0;
  CHECK(FillApi(without_one, &anything) == std::vector<std::string>{"SSL_new"});
  const bool unchanged = ossl.SSL_new == before.SSL_new;
  CHECK(unchanged);
}

TEST_CASE("features follow the version") {
  const bool has_32 = ossl.OpenSSL_version_num() >= 0x30200000UL;
  CHECK(Has(Feature::kGroupName) == has_32);
  CHECK((ossl.SSL_get0_group_name != nullptr) == has_32);
  CHECK(Has(Feature::kPostQuantum) == (ossl.OpenSSL_version_num() >= 0x30500000UL));
  const std::string message = UnavailableMessage(Feature::kGroupName);
  // Where there is such an OpenSSL, it can only have been built without.
  CHECK(message == "the name of the negotiated group needs OpenSSL 3.2 or later; this is OpenSSL " +
                       LibraryVersion() + (has_32 ? ", and was built without" : ""));
}

TEST_CASE("an empty queue gives the fallback and a code of its own") {
  ossl.ERR_clear_error();
  const OpenSSLError error = DrainErrors("nothing happened");
  CHECK(error.message == "nothing happened");
  CHECK(error.code == "ERR_CRYPTO_OPERATION_FAILED");
  CHECK(error.stack.empty());
}

TEST_CASE("the errors of parsers have Node's codes, the cause first") {
  ossl.ERR_clear_error();
  CHECK(!X509Pointer(ossl.PEM_read_bio_X509(BioOf("x").get(), nullptr, nullptr, nullptr)));
  OpenSSLError error = DrainErrors("");
  CHECK(error.code == "ERR_OSSL_PEM_NO_START_LINE");
  CHECK(error.message == "error:0480006C:PEM routines::no start line");
  CHECK(error.library == "PEM routines");
  CHECK(error.reason == "no start line");

  const std::string empty = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  CHECK(!X509Pointer(ossl.PEM_read_bio_X509(BioOf(empty).get(), nullptr, nullptr, nullptr)));
  error = DrainErrors("");
  CHECK(error.code == "ERR_OSSL_ASN1_WRONG_TAG");
  CHECK(error.stack ==
        std::vector<std::string>{"error:0488000D:PEM routines::ASN1 lib",
                                 "error:0688010A:asn1 encoding routines::nested asn1 error"});

  CHECK(!EVPKeyPointer(ossl.PEM_read_bio_PrivateKey(BioOf("x").get(), nullptr, nullptr, nullptr)));
  error = DrainErrors("");
  CHECK(error.code == "ERR_OSSL_UNSUPPORTED");
  CHECK(error.library == "DECODER routines");
  CHECK(ossl.ERR_peek_error() == 0);
}

TEST_CASE("an error of libssl has no OSSL in its code") {
  const SSLCtxPointer context(ossl.SSL_CTX_new(ossl.TLS_method()));
  ossl.ERR_clear_error();
  CHECK(ossl.SSL_CTX_set_cipher_list(context.get(), "NOPE") == 0);
  const OpenSSLError error = DrainErrors("");
  CHECK(error.code == "ERR_SSL_NO_CIPHER_MATCH");
  CHECK(error.message == "error:0A0000B9:SSL routines::no cipher match");
}

TEST_CASE("an error of a connection is long, and its code is that of libssl") {
  ossl.ERR_clear_error();
  CHECK(!X509Pointer(ossl.PEM_read_bio_X509(BioOf("x").get(), nullptr, nullptr, nullptr)));
  const OpenSSLError error = DrainConnectionErrors("");
  CHECK(error.code == "ERR_SSL_NO_START_LINE");
  // The number of the thread has as many digits as the processor has half bytes.
  const size_t number = error.message.find_first_not_of("0123456789ABCDEF");
  CHECK(number > 0);
  CHECK(error.message.find(":error:0480006C:PEM routines:") == number);
  CHECK(error.message.back() == '\n');
}

TEST_CASE("a slash stays in a code") {
  ossl.ERR_clear_error();
  ossl.ERR_new();
  ossl.ERR_set_error(ERR_LIB_SSL, SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, nullptr);
  const OpenSSLError error = DrainErrors("");
  // The text of this alert has changed twice; one of the three has a slash.
  const std::string& reason = error.reason;
  const char* expected = reason.find("sslv3") == 0     ? "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE"
                         : reason.find("ssl/tls") == 0 ? "ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE"
                                                       : "ERR_SSL_TLS_ALERT_HANDSHAKE_FAILURE";
  CHECK(error.code == expected);
}

TEST_CASE("a reason without a text has its number in the code") {
  const auto code_of = [](int library, int reason, OpenSSLError (*drain)(const char*)) {
    ossl.ERR_clear_error();
    ossl.ERR_new();
    ossl.ERR_set_error(library, reason, nullptr);
    return drain("").code;
  };
  CHECK(code_of(ERR_LIB_USER, 4000, DrainErrors) == "ERR_OSSL_USER_REASON_4000");
  CHECK(code_of(ERR_LIB_SSL, 950, DrainErrors) == "ERR_SSL_REASON_950");
  CHECK(code_of(ERR_LIB_USER, 950, DrainConnectionErrors) == "ERR_SSL_REASON_950");
  CHECK(code_of(ERR_LIB_SSL, SSL_AD_REASON_OFFSET + 200, DrainConnectionErrors) ==
        "ERR_SSL_ALERT_200");
  // What the system says has no text of OpenSSL's, and no errno is zero.
  CHECK(code_of(ERR_LIB_SYS, ENOENT, DrainErrors) ==
        "ERR_OSSL_SYS_REASON_" + std::to_string(ENOENT));
}

TEST_CASE("errors are cleared around a scope") {
  ossl.ERR_new();
  ossl.ERR_set_error(ERR_LIB_SSL, SSL_R_NO_CIPHER_MATCH, nullptr);
  {
    const ClearErrors clear;
    CHECK(ossl.ERR_peek_error() == 0);
    ossl.ERR_new();
    ossl.ERR_set_error(ERR_LIB_SSL, SSL_R_NO_CIPHER_MATCH, nullptr);
  }
  CHECK(ossl.ERR_peek_error() == 0);
}

TEST_CASE("what is freed is counted out again") {
  if (CurrentLibrary()->isolation == Isolation::kHost) return;
  { const X509Pointer warm_up(ossl.X509_new()); }
  const LiveMemory before = LiveAllocations();
  {
    const X509Pointer certificate(ossl.X509_new());
    CHECK(LiveAllocations().allocations > before.allocations);
    CHECK(LiveAllocations().bytes > before.bytes);
    OpenSSLMemory<void> grown(ossl.CRYPTO_malloc(100000, "", 0));
    CHECK(LiveAllocations().bytes >= before.bytes + 100000);
  }
  CHECK(LiveAllocations().allocations == before.allocations);
  CHECK(LiveAllocations().bytes == before.bytes);
}

TEST_CASE("stacks own what they are said to own") {
  const LiveMemory before = LiveAllocations();
  {
    const X509StackPointer chain(NewStack<STACK_OF(X509)>());
    CHECK(StackSize(chain.get()) == 0);
    X509Pointer certificate(ossl.X509_new());
    X509* borrowed = certificate.get();
    REQUIRE(StackPush(chain.get(), borrowed));
    certificate.release();
    CHECK(StackSize(chain.get()) == 1);
    CHECK(StackAt<X509>(chain.get(), 0) == borrowed);
  }
  CHECK(LiveAllocations().allocations == before.allocations);
  CHECK(StackSize(static_cast<STACK_OF(X509)*>(nullptr)) == 0);
}

TEST_CASE("the library is isolated, for every thread the same, and can't be changed") {
  const LoadedLibrary* library = CurrentLibrary();
  REQUIRE(library);
  CHECK(library->bindings.Isolated());
  if (library->isolation != Isolation::kHost) CHECK(library->canary);
  std::vector<std::thread> threads;
  std::vector<const LoadedLibrary*> seen(8, nullptr);
  for (auto& slot : seen) {
    threads.emplace_back([&slot] { slot = LoadOpenSSL({}).library; });
  }
  for (std::thread& thread : threads) thread.join();
  for (const LoadedLibrary* one : seen) CHECK(one == library);
  LoadRequest other;
  other.program = "/nonexistent";
  CHECK(LoadOpenSSL(other).code == kAlreadyLoaded);
}

TEST_CASE("providers are listed, and one that does not exist is an error") {
  bool found = false;
  for (const ProviderInfo& provider : Providers()) found = found || provider.name == "default";
  CHECK(found);
  const ProviderResult result = LoadProvider("nosuch");
  CHECK(!result.ok);
  CHECK(result.code == kProviderFailed);
  CHECK(ossl.ERR_peek_error() == 0);
}

}  // namespace ownssl
