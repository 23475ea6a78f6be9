// One TLS connection over a socket of the kernel, as an I/O thread has it: a Session, a
// StreamSocket, and the ciphertext that the kernel has not taken yet.
//
// JavaScript makes it and hands it over by Command::kAttach. From then on it is the thread's,
// except for the counters, until Report::kClosed. The session is shared: each side uses it by
// OffloadedSession::Use(), which locks it, and the thread holds the lock only while it drives the
// session.
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
class SlowStep;

class IoConnection {
 public:
  // So much plaintext of one connection may wait for JavaScript to use it (and one crossing more):
  // more where it uses at once what it hears of, so that neither side waits for the other.
  static constexpr uint64_t kCredit = uint64_t{256} * 1024;
  static constexpr uint64_t kWideCredit = uint64_t{512} * 1024;

  // `owner` belongs to JavaScript, and comes back with each report. `goes_on`: the handshake is
  // over, and the session reads from this socket.
  IoConnection(std::shared_ptr<OffloadedSession> steps, std::shared_ptr<StreamSocket> socket,
               void* owner, bool goes_on = false);
  IoConnection(const IoConnection&) = delete;
  IoConnection& operator=(const IoConnection&) = delete;

  // --- Of both sides ---

  void* const owner;
  // Bytes of what was to be written that the kernel has taken as ciphertext. The thread writes it.
  std::atomic<uint64_t> taken{0};
  // Whether the kernel took all of what it got last, if that was much: then more may be on its way.
  std::atomic<bool> flows_out{false};
  // JavaScript asks for kTaken when so many bytes are taken. The thread takes the wish back when it
  // answers, and JavaScript when it has seen that they are taken; false means that the answer is on
  // its way.
  void AckAt(uint64_t bytes) { ack_at_.store(bytes); }
  bool TakeBackAck() { return ack_at_.exchange(0) != 0; }
  // Bytes of ciphertext, for the counters of net.Socket. The thread writes both.
  std::atomic<uint64_t> received{0};
  std::atomic<uint64_t> sent{0};
  // Says that JavaScript has used so many bytes of plaintext. True if the thread waits to hear so,
  // which kRead then tells it.
  bool Use(size_t size);
  // JavaScript says whether it uses at once what it hears of.
  void SetUsesAtOnce(bool value) { uses_at_once_.store(value, std::memory_order_relaxed); }

  // --- The thread's ---

  void Attach(IoThread* thread, Port* port);
  void Start();
  void Read();
  // `copy` holds the data, if that is the connection's from now on. `raw` data is not encrypted.
  void Write(Span data, std::unique_ptr<uint8_t[]> copy, bool raw);
  void End(bool shuts_down);
  // With `tell` kProceeded is reported when it has gone as far as it goes.
  void Proceed(bool tell);
  void Accept();
  // These are in connection_detach.cc.
  void Detach();
  void Stay();
  void Close(bool keep_socket);
  // Says that nobody hears of the connection any more: it deletes itself when it is closed.
  void Orphan() { orphan_ = true; }
  // Goes on as far as possible, but not for ever.
  void Drive();
  // Sends what the connection has put into the thread's buffer.
  void Flush(Span ciphertext);
  // Goes on with what came of the slow step.
  void OnSlowStep(const SlowStep& step);

  size_t index = 0;      // The place in the port's list of all connections.
  bool in_turn = false;  // Whether it is in the thread's list of those that have more to do.
  bool waits = false;    // Whether it is in the port's list of those that wait for room.

 private:
  // So many bytes of what the protocol itself says (answers to key updates, for example) may wait:
  // a peer that asks for answers and does not read them must not fill our memory with them. What
  // the application writes is bounded elsewhere, and keeps nobody from reading: a peer that does
  // the same would wait for us as we for it.
  static constexpr size_t kCrowded = size_t{64} * 1024;

  struct Pending {
    Span data;
    std::unique_ptr<uint8_t[]> copy;
    bool raw;
  };

  static void OnPoll(uv_poll_t* handle, int status, int events);
  void OnWritable();

