#include "descriptor.h"

#if !defined(_WIN32) && __has_include(<uv.h>)

#include <cerrno>
#include <initializer_list>

#include "socket_methods.h"
#include "socket_object.h"
#include "turns.h"
#include "values.h"
#include "watch.h"

namespace ownssl {
namespace {

constexpr napi_type_tag kTag = {0x6f776e73736c5f64, 0x7b0e2f6c91d4a835};

// So much is read at once, as by libuv. Larger chunks would not stay in the processor's cache.
constexpr size_t kChunkSize = size_t{64} * 1024;

// Each environment (a thread of Node) has one of these: what watchDescriptors() was given, and the
// buffer that all of its descriptors are read into.
class Environment : public WatchGroup {
 public:
  using WatchGroup::WatchGroup;

  Napi::FunctionReference onread;
  Napi::FunctionReference onreadable;
  Napi::FunctionReference onwritable;
  Napi::Reference<Napi::Buffer<uint8_t>> buffer;
  uint8_t* chunk = nullptr;

 private:
  void OnEnding() override {
    onread.Reset();
    onreadable.Reset();
    onwritable.Reset();
    buffer.Reset();
  }
};

class Descriptor : public Napi::ObjectWrap<Descriptor>, public SocketMethods, private Watch::Owner {
 public:
  static Napi::Function Define(Napi::Env env, Environment* environment) {
    using Self = Descriptor;
    return DefineClass(env, "Descriptor",
                       WithMethods<Self>(std::vector<PropertyDescriptor>{
                           InstanceMethod("readStart", &Self::ReadStart),
                           InstanceMethod("readStop", &Self::ReadStop),
                           InstanceMethod("watchEnd", &Self::WatchEnd),
                           InstanceMethod("receive", &Self::Receive),
                           InstanceMethod("ready", &Self::Ready),
                           InstanceMethod("write", &Self::Write),
                           InstanceMethod("awaitWritable", &Self::AwaitWritable),
                           InstanceMethod("disconnect", &Self::Disconnect),
                           InstanceMethod("setRef", &Self::SetRef),
                           InstanceMethod("unwatch", &Self::Unwatch),
                           InstanceMethod("release", &Self::Release),
                           InstanceMethod("close", &Self::JsClose),
                       }),
                       environment);
  }

  // new Descriptor(fd, turn, owner) has a duplicate of the descriptor, so that its owner can close
  // it. In place of a number it takes a StreamSocket or a Descriptor that nobody watches any more.
  explicit Descriptor(const Napi::CallbackInfo& info)
      : ObjectWrap(info), environment_(static_cast<Environment*>(info.Data())) {
    const Napi::Env env = info.Env();
    info.This().As<Napi::Object>().TypeTag(&kTag);
    turn_ = Turn::From(info[1]);
    if (turn_ == nullptr) throw Napi::TypeError::New(env, "Expected a Turn");
    // Both live for as long as this is open.
    turn_object_ = Napi::Persistent(info[1].As<Napi::Object>());
    owner_ = Napi::Persistent(info[2].As<Napi::Object>());
    if (!environment_->ending()) {
      socket_ = info[0].IsNumber() ? StreamSocket::Duplicate(info[0].ToNumber().Int32Value())
                                   : ToAnySocket(info[0]);
    }
    if (!socket_) throw Napi::TypeError::New(env, "Not a stream socket");
    watch_ = Watch::Open(environment_, socket_->fd(), this);
    if (!watch_) throw Napi::Error::New(env, "Could not watch the socket");
    // Nothing that follows throws: it would leave the watch with an owner that is gone. In a thread
    // that is being terminated any call of Node-API may throw.
    UpdateRef();
  }

  ~Descriptor() override { Close(); }

  template <Method kMethod>
  Napi::Value On(Info info) {
    SocketMethods& methods = *this;
    return (methods.*kMethod)(info);
  }

  static Descriptor* From(const Napi::Value& value) {
    if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kTag)) return nullptr;
    return Unwrap(value.As<Napi::Object>());
  }

  std::shared_ptr<StreamSocket> Connect() {
    connected_ = true;
    return watch_ ? socket_ : nullptr;
  }

  void Close() {
    if (!watch_) return;
    StopWatching();
    socket_->Close();
  }

  const std::shared_ptr<StreamSocket>& socket() const { return socket_; }

 private:
  void ReadStart(Info) {
    reading_ = true;
    WatchFor(watched() | UV_READABLE);
  }

