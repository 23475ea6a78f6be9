// Names of a certificate as text that can be taken apart again: in the notation of Node's
// `subjectaltname` and `infoAccess`, in which no name can pass for another or for several
// (CVE-2021-44532).
#pragma once

#include <string>

#include "../openssl/api.h"

namespace ownssl {

// A GeneralName (RFC 5280, 4.2.1.6) as "DNS:a.example", "IP Address:192.0.2.1", and so on. A value
// with characters that could be mistaken for notation is a JSON string: DNS:"a\u002cb".
std::string TextOf(const GENERAL_NAME* name);

// An object identifier by its long name where OpenSSL has one for it and `numeric` is false, else
// in digits: "OCSP", "1.2.3.4". At most `room` - 1 characters, with which Node cuts long ones.
std::string TextOf(const ASN1_OBJECT* object, bool numeric, size_t room);

}  // namespace ownssl