  // Makes a crossing and does what follows from it; false when it moved nothing.
  bool Cross();
  bool CrossNow(Session& session, Room plaintext);
  // Tells what came of a crossing. False if nothing more can come now.
  bool Took(uint32_t status, const Session::Progress& progress, std::vector<Event> events,
            Question question);
  // Has the handshake's costly part done in another thread, if it is slow and somebody would wait.
  bool BeginSlowStep(const Session& session);
  void ForgetSlowStep();
  bool Drop();
  void Receive();
  void Hold(Span ciphertext);
  bool MayRead() const;
  bool crowded() const { return answered_ > kCrowded; }
  bool HasCredit();
  uint64_t credit() const {
    return uses_at_once_.load(std::memory_order_relaxed) ? kWideCredit : kCredit;
  }
  void TellEnd();
  void NoticeEnd(bool failed);
  static bool MayRenegotiate(const Session& session);
  void Tell(Report::Kind kind, uint32_t number = 0);

  void WritePending();
  size_t Encrypt(Session& session, const std::vector<Span>& chunks);
  void SendRaw(Span data);
  void EndNow();
  void SendFailed(int number);
  void Taken();

  void Watch();
  void SetWatch(int events);
  bool OpenPoll();
  bool Rests() const;
  void Detached();
  void LeaveLists();
  void Closed();

  std::shared_ptr<OffloadedSession> steps_;
  std::shared_ptr<StreamSocket> socket_;
  IoThread* thread_ = nullptr;
  Port* port_ = nullptr;
  uv_poll_t poll_{};
  int watched_ = 0;
  // kLeaving: libuv is about to let go of the socket. kAway: JavaScript may go on with it.
  enum class Place : uint8_t { kHere, kLeaving, kAway };
  Place place_ = Place::kHere;
  bool stays_ = false;  // Somebody wanted something of it while it was leaving.

  // Before the session reads from the socket by itself, this is what it has not consumed.
  std::vector<uint8_t> pending_;
  bool connected_ = false;

  // The machines are the session's and the pump's (ARCHITECTURE.md, States). What crossings have
  // reported of the session's is noted here, because MayRead() is asked on each poll, and asking
  // the session takes its lock.
  bool established_ = false;
  bool suspended_ = false;
  bool watches_end_ = false;  // Of a peer, while a question waits.
  bool close_notified_ = false;
  bool failed_ = false;

  // These are commands of JavaScript, some of which may be taken back, in any state of the session.
  bool started_ = false;
  bool reading_ = false;
  bool ending_ = false;      // kEnded has not answered yet.
  bool shuts_down_ = false;  // The stream ends behind close_notify.
  bool closing_ = false;
  bool keeps_socket_ = false;
  bool orphan_ = false;
  bool tell_proceeded_ = false;
  // The peer has begun a renegotiation, which JavaScript may refuse. Nothing is read or sent until
  // it accepts.
  bool held_ = false;

  // The session is in another thread. Until that has answered, nothing else may want it.
  std::shared_ptr<SlowStep> slow_step_;

  // These say that there is work; the next crossing takes them back.
  bool kick_ = false;  // A crossing is due, though there is no input.
  bool more_ = false;  // OpenSSL holds what did not fit into the last crossing's room.

  // These are the socket's, each direction by itself, and whether JavaScript has been told.
  bool input_ended_ = false;
  int input_error_ = 0;
  bool end_told_ = false;
  bool left_told_ = false;  // That it has ended, while a question waits.
  bool end_sent_ = false;   // close_notify was given to the session.
  int send_error_ = 0;      // The kernel takes no more, for good.
  bool send_error_told_ = false;

  std::atomic<uint64_t> told_{0};  // Bytes of plaintext.
  std::atomic<uint64_t> used_{0};
  std::atomic<bool> uses_at_once_{false};
  WordFlag wants_credit_{false};

  std::deque<Pending> writes_;
  uint64_t encrypted_ = 0;  // Counts bytes of what was to be written.
  std::atomic<uint64_t> ack_at_{0};
  std::vector<uint8_t> unsent_;  // The kernel takes no more for now.
  size_t unsent_done_ = 0;
  size_t answered_ = 0;  // Bytes of it that the protocol itself has said, or more.
};

}  // namespace ownssl

#endif
