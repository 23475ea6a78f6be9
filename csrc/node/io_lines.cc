#include "io_lines.h"

#if OWNSSL_IO_THREADS

#include <algorithm>
#include <cstring>
#include <utility>

#include "from_loop.h"
#include "io_object.h"

namespace ownssl {
namespace {

// So many reports are taken in one turn of the loop, so that timers and other descriptors get
// theirs.
constexpr int kReportsPerTurn = 64;

// So many slabs are lent to each thread: as much plaintext may be on its way.
constexpr int kSlabs = 7;

}  // namespace

IoLines::IoLines(Napi::Env env, uv_loop_t* loop) : env_(env), loop_(loop) {}

Napi::Value IoLines::Open(Napi::Env env, Napi::Function onreport) {
  if (!opened_) {
    opened_ = true;
    uv_async_init(loop_, &async_, nullptr);
    uv_prepare_init(loop_, &prepare_);
    uv_check_init(loop_, &check_);
    uv_idle_init(loop_, &idle_);
    async_.data = prepare_.data = check_.data = idle_.data = this;
    const auto before = [](uv_prepare_t* handle) {
      static_cast<IoLines*>(handle->data)->BeforePoll();
    };
    const auto after = [](uv_check_t* handle) { static_cast<IoLines*>(handle->data)->Drain(); };
    uv_prepare_start(&prepare_, before);
    uv_check_start(&check_, after);
    for (uv_handle_t* handle :
         {reinterpret_cast<uv_handle_t*>(&async_), reinterpret_cast<uv_handle_t*>(&prepare_),
          reinterpret_cast<uv_handle_t*>(&check_), reinterpret_cast<uv_handle_t*>(&idle_)})
      uv_unref(handle);
    napi_add_async_cleanup_hook(env, &IoLines::End, this, &cleanup_);
  }
  onreport_ = Napi::Persistent(onreport);
  const auto chunk = Napi::Buffer<uint8_t>::New(env, Port::kInline);
  chunk_ = Napi::Persistent(chunk);
  return chunk;
}

IoLines::Line* IoLines::Choose(Napi::Env env) {
  IoThread* thread = IoThreads::Shared().Choose();
  if (thread == nullptr) return nullptr;
  for (const auto& line : lines_) {
    if (line->thread == thread) return line.get();
  }
  lines_.push_back(std::make_unique<Line>());
  Line* line = lines_.back().get();
  line->thread = thread;
  line->port = std::make_shared<Port>(this, thread);
  thread->Open(line->port);
  for (int i = 0; i < kSlabs; ++i) Lend(env, line);
  return line;
}

void IoLines::Lend(Napi::Env env, Line* line) {
  auto slab = Napi::Buffer<uint8_t>::New(env, Port::kSlabSize);
  const uint32_t name = line->next_slab++;
  line->slabs.push_back({name, Napi::Persistent(slab)});
  line->port->Lend(name, {slab.Data(), slab.Length()});
  line->dirty = true;
}

Napi::Value IoLines::Slab(Napi::Env env, Line* line, uint32_t name) {
  while (line->slabs.front().name != name) {
    line->slabs.pop_front();
    Lend(env, line);
  }
  return line->slabs.front().buffer.Value();
}

void IoLines::Send(Line* line, const Command& command, Span body) {
  line->port->Send(command, body);
  line->dirty = true;
}

Napi::Value IoLines::Stats(Napi::Env env) const {
  std::vector<double> numbers{static_cast<double>(wakes())};
  for (const auto& line : lines_) {
    for (const uint64_t number :
         {uint64_t{line->thread->load}, line->thread->wakes(),
          uint64_t{line->port->queued_commands()}, uint64_t{line->port->queued_reports()}})
      numbers.push_back(static_cast<double>(number));
  }
  Napi::Array list = Napi::Array::New(env, numbers.size());
  for (uint32_t i = 0; i < numbers.size(); ++i) list.Set(i, Napi::Number::New(env, numbers[i]));
  return list;
}

void IoLines::Hold() {
  if (holders_++ == 0) uv_ref(reinterpret_cast<uv_handle_t*>(&async_));
}

void IoLines::LetGo() {
  if (--holders_ == 0 && !ending_) uv_unref(reinterpret_cast<uv_handle_t*>(&async_));
}

void IoLines::Add(IoObject* object) { objects_.push_back(object); }

void IoLines::Remove(IoObject* object) {
  objects_.erase(std::remove(objects_.begin(), objects_.end(), object), objects_.end());
}

// --- In each turn of the loop ---

void IoLines::Drain() {
  Rise();
  FromLoop([this] { TakeReports(); });
}

void IoLines::TakeReports() {
  int left = kReportsPerTurn;
  // Each turn begins with another line, so that none is always first.
  if (!lines_.empty()) first_ = (first_ + 1) % lines_.size();
  for (size_t i = 0; i < lines_.size() && !ending_; ++i) {
    Line* line = lines_[(first_ + i) % lines_.size()].get();
    Report report{Report::Kind::kClosed};
    Span body;
    while (left > 0 && !ending_ && line->port->Next(&report, &body)) {
      --left;
      const Napi::HandleScope scope(env_);
      // The report is popped before JavaScript runs, which may do anything.
      if (body.size > 0) memcpy(chunk_.Value().Data(), body.data, body.size);
      line->port->Pop();
      static_cast<IoObject*>(report.connection->owner)->Hear(report);
    }
    if (!ending_) line->port->Drained();
  }
}

void IoLines::BeforePoll() {
  for (const auto& line : lines_) {
    if (std::exchange(line->dirty, false)) line->port->Rouse();
  }
  Doze();
  const bool sleeps = std::all_of(lines_.begin(), lines_.end(),
                                  [](const auto& line) { return line->port->MaySleep(); });
  if (sleeps) {
    uv_idle_stop(&idle_);
    return;
  }
  Rise();
  uv_idle_start(&idle_, [](uv_idle_t*) {});
}

// The environment ends. What was commanded is still done, and nothing of the environment is used
// afterwards.
void IoLines::End(napi_async_cleanup_hook_handle, void* data) {
  auto* self = static_cast<IoLines*>(data);
  self->ending_ = true;
  for (const auto& line : self->lines_) line->port->Close();
  for (IoObject* object : std::exchange(self->objects_, {})) object->Forget();
  self->lines_.clear();
  self->onreport_.Reset();
  self->chunk_.Reset();
  const auto closed = [](uv_handle_t* handle) {
    auto* lines = static_cast<IoLines*>(handle->data);
    if (++lines->closed_ < kHandles) return;
    napi_remove_async_cleanup_hook(lines->cleanup_);
    delete lines;
  };
  for (uv_handle_t* handle : {reinterpret_cast<uv_handle_t*>(&self->async_),
                              reinterpret_cast<uv_handle_t*>(&self->prepare_),
                              reinterpret_cast<uv_handle_t*>(&self->check_),
                              reinterpret_cast<uv_handle_t*>(&self->idle_)})
    uv_close(handle, closed);
}

}  // namespace ownssl

#endif
