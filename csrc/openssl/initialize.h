// Starting an OpenSSL that has been loaded and tabled: memory, configuration, modules, canary.
#ifndef OWNSSL_OPENSSL_INITIALIZE_H_
#define OWNSSL_OPENSSL_INITIALIZE_H_

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
InitializeResult Initialize(LoadedLibrary* library, const std::vector<void*>& handles);

}  // namespace ownssl

#endif  // OWNSSL_OPENSSL_INITIALIZE_H_
