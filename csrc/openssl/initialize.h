// Starts an OpenSSL that has been loaded and whose functions are in the table: memory,
// configuration, modules, canary.
#pragma once

#include <string>
#include <vector>

#include "library.h"

namespace ownssl {

struct InitializeResult {
  bool ok = false;
  std::string code;
  std::string message;
};

// Sets `library->canary`. After a failure this OpenSSL can't be used, and no other can be tried.
InitializeResult Initialize(LoadedLibrary* library, const std::vector<void*>& handles,
                            const LoadRequest& request);

}  // namespace ownssl
