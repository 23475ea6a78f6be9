// The C++ tests: the core of the addon, on the OpenSSL that OWNSSL_OPENSSL names or the system's.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>

#include "../openssl/library.h"
#include "../session/states.h"

namespace {

void Abort(const char* machine, int from, int to) {
  std::fprintf(stderr, "impossible transition of a session's %s: %d to %d\n", machine, from, to);
  std::abort();
}

}  // namespace

int main(int argc, char** argv) {
  ownssl::SetOnImpossible(&Abort);
  ownssl::LoadRequest request;
  if (const char* named = std::getenv("OWNSSL_OPENSSL"); named && *named) {
    request.environment = named;
  }
  const ownssl::LoadResult result = ownssl::LoadOpenSSL(request);
  if (!result.library) {
    std::fprintf(stderr, "%s: %s\n", result.code.c_str(), result.message.c_str());
    return 1;
  }
  return doctest::Context(argc, argv).run();
}
