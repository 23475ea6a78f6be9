// What tests of sessions are made of: fixtures, contexts, and answers to their questions.
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "../context/secure_context.h"
#include "../openssl/memory.h"
#include "../session/session.h"

namespace ownssl {

// For doctest.
inline doctest::String toString(Question question) {
  return doctest::toString(static_cast<uint32_t>(question));
}
doctest::String toString(const std::vector<Question>& questions);

}  // namespace ownssl

namespace ownssl::test {

inline constexpr int kAnyVersion = 0;  // TLS 1.2 or 1.3.

// --- Fixtures (test/fixtures/make.mjs) ---

std::string Fixture(const std::string& name);
inline Span SpanOf(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
inline Span SpanOf(const std::vector<uint8_t>& bytes) { return {bytes.data(), bytes.size()}; }
inline Secret SecretOf(const std::string& text) {
  return Secret(reinterpret_cast<const uint8_t*>(text.data()), text.size());
}
// Not compressible, not repeating: a piece that is lost, doubled or moved shows.
std::string RandomText(size_t size, uint32_t seed);

std::shared_ptr<SecureContext> PlainContext(int version = kAnyVersion);
// Trusts the root of the fixtures.
std::shared_ptr<SecureContext> ClientContext(int version = kAnyVersion);
// Has the certificate `<name>.crt`, its issuer and `<name>.key`; trusts the same root.
std::shared_ptr<SecureContext> ServerContext(int version = kAnyVersion,
                                             const std::string& name = "server-ec");

// --- Answers ---

// False leaves the question open.
using Answer = std::function<bool(Session&, Question)>;

// Accepts what is in order: verified chains stay verified, nothing is chosen, no key is known.
bool AnswerPlainly(Session& session, Question question);
// The same, except that the key for any identity is `key`.
Answer AnswerWithPsk(const std::string& identity, const std::string& key);
// One question answered in another way than the rest.
Answer Except(Question question, Answer exception, Answer rest = AnswerPlainly);
bool LeaveOpen(Session& session, Question question);
bool Refuse(Session& session, Question question);

// Whether OpenSSL holds as much after `scenario` as before. It runs more than once, because the
// first time fills caches.
bool LeavesNothing(const std::function<void()>& scenario);

}  // namespace ownssl::test
