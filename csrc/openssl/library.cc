#include "library.h"

#include <deque>
#include <mutex>

#include "api.h"
#include "binary.h"
#include "dynamic.h"
#include "fips.h"
#include "initialize.h"
#include "second_copy.h"
#include "static_backend.h"

namespace ownssl {

namespace {

std::mutex mutex;  // Guards everything below.
LoadedLibrary current;
bool loaded = false;
std::optional<LoadResult> final_failure;
LoadRequest first;  // The request that has decided which library it is.
std::vector<void*> handles;

// Says why what is open here can't serve, or returns an empty string. Only constant functions are
// called, because the library must stay uninitialised until it is known to be isolated.
std::string WhyNotOpenSSL3(void* crypto) {
  if (FindSymbol(crypto, "BORINGSSL_self_test") || FindSymbol(crypto, "awslc_version_string")) {
    return "is BoringSSL or made from it, not OpenSSL";
  }
  if (FindSymbol(crypto, "SSLeay")) return "is older than OpenSSL 3.0";
  using Text = const char* (*)(int);
  using Number = unsigned long (*)();
  const auto text = reinterpret_cast<Text>(FindSymbol(crypto, "OpenSSL_version"));
  const auto number = reinterpret_cast<Number>(FindSymbol(crypto, "OpenSSL_version_num"));
  if (!text || !number) return "is not OpenSSL: it has no OpenSSL_version()";
  const std::string version = text(OPENSSL_VERSION);
  if (version.compare(0, 8, "OpenSSL ") != 0) return "is " + version + ", not OpenSSL";
  if (number() < 0x30000000UL) return "is " + version + ", older than OpenSSL 3.0";
  return "";
}

std::string Missing(const std::vector<std::string>& names) {
  constexpr size_t kShown = 5;
  std::string text = "lacks " + names[0];
  for (size_t i = 1; i < names.size() && i < kShown; i++) text += ", " + names[i];
  if (names.size() > kShown) text += " and " + std::to_string(names.size() - kShown) + " others";
  return text;
}

std::string Astray(const Bindings& bindings) {
  return "can't be kept apart from another OpenSSL in this process: " +
         std::to_string(bindings.to_executable) + " of " + std::to_string(bindings.total) +
         " symbols are bound to the executable and " + std::to_string(bindings.elsewhere) +
         " to another library (" + bindings.example + ")";
}

struct Handles {
  void* crypto = nullptr;
  void* ssl = nullptr;
};

void* LookUp(OpenSSLLibrary library, const char* name, void* context) {
  const auto* pair = static_cast<const Handles*>(context);
  return FindSymbol(library == OpenSSLLibrary::kSsl ? pair->ssl : pair->crypto, name);
}

// What other copies read is never freed, because the library stays loaded, too.
const char* Kept(const std::string& text) {
  static auto* const texts = new std::deque<std::string>();
  return texts->emplace_back(text).c_str();
}

// Tells copies of this addon that come later what is in use.
void Publish() {
  LibraryInUse library{};
  library.size = sizeof(library);
  library.fips = FipsActive() ? 1 : 0;
  library.host = current.isolation == Isolation::kHost ? 1 : 0;
  library.addon = Kept(FileOf(reinterpret_cast<const void*>(&Publish)));
  library.libssl = Kept(current.ssl_path);
  library.libcrypto = Kept(current.crypto_path);
  PublishLibraryInUse(library);
}

class Loader {
 public:
  Loader(Source source, const LoadRequest& request, const LibraryInUse* other)
      : request_(request), other_(other) {
    library_.source = source;
  }

  // Each of these returns whether the library is in use now; if not, `tried_` says why.
  bool TryPair(const LibraryPair& pair);
  bool TryHost();
  bool TryStatic();

  bool TryNamed(const std::string& spec);
  bool TrySystemThenHost();

  LoadResult Failure(const std::string& what) const;

 private:
  bool Reject(const std::string& candidate, const std::string& reason) {
    library_.tried.push_back({candidate, reason});
    return false;
  }
  bool Start();

