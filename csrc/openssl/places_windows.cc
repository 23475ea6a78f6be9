#ifdef _WIN32

#include "../base/paths.h"
#include "../base/windows_names.h"
#include "places.h"

namespace ownssl {

namespace {

// OpenSSL's own builds name the processor; CPython's for x64 do not.
#if defined(_M_ARM64) || defined(__aarch64__)
constexpr const char* kSuffixes[] = {"-4-arm64.dll", "-3-arm64.dll"};
#else
constexpr const char* kSuffixes[] = {"-4-x64.dll", "-3-x64.dll", "-4.dll", "-3.dll"};
#endif

// All of these are in the folder of programs, which only an administrator writes to: OpenSSL's own
// default prefix, Shining Light's and FireDaemon's packages, and Git, which brings one along. What
// lies elsewhere (C:\msys64, scoop, vcpkg) has to be named, because every user may create folders
// in C:\.
constexpr const char* kPrograms[] = {"OpenSSL\\bin",
                                     "OpenSSL-Win64\\bin",
                                     "OpenSSL-Win64-ARM\\bin",
                                     "FireDaemon OpenSSL 3\\bin",
                                     "FireDaemon OpenSSL 4\\bin",
                                     "Git\\mingw64\\bin",
                                     "Git\\clangarm64\\bin"};

}  // namespace

std::vector<LibraryPair> LibraryNames() {
  std::vector<LibraryPair> names;
  for (const char* suffix : kSuffixes) {
    names.push_back({std::string("libcrypto") + suffix, std::string("libssl") + suffix});
  }
  return names;
}

std::vector<std::string> LibraryFolders() { return {"bin", "lib"}; }

std::vector<LibraryPair> SystemPlaces() {
  std::vector<std::string> folders;
  const std::string programs = Environment("ProgramW6432");
  for (const char* each : kPrograms) {
    if (!programs.empty()) folders.push_back(programs + "\\" + each);
  }
  folders.push_back(SystemFolder());
  const std::vector<LibraryPair> names = LibraryNames();
  std::vector<LibraryPair> places;
  for (const std::string& folder : folders) {
    for (auto name = names.rbegin(); name != names.rend(); ++name) {
      places.push_back({folder + "\\" + name->crypto, folder + "\\" + name->ssl});
    }
  }
  return places;
}

}  // namespace ownssl

#endif
