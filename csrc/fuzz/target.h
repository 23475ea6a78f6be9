// What is fuzzed: functions that take any bytes and must neither crash nor break a promise.
//
// The same functions run under libFuzzer (main.cc), and over the corpus in the C++ tests
// (csrc/test/fuzz_corpus_test.cc), where there is neither clang nor a null cipher.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "input.h"

namespace ownssl::fuzz {

struct Target {
  const char* name;
  void (*run)(Input input);
  size_t longest;  // Bytes of an input; more only makes it slow.
};

const std::vector<Target>& Targets();

void FuzzBio(Input input);
void FuzzClient(Input input);
void FuzzServer(Input input);
void FuzzClientHello(Input input);
void FuzzPsk(Input input);
void FuzzSession(Input input);
void FuzzPem(Input input);
void FuzzPkcs12(Input input);
void FuzzCrl(Input input);
void FuzzCertificate(Input input);
void FuzzPublicKey(Input input);
void FuzzDane(Input input);
void FuzzOcsp(Input input);
void FuzzOcspResponse(Input input);

// Ends the process when a promise was broken, as the fuzzer expects it.
#define FUZZ_REQUIRE(condition) \
  ((condition) ? void() : ::ownssl::fuzz::Broken(#condition, __FILE__, __LINE__))
[[noreturn]] void Broken(const char* promise, const char* file, int line);

// Whether DER in here, as it stands or in PEM, may ask for so many rounds of key derivation that
// the rest of the second is gone: a number above 20,000 that is not part of something larger. Files
// with secrets come from the user, not from a peer.
bool MayDeriveForLong(Span bytes);

}  // namespace ownssl::fuzz
