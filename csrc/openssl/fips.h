// FIPS on demand: either all that is used is approved and comes from the FIPS provider, or no
// OpenSSL is used at all.
#pragma once

#include "library.h"
#include "providers.h"

namespace ownssl {

inline constexpr char kFipsFailed[] = "ERR_OWNSSL_FIPS_FAILED";

// Whether the FIPS provider is active and what it implements is what everybody gets.
bool FipsActive();

// After OpenSSL was initialised with its configuration, before anything of it is used: activates
// the provider by the fipsmodule.cnf of this OpenSSL, unless the configuration has done so already.
ProviderResult RequireFips(Isolation isolation);

}  // namespace ownssl
