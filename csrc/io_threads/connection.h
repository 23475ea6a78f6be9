// One TLS connection over a socket of the kernel, as an I/O thread has it: Session, StreamSocket,
// and ciphertext that the kernel has not taken yet.
//
// JavaScript makes it and hands it over by Command::kAttach. From then on it is the thread's, but
// for the counters, until Report::kClosed. The session is shared: each side uses it by
// OffloadedSession::Use(), which locks it, and the thread does so only while it drives it.
#pragma once

#include "../base/word_flag.h"
#include "available.h"
#if OWNSSL_IO_THREADS

#include <uv.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "../io/stream_socket.h"
#include "../session/offloaded_session.h"
#include "messages.h"
#include "port.h"

namespace ownssl {

class IoThread;

class IoConnection {
 public:
  // Plaintext of one connection that JavaScript has not used yet, at most (and one crossing more).
  static constexpr uint64_t kCredit = uint64_t{256} * 1024;

  // `owner` is JavaScript's, and comes back with each report.
  IoConnection(std::shared_ptr<OffloadedSession> steps, std::shared_ptr<StreamSocket> socket,
               void* owner);
  IoConnection(const IoConnection&) = delete;
  IoConnection& operator=(const IoConnection&) = delete;

  // --- Of both sides ---

  void* const owner;
  // Bytes of what was to be written that the kernel has, as ciphertext; written by the thread.
  std::atomic<uint64_t> taken{0};
  // JavaScript asks for kTaken when so many are. The thread takes that back when it answers; so
  // does JavaScript, when it has seen them: false, if the answer is on its way.
  void AckAt(uint64_t bytes) { ack_at_.store(bytes); }
  bool TakeBackAck() { return ack_at_.exchange(0) != 0; }
  // Bytes of ciphertext, for the counters of net.Socket; written by the thread.
  std::atomic<uint64_t> received{0};
  std::atomic<uint64_t> sent{0};
  // JavaScript has used so many bytes of plaintext. True if the thread waits to hear of it: kRead.
  bool Use(size_t size);

  // --- The thread's ---

  void Attach(IoThread* thread, Port* port);
  void Start();
  void Read();
  // `copy`: where the data lies, if it is the connection's from now on. `raw`: it is not encrypted.
  void Write(Span data, std::unique_ptr<uint8_t[]> copy, bool raw);
  void End();
  void Proceed();
  void Close();
  // Nobody hears of it any more; it deletes itself when it is closed.
  void Orphan() { orphan_ = true; }
  // As far as it goes, but not for ever.
  void Drive();
  // It sends what it has put into the thread's buffer.
  void Flush(Span ciphertext);

  size_t index = 0;      // In the port's list of all.
  bool in_turn = false;  // Is in the thread's list of those that have more to do.
  bool waits = false;    // Is in the port's list of those that wait for room.

 private:
  struct Pending {
    Span data;
    std::unique_ptr<uint8_t[]> copy;
    bool raw;
  };

  static void OnPoll(uv_poll_t* handle, int status, int events);
  void OnWritable();

  // A crossing, and what follows from it; false when it moved nothing.
  bool Cross();
  bool CrossNow(Session& session, Room plaintext);
  bool Drop();
  void Receive();
  bool MayRead() const;
  bool HasCredit();
  void TellEnd();
  void Tell(Report::Kind kind, uint32_t number = 0);

  void WritePending();
  size_t Encrypt(Session& session, const std::vector<Span>& chunks);
  void SendRaw(Span data);
  void EndNow();
  void SendFailed(int number);
  void Taken();

  void Watch();
  void SetWatch(int events);

  std::shared_ptr<OffloadedSession> steps_;
  std::shared_ptr<StreamSocket> socket_;
  IoThread* thread_ = nullptr;
  Port* port_ = nullptr;
  uv_poll_t poll_{};
  int watched_ = 0;

  // Before the session reads from the socket by itself: what it has not consumed.
  std::vector<uint8_t> pending_;
  bool connected_ = false;

  bool started_ = false;
  bool kick_ = false;  // A crossing is due, though there is no input.
  bool more_ = false;  // OpenSSL holds what did not fit into the last crossing's room.
  bool established_ = false;
  bool suspended_ = false;
  bool reading_ = false;
  bool close_notified_ = false;
  bool input_ended_ = false;
  int input_error_ = 0;
  bool end_told_ = false;
  bool failed_ = false;
  int send_error_ = 0;  // The kernel takes no more, for good.
  bool send_error_told_ = false;
  bool closing_ = false;
  bool orphan_ = false;

  std::atomic<uint64_t> told_{0};  // Bytes of plaintext.
  std::atomic<uint64_t> used_{0};
  WordFlag wants_credit_{false};

  std::deque<Pending> writes_;
  uint64_t encrypted_ = 0;  // Bytes of what was to be written.
  std::atomic<uint64_t> ack_at_{0};
  bool ending_ = false;
  bool end_sent_ = false;
  std::vector<uint8_t> unsent_;  // The kernel takes no more for now.
  size_t unsent_done_ = 0;
};

}  // namespace ownssl

#endif
