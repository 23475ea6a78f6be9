// Finds out how the peer's side has ended, and tells so behind what came before.

#include "connection.h"

#if OWNSSL_IO_THREADS

#include <cerrno>

#include "thread.h"

namespace ownssl {

// Reads and drops what follows close_notify, of which only the end is still of interest.
bool IoConnection::Drop() {
  if (input_ended_) return false;
  const ptrdiff_t size = socket_->Receive(thread_->scratch(), IoThread::kScratchSize);
  if (size > 0) return true;
  if (size == -EAGAIN) return false;
  input_ended_ = true;
  if (size < 0) Tell(Report::Kind::kInputEnded, static_cast<uint32_t>(-size));
  SetWatch(watched_ & ~UV_READABLE);
  return false;
}

// Tells of the end when all that came before it is told.
void IoConnection::TellEnd() {
  if (!input_ended_ || end_told_ || more_ || !pending_.empty()) return;
  end_told_ = true;
  Tell(Report::Kind::kInputEnded, static_cast<uint32_t>(input_error_));
  SetWatch(watched_ & ~UV_READABLE);
}

// While a session that reads by itself waits for an answer, nobody else reads.
void IoConnection::NoticeEnd(bool failed) {
  watches_end_ = false;
  SetWatch(watched_ & ~UV_DISCONNECT);
  if (!suspended_ || input_ended_) return;
  const OffloadedSession::User session = steps_->Use();
  // Nothing but the rest of the handshake can come of a server that renegotiates and has ended.
  // Else the answer leads to what came before the end, and then to the end.
  const bool whatever = session->role() == Role::kClient && MayRenegotiate(*session);
  const ptrdiff_t end = socket_->PeekEnd(failed, whatever);
  if (end == -EAGAIN || (end == 0 && more_ && !whatever)) return;
  input_ended_ = true;
  input_error_ = static_cast<int>(-end);
  more_ = false;
  TellEnd();
}

}  // namespace ownssl

#endif
