// Which OpenSSL this process uses: found, loaded, isolated and tabled once, for all threads.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "candidates.h"
#include "isolation.h"

namespace ownssl {

enum class Source { kProgram, kEnvironment, kSystem, kNode, kStatic };
const char* NameOf(Source source);

struct LoadRequest {
  std::optional<std::string> program;      // what the program names
  std::optional<std::string> environment;  // what OWNSSL_OPENSSL names
  bool fips = false;                       // whether nothing but FIPS will do
  std::optional<std::string> config;       // an openssl.cnf; empty for none
};

struct ModuleBindings {
  std::string path;
  Bindings bindings;
};

// How the library was kept apart from the OpenSSL inside Node.
enum class Isolation {
  kShared,  // a shared library, as the system can do it (IsolationMethod() of dynamic.h)
  kStatic,  // linked into the addon with hidden symbols
  kHost     // Node's own OpenSSL: nothing to keep apart
};
const char* NameOf(Isolation isolation);

struct LoadedLibrary {
  Source source = Source::kNode;
  Isolation isolation = Isolation::kHost;
  std::string ssl_path;     // empty for kNode and kStatic
  std::string crypto_path;  // likewise
  std::string shared_with;  // the file of the copy of this addon that loaded it first; or empty
  bool canary = false;      // libssl was seen to allocate through our functions
  Bindings bindings;        // of libssl and libcrypto together
  std::vector<Tried> tried;
};

struct LoadResult {
  const LoadedLibrary* library = nullptr;  // null when loading failed
  std::string code;
  std::string message;
  std::vector<Tried> tried;
};

inline constexpr char kLoadFailed[] = "ERR_OWNSSL_LOAD_FAILED";
inline constexpr char kNotIsolated[] = "ERR_OWNSSL_NOT_ISOLATED";
inline constexpr char kAlreadyLoaded[] = "ERR_OWNSSL_ALREADY_LOADED";

// Loads on the first call; later calls get the same library, or kAlreadyLoaded when the program
// names another. A failure before OpenSSL is initialised can be followed by another attempt; one
// after it is final, because OpenSSL can be neither unloaded nor initialised again.
LoadResult LoadOpenSSL(const LoadRequest& request);

// The library in use; null before LoadOpenSSL() has succeeded. From then on it stays.
const LoadedLibrary* CurrentLibrary();

}  // namespace ownssl
