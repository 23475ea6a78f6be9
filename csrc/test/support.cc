#include "support.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>

#include "../session/callbacks/callbacks.h"

namespace ownssl {

doctest::String toString(const std::vector<Question>& questions) {
  doctest::String text = "{";
  for (const Question question : questions) text += " " + toString(question);
  return text + " }";
}

}  // namespace ownssl

namespace ownssl::test {
// --- Fixtures ---

std::string Fixture(const std::string& name) {
  const char* folder = std::getenv("OWNSSL_FIXTURES");
  const std::string path = std::string(folder != nullptr ? folder : "build/fixtures") + "/" + name;
  std::ifstream file(path, std::ios::binary);
  REQUIRE_MESSAGE(file.good(), path, " is missing: node test/fixtures/make.mjs");
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string RandomText(size_t size, uint32_t seed) {
  std::mt19937 random(seed);
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

std::shared_ptr<SecureContext> PlainContext(int version) {
  auto context = SecureContext::Create(
      ossl.TLS_method(), version == kAnyVersion ? TLS1_2_VERSION : version,
      version == kAnyVersion ? TLS1_3_VERSION : version, &Callbacks::InstallOn);
  REQUIRE(context);
  return context;
}

std::shared_ptr<SecureContext> ClientContext(int version) {
  auto context = PlainContext(version);
  REQUIRE(context->AddCaCertificates(SpanOf(Fixture("root.crt"))));
  return context;
}

std::shared_ptr<SecureContext> ServerContext(int version, const std::string& name) {
  auto context = ClientContext(version);
  REQUIRE(context->SetCertificate(SpanOf(Fixture(name + ".crt") + Fixture("intermediate.crt"))));
  REQUIRE(context->SetKey(SpanOf(Fixture(name + ".key")), nullptr));
  REQUIRE(context->SetSessionIdContext("ownssl tests"));
  return context;
}

// --- Answers ---

bool AnswerPlainly(Session& session, Question question) {
  switch (question) {
    case Question::kClientHello:
      session.AnswerClientHello(std::nullopt);
      break;
    case Question::kSession:
      session.AnswerSession({});
      break;
    case Question::kCertificate:
      session.AnswerCertificate(nullptr, {});
      break;
    case Question::kPskClient:
    case Question::kPskServer:
      session.AnswerNoPsk();
      break;
    case Question::kVerify:
      session.AnswerVerify(session.verify_error());
      break;
    case Question::kNewSession:
      session.AnswerNewSession();
      break;
    case Question::kOcsp:
      session.AnswerOcsp();
      break;
    case Question::kPrivateKey:
      session.Refuse();
      break;
    case Question::kClientCertificate:
      session.client_authentication().Answer(nullptr);
      break;
    case Question::kNone:
      FAIL("nothing was asked");
  }
  return true;
}

Answer AnswerWithPsk(const std::string& identity, const std::string& key) {
  return [=](Session& session, Question question) {
    if (question != Question::kPskClient && question != Question::kPskServer) {
      return AnswerPlainly(session, question);
    }
    session.AnswerPsk(identity, SecretOf(key));
    return true;
  };
}

Answer Except(Question question, Answer exception, Answer rest) {
  return [=](Session& session, Question asked) {
    return asked == question ? exception(session, asked) : rest(session, asked);
  };
}

bool LeaveOpen(Session&, Question) { return false; }

bool Refuse(Session& session, Question) {
  session.Refuse();
  return true;
}

bool LeavesNothing(const std::function<void()>& scenario) {
  LiveMemory before;
  for (int i = 0; i < 4; ++i) {
    before = LiveAllocations();
    scenario();
    if (LiveAllocations().allocations == before.allocations) return true;
  }
  return false;
}

}  // namespace ownssl::test
