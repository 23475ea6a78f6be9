// Finds the library files that a user can mean by what he names.
#pragma once

#include <string>
#include <vector>

namespace ownssl {

// The two libraries of one OpenSSL. Names without a slash are left to the dynamic linker to find.
struct LibraryPair {
  std::string crypto;
  std::string ssl;
};

// What was looked at and why it was not used.
struct Tried {
  std::string candidate;
  std::string reason;
};

// `spec` is an install prefix, a folder of libraries, or one of the two library files. Every pair
// whose files exist is returned, newest first; the places without them are added to `tried`.
std::vector<LibraryPair> CandidatesFor(const std::string& spec, std::vector<Tried>* tried);

// Pairs for the dynamic linker to find: the version that nearly every system has, then the newer
// one.
std::vector<LibraryPair> SystemCandidates();

}  // namespace ownssl
