// How a connection leaves its thread: to JavaScript, which goes on with it on the event loop, or
// for good.

#include "connection.h"

#if OWNSSL_IO_THREADS

#include <algorithm>
#include <utility>

#include "thread.h"

namespace ownssl {

// Whether nothing of it is under way, so that it is all in the session and the socket. What it has
// reported, JavaScript may have yet to hear.
bool IoConnection::Rests() const {
  const bool open = established_ && !failed_ && !close_notified_ && !input_ended_ && !end_sent_ &&
                    send_error_ == 0 && poll_.data != nullptr;
  const bool waits_for_others = suspended_ || held_ || slow_step_ || ending_ || waits;
  const bool has_more = kick_ || more_ || !pending_.empty();
  return open && !waits_for_others && !has_more && writes_.empty() && unsent_.empty();
}

void IoConnection::Detach() {
  if (closing_ || place_ != Place::kHere) return;
  if (thread_->HoldsOutputOf(this)) thread_->FlushOutput();
  if (!Rests()) {
    Tell(Report::Kind::kDetached, 1);
    return;
  }
  if (!std::exchange(connected_, true)) steps_->Use()->Connect(socket_);
  if (std::exchange(in_turn, false)) thread_->NotLater(this);
  place_ = Place::kLeaving;
  stays_ = false;
  watched_ = 0;
  uv_close(reinterpret_cast<uv_handle_t*>(&poll_),
           [](uv_handle_t* handle) { static_cast<IoConnection*>(handle->data)->Detached(); });
}

void IoConnection::Detached() {
  place_ = Place::kAway;
  poll_.data = nullptr;
  if (closing_) {
    Closed();
  } else if (stays_) {
    Stay();
  } else {
    Tell(Report::Kind::kDetached);
  }
}

// Takes the socket back, if it was let go of: JavaScript has not, since it still gives commands.
void IoConnection::Stay() {
  if (place_ == Place::kHere || closing_) return;
  if (place_ == Place::kLeaving) {
    stays_ = true;
    return;
  }
  place_ = Place::kHere;
  if (!OpenPoll()) return;
  socket_->Ready();
  // Not at once: the command that has led here comes first.
  thread_->Later(this);
}

void IoConnection::Close(bool keep_socket) {
  if (std::exchange(closing_, true)) return;
  keeps_socket_ = keep_socket;
  // What was encrypted may be an alert.
  if (thread_->HoldsOutputOf(this)) thread_->FlushOutput();
  LeaveLists();
  ForgetSlowStep();
  steps_.reset();
  if (place_ == Place::kLeaving) return;  // Detached() goes on.
  if (poll_.data == nullptr) {
    Closed();
    return;
  }
  uv_close(reinterpret_cast<uv_handle_t*>(&poll_),
           [](uv_handle_t* handle) { static_cast<IoConnection*>(handle->data)->Closed(); });
}

// Whoever hears kClosed deletes this, so no list may have it any more.
void IoConnection::LeaveLists() {
  if (std::exchange(waits, false)) {
    port_->waiting.erase(std::find(port_->waiting.begin(), port_->waiting.end(), this));
  }
  if (std::exchange(in_turn, false)) thread_->NotLater(this);
}

void IoConnection::Closed() {
  if (!keeps_socket_) {
    socket_->DropUnread();
    socket_->Close();
  }
  if (orphan_) {
    delete this;
    return;
  }
  std::vector<IoConnection*>& list = port_->closing;
  list.erase(std::find(list.begin(), list.end(), this));
  Tell(Report::Kind::kClosed);
}

}  // namespace ownssl

#endif