  // The watch ends when the next chunk comes: most stops are followed by a start before that, and
  // each change is a system call.
  void ReadStop(Info) {
    reading_ = false;
    UpdateRef();
  }

  // watchEnd(whatever): while nobody reads onread() tells the end, alone or whatever came before.
  void WatchEnd(Info info) {
    watches_end_ = true;
    ends_anyway_ = info[0].ToBoolean();
    WatchFor(watched() | UV_DISCONNECT);
  }

  // receive() reads at once, for callers that can't wait until the loop says that there is
  // something. It returns what onread() would be called with, or undefined when there is nothing.
  Napi::Value Receive(Info info) {
    if (!watch_) return info.Env().Undefined();
    socket_->Ready();
    const ptrdiff_t size = socket_->Receive(environment_->chunk, kChunkSize);
    if (size == -EAGAIN) return info.Env().Undefined();
    return Napi::Number::New(info.Env(), static_cast<double>(size));
  }

  void Ready(Info) {
    if (watch_) socket_->Ready();
  }

  // write(buffer, offset, end, last) returns how many bytes the kernel took, or the negative number
  // of an error. With `last`, shutdown() follows at once.
  Napi::Value Write(Info info) {
    const Span data = ToSpan(info[0]);
    const auto offset = static_cast<size_t>(info[1].ToNumber().Int64Value());
    const auto end = static_cast<size_t>(info[2].ToNumber().Int64Value());
    if (!watch_ || offset > end || end > data.size) {
      return Napi::Number::New(info.Env(), -EBADF);
    }
    const ptrdiff_t sent = socket_->Send(data.data + offset, end - offset, info[3].ToBoolean());
    return Napi::Number::New(info.Env(), static_cast<double>(sent == -EAGAIN ? 0 : sent));
  }

  void AwaitWritable(Info) {
    writing_ = true;
    WatchFor(watched() | UV_WRITABLE);
  }

  // Gives chunks again, because the session reads no more.
  void Disconnect(Info) { connected_ = false; }

  // Says whether the event loop waits for the descriptor.
  void SetRef(Info info) {
    wants_ref_ = info[0].ToBoolean();
    UpdateRef();
  }

  // From now on an I/O thread reads and writes the socket, until release().
  void Unwatch(Info) {
    if (watch_) StopWatching();
  }

  // The socket is closed when the last who use it have let go.
  void Release(Info) { socket_.reset(); }

  void StopWatching() {
    watch_.reset();
    owner_.Reset();
    turn_object_.Reset();
  }

  // close(callback?) calls back, in the connection's context, when libuv has let go of the
  // descriptor, which is after this turn of the event loop.
  void JsClose(Info info) {
    if (watch_ && info[0].IsFunction()) {
      onclosed_ = Napi::Persistent(info[0].As<Napi::Function>());
      closing_turn_ = std::move(turn_object_);
      turn_->Expect();
      watch_->TellClosed();
      Ref();
    }
    Close();
  }

  // --- On the event loop ---

  int watched() const { return watch_ ? watch_->events() : 0; }

  void WatchFor(int events) {
    if (watch_) watch_->Start(events);
    UpdateRef();
  }

  // A paused socket does not keep the process alive, as with net.Socket; what is still to be
  // written does, whatever the application said.
  void UpdateRef() {
    if (watch_) watch_->SetRef(writing_ || (wants_ref_ && reading_));
  }

  void OnEnding() override { Close(); }

  void OnClosed() override {
    const Napi::HandleScope scope(Env());
    [[maybe_unused]] const Napi::Object held = closing_turn_.Value();
    const Napi::FunctionReference function = std::move(onclosed_);
    closing_turn_.Reset();
    turn_->CallLast(function);
    Unref();
  }

  void OnPoll(int status, int events) override {
    const Napi::HandleScope scope(Env());
    // JavaScript may forget this object in the callbacks; it has to live until they have returned.
    [[maybe_unused]] const Napi::Object held = Value();
    // An error, such as a reset, ends the watch. The next call to the kernel tells what it is.
    if (status < 0) events = UV_READABLE | UV_WRITABLE;
    if (TellEnd(status, events)) return;
    // What was received is told before it is found that nothing can be sent any more.
    if ((events & UV_READABLE) != 0) OnReadable(status < 0);
    if ((events & UV_WRITABLE) != 0 && writing_ && watch_) OnWritable();
  }

