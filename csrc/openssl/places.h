// What the two libraries are called on this system, and where they are kept. Each kind of system
// has a file: places_elf.cc, places_macho.cc, places_windows.cc.
#pragma once

#include <string>
#include <vector>

#include "candidates.h"

namespace ownssl {

// The names of the files, newest first.
std::vector<LibraryPair> LibraryNames();

// The folders of an install prefix that libraries can be in, the likeliest first.
std::vector<std::string> LibraryFolders();

// Where the system, or whoever installs for all of its users, keeps an OpenSSL: the version that
// nearly every system has, then the newer one. Files without a folder are left to the dynamic
// linker to find. No folder is among them that others than an administrator could put a file into.
std::vector<LibraryPair> SystemPlaces();

}  // namespace ownssl
