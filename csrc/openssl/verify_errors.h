// The names of X509_V_ERR_… codes, which Node's err.code holds without the prefix.
#pragma once

namespace ownssl {

// "UNSPECIFIED" for codes without a name here.
const char* VerifyErrorName(int code);

// The code of a name, or X509_V_ERR_APPLICATION_VERIFICATION.
int VerifyErrorCode(const char* name);

}  // namespace ownssl
