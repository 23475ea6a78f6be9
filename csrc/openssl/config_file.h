// openssl.cnf: which one is in effect, and which providers it names. OpenSSL reads the file itself
// when it is initialised; here it is read before, because OpenSSL opens modules of providers
// without isolation, and ends the process, or goes on without the file, where it can't be parsed.
#pragma once

#include <string>
#include <vector>

namespace ownssl {

// Which openssl.cnf is in effect, instead of the one that OPENSSL_CONF or OpenSSL itself names; an
// empty string for none.
void ChooseConfigFile(const std::string& file);

// The openssl.cnf that is asked for, whether it exists or not; empty for none, as with an
// OPENSSL_CONF that is set and empty.
std::string ConfigFileName();

// The openssl.cnf in effect; empty when there is none, or the environment's or OpenSSL's own
// doesn't exist. One that the program chooses has to.
std::string ConfigFile();

struct ConfiguredProvider {
  std::string name;
  std::string module;  // The file of its module, if the section names one.
  bool active = false;
  bool may_fail = false;  // OpenSSL goes on without it.
};

struct ConfiguredProviders {
  std::vector<ConfiguredProvider> list;
  std::string error;  // Why the file can't be read; empty if it can.
};

// The providers that the file names, in its order.
ConfiguredProviders ReadConfiguredProviders(const std::string& file);

}  // namespace ownssl
