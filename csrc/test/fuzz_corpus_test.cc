// The inputs that fuzzing has collected, and those that once broke something, on any compiler and
// with whichever OpenSSL: without a fuzzer they are regression tests.
#include <fstream>

#include "../fuzz/ends.h"
#include "../fuzz/target.h"
#include "support.h"

namespace ownssl::test {
namespace {

std::string Decoded(const std::string& base64) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::string digits = kDigits;
  std::string bytes;
  uint32_t group = 0;
  size_t bits = 0;
  for (const char c : base64) {
    const size_t digit = digits.find(c);
    if (digit == digits.npos) break;
    group = group << 6 | static_cast<uint32_t>(digit);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(group >> bits);
  }
  return bytes;
}

// `found`: what broke something once.
std::vector<std::string> Corpus(const std::string& target, bool found) {
  const char* folder = std::getenv("OWNSSL_FUZZ_CORPUS");
  std::ifstream file(std::string(folder != nullptr ? folder : "csrc/fuzz/corpus") + "/" + target +
                     (found ? ".found.txt" : ".txt"));
  std::vector<std::string> inputs;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line[0] != '#') inputs.push_back(Decoded(line));
  }
  return inputs;
}

}  // namespace

TEST_CASE("the inputs of the fuzzing corpora keep every promise") {
  for (const fuzz::Target& target : fuzz::Targets()) {
    const std::vector<std::string> inputs = Corpus(target.name, false);
    CHECK_MESSAGE(!inputs.empty(), target.name);
    for (const std::string& input : inputs) target.run({SpanOf(input).data, input.size()});
    for (const std::string& input : Corpus(target.name, true)) {
      target.run({SpanOf(input).data, input.size()});
    }
    ossl.ERR_clear_error();
  }
  fuzz::ForgetContexts();
}

}  // namespace ownssl::test
