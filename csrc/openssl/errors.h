// The error queue of OpenSSL, as the errors that Node's users know.
#pragma once

#include <string>
#include <vector>

namespace ownssl {

struct OpenSSLError {
  bool queued = false;             // OpenSSL had something to say
  std::string code;                // "ERR_SSL_NO_CIPHER_MATCH"
  std::string message;             // "error:0A0000B9:SSL routines::no cipher match"
  std::string library;             // "SSL routines"
  std::string reason;              // "no cipher match"
  std::string function;            // the C function that gave up; Node doesn't show it
  std::vector<std::string> stack;  // the messages of the other errors, the last one first

  bool empty() const { return code.empty() && message.empty(); }
};

// Takes everything off the queue. The first error names the cause, as in Node; the later ones are
// what it led to. With an empty queue the message is the fallback, and the code a general one.
OpenSSLError DrainErrors(const char* fallback);

// The same for what a connection ends with. Node gives these every time an ERR_SSL_ code, whichever
// library the error is from, and the long message: "<thread>:error:...:<file>:<line>:<data>\n".
OpenSSLError DrainConnectionErrors(const char* fallback);

// Empties the queue. It is empty nearly every time, and ERR_clear_error() takes its time all the
// same.
void ClearErrorQueue();

// The error queue is empty when this begins and when it ends, so that whatever is found in the
// queue between belongs to this scope.
class ClearErrors {
 public:
  ClearErrors();
  ~ClearErrors();
  ClearErrors(const ClearErrors&) = delete;
  ClearErrors& operator=(const ClearErrors&) = delete;
};

}  // namespace ownssl