  // Names who else uses a library that was just opened and can't be shared; an empty string for
  // nobody.
  std::string UserOf(void* crypto, const Bindings& bindings) const {
    if (!library_.shared_with.empty() || bindings.to_executable > 0) return "";
    const std::string allocator = AllocatorOf(crypto);
    if (allocator.empty()) return "";
    return "is in use in this process by " + allocator +
           ", which does not share it: if that is another copy of ownssl, see to it that there is "
           "one (npm ls ownssl, npm dedupe)";
  }
  bool IsOfOther(const LibraryPair& opened) const {
    return other_ != nullptr && opened.crypto == other_->libcrypto && opened.ssl == other_->libssl;
  }

  const LoadRequest& request_;
  const LibraryInUse* other_;
  LoadedLibrary library_;
  bool not_isolated_ = false;
};

// Initialises the library that is in the table. After this no other can be tried.
bool Loader::Start() {
  const InitializeResult result = Initialize(&library_, handles, request_);
  if (!result.ok) {
    final_failure = LoadResult{nullptr, result.code, result.message, library_.tried};
    return false;
  }
  current = library_;
  loaded = true;
  Publish();
  return true;
}

bool Loader::TryPair(const LibraryPair& pair) {
  // Both files are looked at before either is opened, because the linker may never let go of an
  // opened libcrypto.
  std::string error = WhyNotLoadable(pair.crypto);
  if (!error.empty()) return Reject(pair.crypto, error);
  error = WhyNotLoadable(pair.ssl);
  if (!error.empty()) return Reject(pair.ssl, error);
  Handles open;
  // libcrypto first and by its path: libssl would otherwise take whichever the linker finds.
  open.crypto = OpenIsolated(pair.crypto, &error);
  if (!open.crypto) return Reject(pair.crypto, error);
  std::string reason = WhyNotOpenSSL3(open.crypto);
  if (!reason.empty()) {
    CloseLibrary(open.crypto);
    return Reject(pair.crypto, reason);
  }
  open.ssl = OpenIsolated(pair.ssl, &error);
  if (!open.ssl) {
    CloseLibrary(open.crypto);
    return Reject(pair.ssl, error);
  }
  std::vector<void*> family = {open.crypto, open.ssl};
  if (IsOfOther({PathOf(open.crypto), PathOf(open.ssl)})) {
    library_.shared_with = other_->addon;
    // The other copy's addon has the allocator that libcrypto was given.
    family.push_back(OpenLoaded(other_->addon));
  }
  Bindings bindings = ReadBindings(open.crypto, family);
  bindings.Add(ReadBindings(open.ssl, family));
  if (const std::string user = UserOf(open.crypto, bindings); !user.empty()) {
    not_isolated_ = true;
    reason = user;
  } else if (!bindings.Isolated()) {
    not_isolated_ = true;
    reason = Astray(bindings);
  } else if (const auto missing = FillApi(LookUp, &open); !missing.empty()) {
    reason = Missing(missing);
  }
  if (!reason.empty()) {
    CloseLibrary(open.ssl);
    CloseLibrary(open.crypto);
    return Reject(pair.ssl, reason);
  }
  library_.isolation = Isolation::kShared;
  library_.crypto_path = PathOf(open.crypto);
  library_.ssl_path = PathOf(open.ssl);
  library_.bindings = bindings;
  handles = {open.crypto, open.ssl};
  return Start();
}

bool Loader::TryHost() {
  void* host = OpenHost();
  if (!host) return Reject("node", "the executable can't be opened");
  if (!FindSymbol(host, "SSL_CTX_new")) return Reject("node", "exports no OpenSSL");
  const std::string reason = WhyNotOpenSSL3(host);
  if (!reason.empty()) return Reject("node", reason);
  Handles open{host, host};
  if (const auto missing = FillApi(LookUp, &open); !missing.empty()) {
    return Reject("node", Missing(missing));
  }
  library_.isolation = Isolation::kHost;
  if (other_ != nullptr && other_->host != 0) library_.shared_with = other_->addon;
  return Start();
}

bool Loader::TryStatic() {
  if (const auto missing = FillApi(StaticSymbol, nullptr); !missing.empty()) {
    return Reject("static", Missing(missing));
  }
  library_.source = Source::kStatic;
  library_.isolation = Isolation::kStatic;
  return Start();
}

bool Loader::TryNamed(const std::string& spec) {
  if (spec == "node") return TryHost();
  if (spec.empty()) return Reject("\"\"", "is an empty name");
  if (kStaticBuild) {
    if (spec == "static") return TryStatic();
    return Reject(spec,
                  "this build of the addon contains its OpenSSL: name \"static\" or \"node\"");
  }
  for (const LibraryPair& pair : CandidatesFor(spec, &library_.tried)) {
    if (TryPair(pair)) return true;
    if (final_failure) return false;
  }
  return false;
}

bool Loader::TrySystemThenHost() {
  if (kStaticBuild) return TryStatic();
  // For a program without a wish of its own, another copy has decided already.
  if (other_ != nullptr && other_->host != 0) {
    library_.source = Source::kNode;
    return TryHost();
  }
  if (other_ != nullptr && other_->libssl[0] != '\0') {
    return TryPair({other_->libcrypto, other_->libssl});
  }
  for (const LibraryPair& pair : SystemCandidates()) {
    if (TryPair(pair)) return true;
    if (final_failure) return false;
  }
  // An OpenSSL that is there but can't be kept apart is an error: to take another one without a
  // word would surprise.
  if (not_isolated_) return false;
  library_.source = Source::kNode;
  return TryHost();
}

LoadResult Loader::Failure(const std::string& what) const {
  LoadResult result;
  result.code = not_isolated_ ? kNotIsolated : kLoadFailed;
  result.message = what;
  for (const Tried& tried : library_.tried) {
    result.message += "\n  " + tried.candidate + ": " + tried.reason;
  }
  if (other_ != nullptr) {
    result.message += "\nAnother copy of ownssl (" + std::string(other_->addon) + ") uses " +
                      (other_->host != 0 ? "the OpenSSL inside Node" : other_->libssl) +
                      ": name the same one, or none, or see to it that there is one copy (npm ls "
                      "ownssl, npm dedupe)";
  } else if (not_isolated_ && library_.source == Source::kSystem) {
    result.message +=
        "\nName another one, or the one inside Node (OWNSSL_OPENSSL=node); it is not taken without "
        "being named";
  }
  result.tried = library_.tried;
  return result;
}

LoadResult Load(LoadRequest request) {
  const LibraryInUse* other = FindOtherCopy();
  // The process was promised FIPS, whichever copy was told so.
  if (other != nullptr && other->fips != 0) request.fips = true;
  const bool named = request.program || request.environment;
  Loader loader(request.program       ? Source::kProgram
                : request.environment ? Source::kEnvironment
                                      : Source::kSystem,
                request, other);
  const std::string spec = request.program.value_or(request.environment.value_or(""));
  const bool ok = named ? loader.TryNamed(spec) : loader.TrySystemThenHost();
  if (ok) return {&current, "", "", {}};
  if (final_failure) return *final_failure;
  if (!named) return loader.Failure("no usable OpenSSL on this system:");
  const char* who = request.program ? "the program" : "OWNSSL_OPENSSL";
  return loader.Failure("the OpenSSL that " + std::string(who) + " names can't be used: " + spec);
}

}  // namespace

const char* NameOf(Source source) {
  switch (source) {
    case Source::kProgram:
      return "program";
    case Source::kEnvironment:
      return "environment";
    case Source::kSystem:
      return "system";
    case Source::kNode:
      return "node";
    case Source::kStatic:
      break;
  }
  return "static";
}

const char* NameOf(Isolation isolation) {
  switch (isolation) {
    case Isolation::kShared:
      return IsolationMethod();
    case Isolation::kStatic:
      return "static";
    case Isolation::kHost:
      break;
  }
  return "host";
}

LoadResult LoadOpenSSL(const LoadRequest& request) {
  const std::lock_guard<std::mutex> lock(mutex);
  if (loaded) {
    const char* other = nullptr;
    if (request.program && request.program != first.program) other = "";
    if (request.config && request.config != first.config) other = " with another configuration";
    if (request.fips && !FipsActive()) other = " without FIPS";
    if (!other) return {&current, "", "", {}};
    return {nullptr,
            kAlreadyLoaded,
            "OpenSSL " + LibraryVersion() + " is in use in this process" + other +
                ": it can't be changed",
            {}};
  }
  if (final_failure) return *final_failure;
  LoadResult result = Load(request);
  if (loaded) first = request;
  return result;
}

const LoadedLibrary* CurrentLibrary() {
  const std::lock_guard<std::mutex> lock(mutex);
  return loaded ? &current : nullptr;
}

}  // namespace ownssl
