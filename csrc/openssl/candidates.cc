#include "candidates.h"

#include <filesystem>
#include <system_error>

namespace ownssl {

namespace fs = std::filesystem;

namespace {

#if defined(__APPLE__)
constexpr const char* kSuffixes[] = {".4.dylib", ".3.dylib"};
#else
constexpr const char* kSuffixes[] = {".so.4", ".so.3"};
#endif

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
constexpr char kMultiarch[] = "lib";
#endif

bool IsFile(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

void AddFromFolder(const fs::path& folder, std::vector<LibraryPair>* pairs,
                   std::vector<Tried>* tried) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    tried->push_back({folder.string(), "no such folder"});
    return;
  }
  bool found = false;
  for (const char* suffix : kSuffixes) {
    const fs::path crypto = folder / (std::string("libcrypto") + suffix);
    const fs::path ssl = folder / (std::string("libssl") + suffix);
    if (IsFile(crypto) && IsFile(ssl)) {
      pairs->push_back({crypto.string(), ssl.string()});
      found = true;
    } else if (IsFile(crypto) || IsFile(ssl)) {
      const fs::path& missing = IsFile(crypto) ? ssl : crypto;
      tried->push_back({missing.string(), "missing, the other of the two libraries is there"});
      found = true;
    }
  }
  if (!found) {
    std::string names;
    for (const char* suffix : kSuffixes) {
      names += (names.empty() ? "libssl" : " or libssl") + std::string(suffix);
    }
    tried->push_back({folder.string(), "contains no " + names});
  }
}

// libssl.so.3 beside libcrypto.so.3, whatever comes after the names.
void AddFromFile(const fs::path& file, std::vector<LibraryPair>* pairs, std::vector<Tried>* tried) {
  const std::string name = file.filename().string();
  const size_t crypto = name.find("crypto");
  const size_t ssl = name.find("ssl");
  if (crypto == std::string::npos && ssl == std::string::npos) {
    tried->push_back({file.string(), "is not named like libssl or libcrypto"});
    return;
  }
  const bool is_crypto = crypto != std::string::npos;
  std::string other = name;
  if (is_crypto) {
    other.replace(crypto, 6, "ssl");
  } else {
    other.replace(ssl, 3, "crypto");
  }
  const fs::path beside = file.parent_path() / other;
  if (!IsFile(beside)) {
    tried->push_back({file.string(), "has no " + other + " beside it"});
  } else if (is_crypto) {
    pairs->push_back({file.string(), beside.string()});
  } else {
    pairs->push_back({beside.string(), file.string()});
  }
}

}  // namespace

std::vector<LibraryPair> CandidatesFor(const std::string& spec, std::vector<Tried>* tried) {
  std::vector<LibraryPair> pairs;
  std::error_code error;
  // Absolute, because the dynamic linker searches its own folders for a name without a slash.
  const fs::path path = fs::absolute(spec, error).lexically_normal();
  const fs::file_status status = fs::status(path, error);
  if (fs::is_directory(status)) {
    std::vector<fs::path> folders = {path / "lib", path / "lib64"};
    if (path / kMultiarch != folders[0]) folders.push_back(path / kMultiarch);
    folders.push_back(path);
    for (const fs::path& folder : folders) AddFromFolder(folder, &pairs, tried);
  } else if (fs::is_regular_file(status)) {
    AddFromFile(path, &pairs, tried);
  } else if (fs::exists(status)) {
    tried->push_back({path.string(), "is neither a folder nor a file"});
  } else {
    tried->push_back({path.string(), "no such file or folder"});
  }
  return pairs;
}

std::vector<LibraryPair> SystemCandidates() {
  std::vector<LibraryPair> pairs;
  for (auto suffix = std::end(kSuffixes); suffix != std::begin(kSuffixes);) {
    --suffix;
    pairs.push_back({std::string("libcrypto") + *suffix, std::string("libssl") + *suffix});
  }
  return pairs;
}

}  // namespace ownssl
