// What a JavaScript thread and an I/O thread say to each other. Both are copied byte by byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "../base/span.h"
#include "../session/session.h"

namespace ownssl {

class IoConnection;

// From JavaScript.
struct Command {
  enum class Kind : uint32_t {
    kAttach,  // The thread owns the connection from now on, until it reports kClosed.
    kStart,   // Begins the handshake.
    kRead,    // Plaintext is wanted, within the credit.
    kWrite,  // The bytes follow this struct; many lie at `data`, allocated by new[] for the thread.
             // `number` 1: they go between the records, as they are.
    kEnd,    // close_notify, after all that was written. kEnded answers.
    kProceed,  // A question was answered.
    kClose,
    kLend,     // `data`, `size`: a slab for plaintext, with `number` as its name.
    kGoodbye,  // Everything of this port ends.
  };
  Kind kind = Kind::kGoodbye;
  uint32_t number = 0;
  IoConnection* connection = nullptr;
  const uint8_t* data = nullptr;
  size_t size = 0;
};

// To JavaScript.
struct Report {
  enum class Kind : uint32_t {
    kPlaintext,  // `size` bytes: they follow this struct, or are in a slab, at `offset`.
    kHandshakeDone,
    kEvents,    // `events` is the receiver's now.
    kQuestion,  // `number`: the Question.
    kCloseNotify,
    kInputEnded,  // The peer's end, or with a `number` an error of the socket.
    kFailed,      // The session's error() tells. The alert was sent.
    kSendFailed,  // `number`: of an error of the socket. What it had received is reported before.
    kTaken,       // The kernel has what IoConnection::AckAt() asked for.
    kEnded,       // The kernel has everything, and close_notify.
    kClosed,      // The last of a connection, which is the receiver's to delete.
  };
  Kind kind = Kind::kClosed;
  uint32_t number = 0;
  IoConnection* connection = nullptr;
  size_t size = 0;
  uint32_t slab = 0;  // 0: inline.
  uint32_t offset = 0;
  std::deque<Event>* events = nullptr;
};

}  // namespace ownssl
