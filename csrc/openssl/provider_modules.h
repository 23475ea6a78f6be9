// The modules (shared libraries) that providers come in. One that OpenSSL opens by itself binds to
// the OpenSSL inside Node, even when libcrypto is isolated: so each is opened here first, and
// OpenSSL then finds it open.
#pragma once

#include <string>
#include <vector>

#include "library.h"

namespace ownssl {

// The folder in which OpenSSL looks for modules.
std::string ModulesDir();

// What modules have to be bound to: libcrypto and libssl, by their handles; none in a static build.
void BindModulesTo(Isolation isolation, const std::vector<void*>& handles);

// openssl.cnf names a file for the module of this provider.
void NameModule(const std::string& provider, const std::string& file);

// Where OpenSSL will look for the module of a provider.
std::string ModulePath(const std::string& provider);

// Opens the module of a provider, so that OpenSSL finds it isolated; returns why that failed, or an
// empty string, also when there is no such module: then the provider is part of libcrypto, or
// OpenSSL's own error will tell what it looked for.
std::string OpenProviderModule(const std::string& provider);

// The modules opened so far, with their bindings.
std::vector<ModuleBindings> Modules();

// What was loaded since `before` and is not isolated, as a message; empty when all is well.
std::string FindModuleAstray(const std::vector<LoadedObject>& before,
                             const std::vector<void*>& handles);

}  // namespace ownssl
