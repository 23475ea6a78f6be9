#ifdef __APPLE__

#include "places.h"

namespace ownssl {

namespace {

// macOS has no OpenSSL of its own that a program may use. These install one for all users: Homebrew
// (on Apple's processors, on Intel's), MacPorts, and python.org's installer.
constexpr const char* kPrefixes[] = {"/opt/homebrew/opt/openssl@3/lib",
                                     "/usr/local/opt/openssl@3/lib",
                                     "/opt/homebrew/opt/openssl@4/lib",
                                     "/usr/local/opt/openssl@4/lib",
                                     "/opt/local/libexec/openssl3/lib",
                                     "/opt/local/lib",
                                     "/Library/Frameworks/Python.framework/Versions/Current/lib"};

}  // namespace

std::vector<LibraryPair> LibraryNames() {
  return {{"libcrypto.4.dylib", "libssl.4.dylib"}, {"libcrypto.3.dylib", "libssl.3.dylib"}};
}

std::vector<std::string> LibraryFolders() { return {"lib"}; }

std::vector<LibraryPair> SystemPlaces() {
  const std::vector<LibraryPair> names = LibraryNames();
  std::vector<LibraryPair> places;
  for (const char* prefix : kPrefixes) {
    for (auto name = names.rbegin(); name != names.rend(); ++name) {
      places.push_back({prefix + ("/" + name->crypto), prefix + ("/" + name->ssl)});
    }
  }
  return places;
}

}  // namespace ownssl

#endif
