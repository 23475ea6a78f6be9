// Prints the messages of a connection, for people who debug (the option enableTrace).
#pragma once

#include "../openssl/api.h"

namespace ownssl {

// Uses OpenSSL's own SSL_trace() where the library was built with it, and else prints record and
// message headers.
void TraceToStderr(SSL* ssl);

}  // namespace ownssl
