#include "candidates.h"

#include <filesystem>
#include <system_error>

#include "../base/paths.h"
#include "places.h"

namespace ownssl {

namespace fs = std::filesystem;

namespace {

// Looks for OpenSSL 1.1.1, so that people who name a folder with that read why it does not serve.
std::string OlderLibrary(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator each(folder, error), end; !error && each != end;
       each.increment(error)) {
    const std::string name = Utf8(each->path().filename());
    const bool old = name.find("1.1") != std::string::npos || name.find("1_1") != std::string::npos;
    if (old && name.compare(0, 6, "libssl") == 0) return name;
  }
  return "";
}

void AddFromFolder(const fs::path& folder, std::vector<LibraryPair>* pairs,
                   std::vector<Tried>* tried) {
  if (!IsFolder(folder)) {
    tried->push_back({Utf8(folder), "no such folder"});
    return;
  }
  bool found = false;
  std::string names;
  for (const LibraryPair& name : LibraryNames()) {
    names += (names.empty() ? "" : " or ") + name.ssl;
    const fs::path crypto = folder / PathFrom(name.crypto);
    const fs::path ssl = folder / PathFrom(name.ssl);
    if (IsFile(crypto) && IsFile(ssl)) {
      pairs->push_back({Utf8(crypto), Utf8(ssl)});
      found = true;
    } else if (IsFile(crypto) || IsFile(ssl)) {
      const fs::path& missing = IsFile(crypto) ? ssl : crypto;
      tried->push_back({Utf8(missing), "missing, the other of the two libraries is there"});
      found = true;
    }
  }
  if (found) return;
  const std::string older = OlderLibrary(folder);
  tried->push_back(
      {Utf8(folder),
       "contains no " + names +
           (older.empty() ? "" : ", but " + older + ", which is older than OpenSSL 3.0")});
}

// The other library of a pair has the same ending: libssl.so.3 stands beside libcrypto.so.3.
void AddFromFile(const fs::path& file, std::vector<LibraryPair>* pairs, std::vector<Tried>* tried) {
  const std::string name = Utf8(file.filename());
  const size_t crypto = name.find("crypto");
  const size_t ssl = name.find("ssl");
  if (crypto == std::string::npos && ssl == std::string::npos) {
    tried->push_back({Utf8(file), "is not named like libssl or libcrypto"});
    return;
  }
  const bool is_crypto = crypto != std::string::npos;
  std::string other = name;
  if (is_crypto) {
    other.replace(crypto, 6, "ssl");
  } else {
    other.replace(ssl, 3, "crypto");
  }
  const fs::path beside = file.parent_path() / PathFrom(other);
  if (!IsFile(beside)) {
    tried->push_back({Utf8(file), "has no " + other + " beside it"});
  } else if (is_crypto) {
    pairs->push_back({Utf8(file), Utf8(beside)});
  } else {
    pairs->push_back({Utf8(beside), Utf8(file)});
  }
}

}  // namespace

std::vector<LibraryPair> CandidatesFor(const std::string& spec, std::vector<Tried>* tried) {
  std::vector<LibraryPair> pairs;
  // The path is made absolute, because the dynamic linker searches its own folders for a name
  // without a slash.
  const fs::path path = Absolute(spec);
  if (IsFolder(path)) {
    for (const std::string& name : LibraryFolders()) {
      AddFromFolder(path / PathFrom(name), &pairs, tried);
    }
    AddFromFolder(path, &pairs, tried);
  } else if (IsFile(path)) {
    AddFromFile(path, &pairs, tried);
  } else {
    tried->push_back(
        {Utf8(path), Exists(path) ? "is neither a folder nor a file" : "no such file or folder"});
  }
  return pairs;
}

std::vector<LibraryPair> SystemCandidates() { return SystemPlaces(); }

}  // namespace ownssl