  // False if there is something to read before it, or somebody reads, who will meet it.
  bool TellEnd(int status, int events) {
    if (!watches_end_ || (status >= 0 && (events & UV_DISCONNECT) == 0)) return false;
    watches_end_ = false;
    WatchFor(watched() & ~UV_DISCONNECT);
    const ptrdiff_t end = socket_->PeekEnd(status < 0, ends_anyway_);
    if (reading_ || end == -EAGAIN) return false;
    [[maybe_unused]] const Napi::Object held = turn_object_.Value();
    turn_->GoOn(Call(environment_->onread, {Napi::Number::New(Env(), static_cast<double>(end))}));
    return true;
  }

  void OnReadable(bool failed) {
    socket_->Ready();
    if (!reading_) {
      WatchFor(watched() & ~UV_READABLE);
      return;
    }
    [[maybe_unused]] const Napi::Object held = turn_object_.Value();
    Turn* turn = turn_;
    turn->GoOn(connected_ ? Call(environment_->onreadable, {}) : Read());
    // If nobody has met the error in this call, the next one tells it.
    if (failed && reading_) WatchFor(watched() | UV_READABLE);
  }

  Napi::Value Read() {
    const ptrdiff_t size = socket_->Receive(environment_->chunk, kChunkSize);
    if (size == -EAGAIN) return {};
    if (size <= 0) {
      reading_ = false;
      WatchFor(watched() & ~UV_READABLE);
    }
    return Call(environment_->onread, {Napi::Number::New(Env(), static_cast<double>(size))});
  }

  void OnWritable() {
    writing_ = false;
    WatchFor(watched() & ~UV_WRITABLE);
    Call(environment_->onwritable, {});
  }

  Napi::Value Call(const Napi::FunctionReference& function,
                   std::initializer_list<napi_value> arguments) {
    return turn_->Call(owner_.Value(), function, arguments);
  }

  Environment* const environment_;
  Watch::Pointer watch_;  // Null once it is closed.
  Turn* turn_ = nullptr;
  Napi::ObjectReference turn_object_;
  // Both are there between close(callback) and that callback.
  Napi::ObjectReference closing_turn_;
  Napi::FunctionReference onclosed_;
  Napi::ObjectReference owner_;
  bool connected_ = false;  // A session reads from the socket itself.
  bool reading_ = false;
  bool watches_end_ = false;
  bool ends_anyway_ = false;
  bool writing_ = false;
  bool wants_ref_ = true;
};

// watchDescriptors(onread, onreadable, onwritable) returns a Buffer. The functions are called on
// the owner: onread(size) when that many bytes are in the buffer, with 0 at the end of the stream
// and a negative number for an error; after connect(), onreadable() instead. Both return a Next.
// onwritable() is called once after awaitWritable().
Napi::Value WatchDescriptors(const Napi::CallbackInfo& info) {
  auto* environment = static_cast<Environment*>(info.Data());
  environment->onread = Napi::Persistent(info[0].As<Napi::Function>());
  environment->onreadable = Napi::Persistent(info[1].As<Napi::Function>());
  environment->onwritable = Napi::Persistent(info[2].As<Napi::Function>());
  const auto buffer = Napi::Buffer<uint8_t>::New(info.Env(), kChunkSize);
  environment->buffer = Napi::Persistent(buffer);
  environment->chunk = buffer.Data();
  return buffer;
}

}  // namespace

std::shared_ptr<StreamSocket> ConnectDescriptor(const Napi::Value& value) {
  Descriptor* descriptor = Descriptor::From(value);
  return descriptor == nullptr ? nullptr : descriptor->Connect();
}

std::shared_ptr<StreamSocket> ToAnySocket(const Napi::Value& value) {
  const Descriptor* descriptor = Descriptor::From(value);
  return descriptor == nullptr ? ToStreamSocket(value) : descriptor->socket();
}

void ExportDescriptor(Napi::Env env, Napi::Object exports) {
  uv_loop_t* loop = nullptr;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return;
  auto* environment = new Environment(env, loop);  // Deletes itself when the thread ends.
  exports.Set("Descriptor", Descriptor::Define(env, environment));
  exports.Set("watchDescriptors",
              Napi::Function::New(env, &WatchDescriptors, "watchDescriptors", environment));
}

}  // namespace ownssl

#else

namespace ownssl {

void ExportDescriptor(Napi::Env, Napi::Object) {}
std::shared_ptr<StreamSocket> ConnectDescriptor(const Napi::Value&) { return nullptr; }
std::shared_ptr<StreamSocket> ToAnySocket(const Napi::Value&) { return nullptr; }

}  // namespace ownssl

#endif
