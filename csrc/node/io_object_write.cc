// What JavaScript writes, on its way to an I/O thread.

#include "io_object.h"

#if OWNSSL_IO_THREADS

#include <algorithm>

#include "../base/streaming_copy.h"
#include "values.h"

namespace ownssl {
namespace {

// So many bytes of plaintext of one connection may be written and not be with the kernel, and one
// piece more. Within that a write's callback needs no answer from the thread. It is more where the
// kernel takes what it gets: then the thread goes on while JavaScript is woken and writes. What
// waits for slow peers is bounded by the first.
constexpr uint64_t kOnTheirWay = uint64_t{128} * 1024;
constexpr uint64_t kFlowing = uint64_t{512} * 1024;

// The connection is closed behind the last of it, so the thread sends what the kernel takes at once
// and forgets the rest. Many may be closed at once, and each has a copy of so much then.
constexpr uint64_t kLastOnItsWay = uint64_t{1024} * 1024;

// So much is copied in one go, and encrypted meanwhile.
constexpr size_t kPiece = size_t{64} * 1024;

}  // namespace

// write(data, skip, size, raw, last) returns how many bytes were taken, all of which may be
// forgotten. If these are not all of the `size` bytes without the first `skip`, `taken` is reported
// when there is room for more.
Napi::Value IoObject::Write(Info info) {
  const auto skip = static_cast<size_t>(info[1].ToNumber().Int64Value());
  const auto size = static_cast<size_t>(info[2].ToNumber().Int64Value());
  if (closed_ || connection_ == nullptr) return Napi::Number::New(info.Env(), 0);
  const uint64_t before = written_;
  const bool raw = info[3].ToBoolean();
  const bool flows = connection_->flows_out.load(std::memory_order_relaxed);
  const uint64_t usual = flows ? kFlowing : kOnTheirWay;
  const uint64_t bound = info[4].ToBoolean() ? kLastOnItsWay : usual;
  size_t left = skip;
  const auto write = [&](Span data) {
    const size_t skipped = std::min(left, data.size);
    left -= skipped;
    return WriteSome({data.data + skipped, data.size - skipped}, raw, bound);
  };
  if (info[0].IsArray()) {
    const Napi::Array array = info[0].As<Napi::Array>();
    const uint32_t length = array.Length();
    for (uint32_t i = 0; i < length && write(ToSpan(array.Get(i))); ++i) {
    }
  } else {
    const Span whole = ToSpan(info[0]);
    write({whole.data, std::min(whole.size, size)});
  }
  waiting_ = written_ - before < size - skip;
  UpdateRef();
  return Napi::Number::New(info.Env(), static_cast<double>(written_ - before));
}

// Says whether all of it was taken. What is on its way is bounded; when half of it is with the
// kernel, more may be written.
bool IoObject::WriteSome(Span data, bool raw, uint64_t bound) {
  while (data.size > 0) {
    const uint64_t on_its_way = written_ - connection_->taken.load();
    if (on_its_way >= bound) {
      connection_->AckAt(written_ - bound / 2);
      // The kernel may have taken it just now.
      if (written_ - connection_->taken.load() >= bound / 2 || !connection_->TakeBackAck()) {
        return false;
      }
      continue;
    }
    detaching_ = false;
    Command command{Command::Kind::kWrite};
    command.number = raw ? 1 : 0;
    command.connection = connection_;
    command.size = std::min(data.size, kPiece);
    if (command.size <= Port::kInlineWrite) {
      lines_->Send(line_, command, {data.data, command.size});
    } else {
      auto* copy = new uint8_t[command.size];
      StreamingCopy(copy, data.data, command.size);
      command.data = copy;
      lines_->Send(line_, command);
    }
    written_ += command.size;
    data = {data.data + command.size, data.size - command.size};
  }
  return true;
}

// drain(): true if the kernel has all that was written; else `taken` is reported when it has.
Napi::Value IoObject::Drain(Info info) {
  bool drained = closed_ || connection_ == nullptr;
  if (!drained) {
    connection_->AckAt(written_);
    // With nothing to take back, the report is on its way.
    drained = connection_->taken.load() >= written_ && connection_->TakeBackAck();
    waiting_ = !drained;
    UpdateRef();
  }
  return Napi::Boolean::New(info.Env(), drained);
}

}  // namespace ownssl

#endif
