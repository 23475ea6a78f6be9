// Writes the names of a certificate as text that can be taken apart again: in the notation of
// Node's `subjectaltname` and `infoAccess`, in which no name can pass for another or for several
// (CVE-2021-44532).
#pragma once

#include <string>

#include "../openssl/api.h"

namespace ownssl {

// Writes a GeneralName (RFC 5280, 4.2.1.6) as "DNS:a.example", "IP Address:192.0.2.1", and so on. A
// value with characters that could be mistaken for notation becomes a JSON string: DNS:"a\u002cb".
std::string TextOf(const GENERAL_NAME* name);

// Writes an object identifier, such as "OCSP" or "1.2.3.4": by its long name where OpenSSL has one
// for it and `numeric` is false, else in digits. At most `room` - 1 characters are written; Node
// cuts long ones like this.
std::string TextOf(const ASN1_OBJECT* object, bool numeric, size_t room);

}  // namespace ownssl
