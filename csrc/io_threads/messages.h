// What a JavaScript thread and an I/O thread say to each other. Both kinds of messages are copied
// byte by byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "../base/span.h"
#include "../session/session.h"

namespace ownssl {

class IoConnection;

// JavaScript says these.
struct Command {
  enum class Kind : uint32_t {
    kAttach,  // The thread owns the connection from now on, until it reports kClosed.
    kStart,   // Begins the handshake.
    kRead,    // Plaintext is wanted, as far as the credit goes.
    // The bytes follow this struct, or, if they are many, lie at `data`, which new[] has allocated
    // for the thread. With `number` 1 they go between the records, as they are.
    kWrite,
    // close_notify is to be sent, after all that was written, and with `number` 1 the end of the
    // stream behind it. kEnded answers.
    kEnd,
    kProceed,  // A question was answered. With `number` 1 kProceeded answers.
    kAccept,   // The renegotiation that kEvents told of may go on.
    // JavaScript would like to drive the connection by itself. kDetached answers; any other command
    // takes the wish back.
    kDetach,
    kStay,     // Takes it back, and is nothing else.
    kClose,    // With `number` 1 the socket stays open, because JavaScript goes on with it.
    kLend,     // `data` and `size` are a slab for plaintext, which `number` names.
    kGoodbye,  // Everything of this port ends.
  };
  Kind kind = Kind::kGoodbye;
  uint32_t number = 0;
  IoConnection* connection = nullptr;
  const uint8_t* data = nullptr;
  size_t size = 0;
};

// The thread says these.
struct Report {
  enum class Kind : uint32_t {
    kPlaintext,  // `size` bytes follow this struct, or are in a slab, at `offset`.
    kHandshakeDone,
    kEvents,    // `events` belongs to the receiver now.
    kQuestion,  // `number` is the Question.
    kCloseNotify,
    kInputEnded,  // The peer has ended, or, with a `number`, the socket has failed with that error.
    kFailed,      // The session's error() says why. The alert was sent.
    // `number` is the socket's error. What the socket had received was reported before.
    kSendFailed,
    kTaken,      // The kernel has taken what IoConnection::AckAt() asked for.
    kEnded,      // The kernel has taken everything, and close_notify.
    kProceeded,  // Everything that the answer to a question led to was reported.
    // The peer has ended, but what it sent before waits with a question: nothing comes by itself.
    kPeerLeft,
    // The thread has let go of the socket and the session, and takes them again at any command.
    // With `number` 1 it has not, because something is under way.
    kDetached,
    kClosed,  // This is the last report of a connection, which the receiver has to delete.
  };
  Kind kind = Kind::kClosed;
  uint32_t number = 0;
  IoConnection* connection = nullptr;
  size_t size = 0;
  uint32_t slab = 0;  // 0 means that the bytes follow.
  uint32_t offset = 0;
  std::vector<Event>* events = nullptr;
};

}  // namespace ownssl
