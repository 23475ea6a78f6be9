// Prints the messages of a connection, for people who debug (the option enableTrace).
#pragma once

#include "../openssl/api.h"

namespace ownssl {

// Prints a message to stderr: by OpenSSL's own SSL_trace() where the library was built with it,
// else the headers of records and messages.
void TraceMessage(int sent, int version, int content, const void* data, size_t size, SSL* ssl);

}  // namespace ownssl
