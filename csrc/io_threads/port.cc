#include "port.h"

#include <chrono>
#include <cstring>
#include <thread>

#include "connection.h"

namespace ownssl {
namespace {

constexpr size_t kCapacity = size_t{256} * 1024;

// With so much plaintext on its way the application is woken before the turn is over, and what it
// uses is credit for the rest of the turn. It does not wake for less, because each time costs as
// much as handing over some chunks.
constexpr size_t kMuch = size_t{384} * 1024;

// A crossing is not worth while with less room than this, so the slab counts as used up.
constexpr size_t kLeastRoom = size_t{4} * 1024;

template <typename Message>
Span BytesOf(const Message& message) {
  return {reinterpret_cast<const uint8_t*>(&message), sizeof(message)};
}

template <typename Message>
bool Take(Mailbox* mailbox, Message* message, Span* body) {
  const Span bytes = mailbox->Front();
  if (bytes.data == nullptr) return false;
  memcpy(message, bytes.data, sizeof(*message));
  *body = {bytes.data + sizeof(*message), bytes.size - sizeof(*message)};
  return true;
}

}  // namespace

Port::Port(Sleeper* application, Sleeper* thread)
    : application_(application), thread_(thread), commands_(kCapacity), reports_(kCapacity) {}

Port::~Port() {
  Report report;
  Command command;
  Span body;
  // Some commands and reports own memory, which nobody has taken.
  while (commands_.Refill(), NextCommand(&command, &body)) {
    if (command.kind == Command::Kind::kWrite) delete[] command.data;
    PopCommand();
  }
  while (reports_.Refill(), Next(&report, &body)) {
    delete report.events;
#if OWNSSL_IO_THREADS
    if (report.kind == Report::Kind::kClosed) delete report.connection;
#endif
    Pop();
  }
}

// --- The JavaScript thread ---

void Port::Send(const Command& command, Span body) { commands_.Put(BytesOf(command), body); }

void Port::Lend(uint32_t name, Room slab) {
  Command command{Command::Kind::kLend};
  command.number = name;
  command.data = slab.data;
  command.size = slab.size;
  Send(command);
}

void Port::Rouse() {
  commands_.Refill();
  thread_->Rouse();
}

bool Port::Next(Report* report, Span* body) { return Take(&reports_, report, body); }

void Port::Drained() {
  const bool overflowed = commands_.overflowing();
  commands_.Refill();
  if (reports_.TakeWantsRoom() || overflowed) thread_->Rouse();
}

bool Port::MaySleep() {
  if (!reports_.empty()) return false;
  return !commands_.overflowing() || !commands_.Fits(sizeof(Command) + kInlineWrite);
}

void Port::Close() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (gone_) return;  // The process ends, and the thread was first.
  }
  Send({Command::Kind::kGoodbye});
  while (!commands_.Refill()) {
    thread_->Rouse();
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
  thread_->Rouse();
  std::unique_lock<std::mutex> lock(mutex_);
  left_.wait(lock, [this] { return gone_; });
}

// --- The I/O thread ---

bool Port::NextCommand(Command* command, Span* body) { return Take(&commands_, command, body); }

void Port::CommandsDrained() {
  told_ = told_ || reports_.overflowing();
  reports_.Refill();
  if (commands_.TakeWantsRoom()) application_->Rouse();
}

void Port::Tell(const Report& report, Span body) {
  reports_.Put(BytesOf(report), body);
  told_ = true;
}

void Port::RouseApplication() {
  if (!told_) return;
  told_ = false;
  unheard_ = 0;
  application_->Rouse();
}

Room Port::PlaintextRoom() {
  if (reports_.overflowing() || !reports_.Fits(sizeof(Report) + kInline)) return {};
  while (!slabs_.empty()) {
    const Slab& slab = slabs_.front();
    const size_t left = slab.room.size - slab.used;
    if (left >= kLeastRoom) return {slab.room.data + slab.used, left};
    slabs_.pop_front();
  }
  return {};
}

void Port::TellPlaintext(IoConnection* connection, size_t size) {
  Slab& slab = slabs_.front();
  Report report{Report::Kind::kPlaintext};
  report.connection = connection;
  report.size = size;
  const uint8_t* data = slab.room.data + slab.used;
  if (size <= kInline) {
    Tell(report, {data, size});
    return;
  }
  report.slab = slab.name;
  report.offset = static_cast<uint32_t>(slab.used);
  slab.used += size;
  Tell(report);
  unheard_ += size;
  if (unheard_ >= kMuch) RouseApplication();
}

void Port::AddSlab(uint32_t name, Room slab) { slabs_.push_back({name, slab}); }

bool Port::ThreadMaySleep() {
  if (!commands_.empty()) return false;
  if (reports_.overflowing()) return !reports_.Fits(sizeof(Report) + kInline);
  // These connections wait for room in the ring, and not for a slab.
  return waiting.empty() || slabs_.empty() || !reports_.Fits(sizeof(Report) + kInline);
}

void Port::Leave() {
  const std::lock_guard<std::mutex> lock(mutex_);
  gone_ = true;
  left_.notify_all();
}

}  // namespace ownssl
