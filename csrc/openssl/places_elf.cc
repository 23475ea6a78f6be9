#if !defined(_WIN32) && !defined(__APPLE__)

#include "places.h"

namespace ownssl {

namespace {

// Debian's folder for the libraries of this architecture.
#if defined(__x86_64__)
constexpr char kMultiarch[] = "lib/x86_64-linux-gnu";
#elif defined(__aarch64__)
constexpr char kMultiarch[] = "lib/aarch64-linux-gnu";
#elif defined(__arm__)
constexpr char kMultiarch[] = "lib/arm-linux-gnueabihf";
#elif defined(__i386__)
constexpr char kMultiarch[] = "lib/i386-linux-gnu";
#elif defined(__riscv)
constexpr char kMultiarch[] = "lib/riscv64-linux-gnu";
#elif defined(__powerpc64__)
constexpr char kMultiarch[] = "lib/powerpc64le-linux-gnu";
#elif defined(__s390x__)
constexpr char kMultiarch[] = "lib/s390x-linux-gnu";
#else
constexpr char kMultiarch[] = "";
#endif

}  // namespace

std::vector<LibraryPair> LibraryNames() {
  return {{"libcrypto.so.4", "libssl.so.4"}, {"libcrypto.so.3", "libssl.so.3"}};
}

std::vector<std::string> LibraryFolders() {
  std::vector<std::string> folders = {"lib", "lib64"};
  if (*kMultiarch) folders.push_back(kMultiarch);
  return folders;
}

std::vector<LibraryPair> SystemPlaces() {
  const std::vector<LibraryPair> names = LibraryNames();
  return {names.rbegin(), names.rend()};
}

}  // namespace ownssl

#endif
