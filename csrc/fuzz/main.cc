// libFuzzer's side: which target runs is in OWNSSL_FUZZ_TARGET.
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "../openssl/api.h"
#include "../openssl/library.h"
#include "../session/states.h"
#include "null_cipher.h"
#include "target.h"

namespace {

const ownssl::fuzz::Target* chosen = nullptr;

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  using namespace ownssl;
  const char* name = std::getenv("OWNSSL_FUZZ_TARGET");
  for (const fuzz::Target& target : fuzz::Targets()) {
    if (name != nullptr && std::string_view(name) == target.name) chosen = &target;
    if (name == nullptr) std::printf("%s %zu\n", target.name, target.longest);
  }
  if (name == nullptr) std::exit(0);  // Only asked what there is.
  SetOnImpossible([](const char* machine, int from, int to) {
    std::fprintf(stderr, "impossible transition of a session's %s: %d to %d\n", machine, from, to);
    std::abort();
  });
  LoadRequest request;
  request.config = "";
  const LoadResult loaded = LoadOpenSSL(request);
  if (chosen == nullptr || loaded.library == nullptr || !fuzz::InstallPredictableRandom() ||
      !fuzz::InstallNullCipher()) {
    std::fprintf(stderr, "no target %s, or no OpenSSL: %s\n", name, loaded.message.c_str());
    std::exit(1);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ownssl::fuzz::RestartRandom();
  ownssl::ossl.ERR_clear_error();
  chosen->run({data, size});
  return 0;
}
