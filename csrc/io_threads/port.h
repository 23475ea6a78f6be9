// Joins one JavaScript thread and one I/O thread by a mailbox each way, and keeps the slabs that
// JavaScript lends for plaintext.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "mailbox.h"
#include "messages.h"
#include "sleeper.h"

namespace ownssl {

class Port {
 public:
  // Plaintext up to this size is put into the mailbox; more stays in the slab.
  static constexpr size_t kInline = 2048;
  // What is written up to this size is put into the mailbox; more is allocated.
  static constexpr size_t kInlineWrite = size_t{16} * 1024;
  // A slab holds seven full records. From 128 KiB on, malloc() may ask the system each time.
  static constexpr size_t kSlabSize = size_t{112} * 1024;

  // `application` and `thread` are those that are woken. Both outlive the port's use.
  Port(Sleeper* application, Sleeper* thread);
  ~Port();
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  // Bytes that wait on their way to the thread and to JavaScript, as they were a moment ago.
  size_t queued_commands() const { return commands_.depth(); }
  size_t queued_reports() const { return reports_.depth(); }

  // --- The JavaScript thread ---

  // The thread hears of it at once if it is awake; else Rouse() wakes it, once for many.
  void Send(const Command& command, Span body = {});
  void Lend(uint32_t name, Room slab);
  void Rouse();
  // The next report, and the bytes that follow it, which stay until Pop(). False if there is none.
  bool Next(Report* report, Span* body);
  void Pop() { reports_.Pop(); }
  // Has to be called after the last Next().
  void Drained();
  // Whether JavaScript may wait, after Sleeper::Doze().
  bool MaySleep();
  // Ends everything, and returns when the thread uses nothing of it any more. What was sent before
  // is done before, as far as it goes without waiting.
  void Close();

  // --- The I/O thread ---

  bool NextCommand(Command* command, Span* body);
  void PopCommand() { commands_.Pop(); }
  void CommandsDrained();
  void Tell(const Report& report, Span body = {});
  // Where plaintext may be decrypted to. It is empty if there is no room, which JavaScript then
  // makes.
  Room PlaintextRoom();
  // Says that the first `size` bytes of that room are plaintext of this connection.
  void TellPlaintext(IoConnection* connection, size_t size);
  void AddSlab(uint32_t name, Room slab);
  bool ThreadMaySleep();
  void RouseApplication();
  // Says that the thread uses nothing of the port any more.
  void Leave();

  // These connections of the port wait for room. Only the thread uses the three lists.
  std::vector<IoConnection*> waiting;
  std::vector<IoConnection*> connections;
  std::vector<IoConnection*> closing;

 private:
  struct Slab {
    uint32_t name;
    Room room;
    size_t used = 0;
  };

  Sleeper* const application_;
  Sleeper* const thread_;
  Mailbox commands_;
  Mailbox reports_;
  std::deque<Slab> slabs_;
  // These count from when the application was last woken: whether anything was told, and the
  // plaintext in slabs.
  bool told_ = false;
  size_t unheard_ = 0;

  std::mutex mutex_;
  std::condition_variable left_;
  bool gone_ = false;
};

}  // namespace ownssl
