// The functions of an OpenSSL that is linked into the addon.
#pragma once

#include "api.h"

namespace ownssl {

#ifdef OWNSSL_STATIC
inline constexpr bool kStaticBuild = true;
#else
inline constexpr bool kStaticBuild = false;
#endif

// A SymbolLookup. Null for everything when the build is not static.
void* StaticSymbol(OpenSSLLibrary library, const char* name, void* context);

}  // namespace ownssl
