// Takes what JavaScript writes, encrypts it, and sends it as far as the kernel takes it.

#include "connection.h"

#if OWNSSL_IO_THREADS

#include <algorithm>
#include <cerrno>
#include <utility>

#include "thread.h"

namespace ownssl {
namespace {

// So many writes go into one crossing.
constexpr size_t kMostChunks = 32;

// The kernel takes less than this at once from slow peers, too.
constexpr size_t kMuch = size_t{64} * 1024;

}  // namespace

void IoConnection::Write(Span data, std::unique_ptr<uint8_t[]> copy, bool raw) {
  if (closing_ || failed_ || send_error_ != 0) return;
  Stay();
  size_t done = 0;
  if (raw && writes_.empty()) {
    SendRaw(data);
    return;
  }
  if (writes_.empty() && unsent_.empty() && !slow_step_) {
    const OffloadedSession::User session = steps_->Use();
    std::vector<Span>& chunks = thread_->chunks();
    chunks.assign(1, data);
    done = Encrypt(*session, chunks);
  }
  if (done == data.size) return;
  Pending pending{{data.data + done, data.size - done}, std::move(copy), raw};
  if (!pending.copy) {
    pending.copy.reset(new uint8_t[pending.data.size]);
    std::copy_n(pending.data.data, pending.data.size, pending.copy.get());
    pending.data.data = pending.copy.get();
  }
  writes_.push_back(std::move(pending));
}

// Encrypts as much as the kernel takes, and returns how many bytes of plaintext that is.
size_t IoConnection::Encrypt(Session& session, const std::vector<Span>& chunks) {
  size_t done = 0;
  while (unsent_.empty() && send_error_ == 0) {
    Session::Progress progress;
    const uint32_t status = session.Write(chunks, done, thread_->Output(this), &progress);
    thread_->AddOutput(progress.output);
    done += progress.written;
    encrypted_ += progress.written;
    if ((status & kFailed) != 0) {
      thread_->FlushOutput();
      if (!std::exchange(failed_, true)) Tell(Report::Kind::kFailed);
    }
    if ((status & kOutputFull) == 0) break;
    thread_->FlushOutput();
  }
  return done;
}

// What is sent as it is counts as what is encrypted does.
void IoConnection::SendRaw(Span data) {
  thread_->FlushOutput();
  encrypted_ += data.size;
  Flush(data);
}

void IoConnection::WritePending() {
  while (!writes_.empty() && unsent_.empty() && !failed_ && !closing_ && !slow_step_ &&
         send_error_ == 0) {
    if (writes_.front().raw) {
      const Pending pending = std::move(writes_.front());
      writes_.pop_front();
      SendRaw(pending.data);
      continue;
    }
    std::vector<Span>& chunks = thread_->chunks();
    chunks.clear();
    size_t total = 0;
    for (size_t i = 0; i < writes_.size() && i < kMostChunks && !writes_[i].raw; ++i) {
      chunks.push_back(writes_[i].data);
      total += writes_[i].data.size;
    }
    const OffloadedSession::User session = steps_->Use();
    size_t done = Encrypt(*session, chunks);
    const bool all = done == total;
    while (!writes_.empty() && done >= writes_.front().data.size) {
      done -= writes_.front().data.size;
      writes_.pop_front();
      if (done == 0) break;
    }
    if (done > 0) {
      Span& front = writes_.front().data;
      front = {front.data + done, front.size - done};
    }
    if (!all) break;
  }
  if (thread_->HoldsOutputOf(this)) thread_->FlushOutput();
  EndNow();
}

void IoConnection::End(bool shuts_down) {
  Stay();
  ending_ = true;
  shuts_down_ = shuts_down;
  // What the peer has said before is told before, as libuv reads first.
  socket_->Ready();
  Drive();
  EndNow();
}

void IoConnection::EndNow() {
  if (!ending_ || closing_ || slow_step_ || !writes_.empty()) return;
  if (!std::exchange(end_sent_, true)) {
    const OffloadedSession::User session = steps_->Use();
    Session::Progress progress;
    session->Shutdown(thread_->Output(this), &progress);
    thread_->AddOutput(progress.output);
  }
  if (thread_->HoldsOutputOf(this)) thread_->FlushOutput();
  if (!unsent_.empty()) return;
  if (shuts_down_) socket_->Shutdown();
  ending_ = false;
  Tell(Report::Kind::kEnded);
}

void IoConnection::Flush(Span ciphertext) {
  if (send_error_ != 0) return;
  if (!unsent_.empty()) {
    unsent_.insert(unsent_.end(), ciphertext.data, ciphertext.data + ciphertext.size);
    return;
  }
  if (ciphertext.size > 0) {
    const bool last = shuts_down_ && end_sent_;
    const ptrdiff_t result = socket_->Send(ciphertext.data, ciphertext.size, last);
    if (result < 0 && result != -EAGAIN) {
      SendFailed(static_cast<int>(-result));
      return;
    }
    const size_t took = result < 0 ? 0 : static_cast<size_t>(result);
    sent.store(sent.load(std::memory_order_relaxed) + took, std::memory_order_relaxed);
    if (took < ciphertext.size) {
      flows_out.store(false, std::memory_order_relaxed);
    } else if (took >= kMuch) {
      flows_out.store(true, std::memory_order_relaxed);
    }
    unsent_.assign(ciphertext.data + took, ciphertext.data + ciphertext.size);
    unsent_done_ = 0;
  }
  if (unsent_.empty()) {
    Taken();
  } else {
    Watch();
  }
}

void IoConnection::OnWritable() {
  if (unsent_.empty() || held_) return;
  const ptrdiff_t result =
      socket_->Send(unsent_.data() + unsent_done_, unsent_.size() - unsent_done_);
  if (result < 0 && result != -EAGAIN) {
    SendFailed(static_cast<int>(-result));
  } else if (result > 0) {
    sent.store(sent.load(std::memory_order_relaxed) + static_cast<uint64_t>(result),
               std::memory_order_relaxed);
    unsent_done_ += static_cast<size_t>(result);
    if (unsent_done_ == unsent_.size()) {
      unsent_.clear();
      unsent_done_ = 0;
      Taken();
      WritePending();
      if (unsent_.empty() && writes_.empty()) unsent_ = {};  // It was slow, and may be idle now.
      // There may have been too much unsent to go on reading.
      thread_->Later(this);
    }
  }
  Watch();
}

void IoConnection::SendFailed(int number) {
  if (send_error_ != 0) return;
  send_error_ = number;
  unsent_ = {};
  unsent_done_ = 0;
  answered_ = 0;
  writes_.clear();
  // The peer may have sent something before it left, which has to be told first.
  socket_->Ready();
  thread_->Later(this);
}

void IoConnection::Taken() {
  answered_ = 0;
  taken.store(encrypted_);
  const uint64_t due = ack_at_.load();
  if (due != 0 && encrypted_ >= due && TakeBackAck()) {
    Tell(Report::Kind::kTaken);
    // More can be written while the rest is encrypted, which may take the whole turn.
    port_->RouseApplication();
  }
}

}  // namespace ownssl

#endif
