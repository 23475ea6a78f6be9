#include "descriptor.h"

#if !defined(_WIN32) && __has_include(<uv.h>)

#include <uv.h>

#include <cerrno>
#include <initializer_list>
#include <utility>

#include "turns.h"
#include "values.h"

namespace ownssl {
namespace {

constexpr napi_type_tag kTag = {0x6f776e73736c5f64, 0x7b0e2f6c91d4a835};

// As libuv reads: larger chunks leave the cache.
constexpr size_t kChunkSize = size_t{64} * 1024;

class Descriptor;

// What an environment (a thread of Node) has once.
struct Environment {
  Napi::FunctionReference onread;
  Napi::FunctionReference onreadable;
  Napi::FunctionReference onwritable;
  Napi::Reference<Napi::Buffer<uint8_t>> buffer;
  uint8_t* chunk = nullptr;
  uv_loop_t* loop = nullptr;

  // Handles whose close callback is still to come, and those that are open.
  size_t handles = 0;
  Descriptor* open = nullptr;
  napi_async_cleanup_hook_handle cleanup = nullptr;
  bool ending = false;

  // After the last close callback.
  void End() {
    napi_remove_async_cleanup_hook(cleanup);
    delete this;
  }
};

// Watches a duplicate of the descriptor, because libuv allows a single watcher of each and the
// net.Socket keeps its own.
class Descriptor : public Napi::ObjectWrap<Descriptor> {
 public:
  static Napi::Function Define(Napi::Env env, Environment* environment) {
    using Self = Descriptor;
    return DefineClass(env, "Descriptor",
                       {
                           InstanceMethod("readStart", &Self::ReadStart),
                           InstanceMethod("readStop", &Self::ReadStop),
                           InstanceMethod("receive", &Self::Receive),
                           InstanceMethod("ready", &Self::Ready),
                           InstanceMethod("write", &Self::Write),
                           InstanceMethod("awaitWritable", &Self::AwaitWritable),
                           InstanceMethod("disconnect", &Self::Disconnect),
                           InstanceMethod("setRef", &Self::SetRef),
                           InstanceMethod("close", &Self::JsClose),
                       },
                       environment);
  }

  explicit Descriptor(const Napi::CallbackInfo& info)
      : ObjectWrap(info), environment_(static_cast<Environment*>(info.Data())) {
    const Napi::Env env = info.Env();
    info.This().As<Napi::Object>().TypeTag(&kTag);
    turn_ = Turn::From(info[1]);
    if (turn_ == nullptr) throw Napi::TypeError::New(env, "Expected a Turn");
    // For as long as it is open, both are kept alive by it.
    turn_object_ = Napi::Persistent(info[1].As<Napi::Object>());
    owner_ = Napi::Persistent(info[2].As<Napi::Object>());
    if (!environment_->ending) socket_ = StreamSocket::Duplicate(info[0].ToNumber().Int32Value());
    if (!socket_) throw Napi::TypeError::New(env, "Not a stream socket");
    poll_ = new Poll{};
    poll_->environment = environment_;
    if (uv_poll_init(environment_->loop, &poll_->handle, socket_->fd()) != 0) {
      delete std::exchange(poll_, nullptr);
      throw Napi::Error::New(env, "Could not watch the socket");
    }
    poll_->handle.data = this;
    ++environment_->handles;
    Link();  // Nothing that follows throws: a thread that is being terminated may, at any call.
    UpdateRef();
  }

  ~Descriptor() override { Close(); }

  static Descriptor* From(const Napi::Value& value) {
    if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kTag)) return nullptr;
    return Unwrap(value.As<Napi::Object>());
  }

  std::shared_ptr<StreamSocket> Connect() {
    connected_ = true;
    return poll_ == nullptr ? nullptr : socket_;
  }

  // Frees everything but the handle's memory, which is libuv's until its callback.
  void Close() {
    Poll* poll = std::exchange(poll_, nullptr);
    if (poll == nullptr) return;
    Unlink();
    poll->handle.data = nullptr;
    // Which stops it, while the descriptor is still what it was.
    uv_close(reinterpret_cast<uv_handle_t*>(&poll->handle), [](uv_handle_t* handle) {
      auto* closed = reinterpret_cast<Poll*>(handle);
      Environment* environment = closed->environment;
      delete closed;
      if (--environment->handles == 0 && environment->ending) environment->End();
    });
    socket_->Close();
    owner_.Reset();
    turn_object_.Reset();
  }

 private:
  using Info = const Napi::CallbackInfo&;
  struct Poll {
    uv_poll_t handle;  // First: libuv hands its address back.
    Environment* environment;
  };

  void ReadStart(Info) {
    reading_ = true;
    Watch(watched_ | UV_READABLE);
  }

  // The watch ends when the next chunk comes: most stops are followed by a start before that, and
  // each change is a system call.
  void ReadStop(Info) {
    reading_ = false;
    UpdateRef();
  }

  // receive(): as onread() tells it; undefined when there is nothing. For who can't wait until the
  // loop says that there is something.
  Napi::Value Receive(Info info) {
    if (poll_ == nullptr) return info.Env().Undefined();
    socket_->Ready();
    const ptrdiff_t size = socket_->Receive(environment_->chunk, kChunkSize);
    if (size == -EAGAIN) return info.Env().Undefined();
    return Napi::Number::New(info.Env(), static_cast<double>(size));
  }

  void Ready(Info) { socket_->Ready(); }

  // write(buffer, offset, size): how many bytes the kernel took, or the negative number of an
  // error.
  Napi::Value Write(Info info) {
    const Span data = ToSpan(info[0]);
    const auto offset = static_cast<size_t>(info[1].ToNumber().Int64Value());
    const auto end = static_cast<size_t>(info[2].ToNumber().Int64Value());
    if (poll_ == nullptr || offset > end || end > data.size) {
      return Napi::Number::New(info.Env(), -EBADF);
    }
    const ptrdiff_t sent = socket_->Send(data.data + offset, end - offset);
    return Napi::Number::New(info.Env(), static_cast<double>(sent == -EAGAIN ? 0 : sent));
  }

  void AwaitWritable(Info) {
    writing_ = true;
    Watch(watched_ | UV_WRITABLE);
  }

  // Chunks come again: the session wants no more.
  void Disconnect(Info) { connected_ = false; }

  // Whether the event loop waits for it.
  void SetRef(Info info) {
    wants_ref_ = info[0].ToBoolean();
    UpdateRef();
  }

  void JsClose(Info) { Close(); }

  // --- On the event loop ---

  void Watch(int events) {
    if (poll_ != nullptr && events != watched_) {
      watched_ = events;
      uv_poll_start(&poll_->handle, events, &Descriptor::OnPoll);
    }
    UpdateRef();
  }

  // A paused socket does not keep the process alive, as with net.Socket; what is still to be
  // written does, whatever the application said.
  void UpdateRef() {
    if (poll_ == nullptr) return;
    auto* handle = reinterpret_cast<uv_handle_t*>(&poll_->handle);
    if (writing_ || (wants_ref_ && reading_)) {
      uv_ref(handle);
    } else {
      uv_unref(handle);
    }
  }

  static void OnPoll(uv_poll_t* handle, int status, int events) {
    auto* self = static_cast<Descriptor*>(handle->data);
    if (self == nullptr) return;
    const Napi::HandleScope scope(self->Env());
    [[maybe_unused]] const Napi::Object held = self->Value();
    // An error (a reset) ends the watch; what it is, the next call to the kernel tells.
    if (status < 0) {
      self->watched_ = 0;
      events = UV_READABLE | UV_WRITABLE;
    }
    // What was received is told before it is found that nothing can be sent any more.
    if ((events & UV_READABLE) != 0) self->OnReadable(status < 0);
    if ((events & UV_WRITABLE) != 0 && self->writing_ && self->poll_ != nullptr) self->OnWritable();
  }

  void OnReadable(bool failed) {
    socket_->Ready();
    if (!reading_) {
      Watch(watched_ & ~UV_READABLE);
      return;
    }
    [[maybe_unused]] const Napi::Object held = turn_object_.Value();
    Turn* turn = turn_;
    turn->GoOn(connected_ ? Call(environment_->onreadable, {}) : Read());
    // An error that nobody has met yet.
    if (failed && reading_) Watch(watched_ | UV_READABLE);
  }

  Napi::Value Read() {
    const ptrdiff_t size = socket_->Receive(environment_->chunk, kChunkSize);
    if (size == -EAGAIN) return {};
    if (size <= 0) {
      reading_ = false;
      Watch(watched_ & ~UV_READABLE);
    }
    return Call(environment_->onread, {Napi::Number::New(Env(), static_cast<double>(size))});
  }

  void OnWritable() {
    writing_ = false;
    Watch(watched_ & ~UV_WRITABLE);
    Call(environment_->onwritable, {});
  }

  Napi::Value Call(const Napi::FunctionReference& function,
                   std::initializer_list<napi_value> arguments) {
    return turn_->Call(owner_.Value(), function, arguments);
  }

  void Link() {
    next_ = environment_->open;
    if (next_ != nullptr) next_->previous_ = this;
    environment_->open = this;
  }

  void Unlink() {
    (previous_ != nullptr ? previous_->next_ : environment_->open) = next_;
    if (next_ != nullptr) next_->previous_ = previous_;
  }

  Environment* const environment_;
  std::shared_ptr<StreamSocket> socket_;
  Poll* poll_ = nullptr;
  Turn* turn_ = nullptr;
  Napi::ObjectReference turn_object_;
  Napi::ObjectReference owner_;
  Descriptor* previous_ = nullptr;
  Descriptor* next_ = nullptr;
  int watched_ = 0;
  bool connected_ = false;  // A session reads.
  bool reading_ = false;
  bool writing_ = false;
  bool wants_ref_ = true;
};

// watchDescriptors(onread, onreadable, onwritable): a Buffer. They are called on the owner.
// onread(size) when that many bytes are in the buffer, 0 at the end of the stream, negative for an
// error; after connect() it is onreadable(). Both return a Next. onwritable() comes once after
// awaitWritable().
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

// The thread ends: libuv wants every handle closed, and its callback called, before the loop goes.
void EndEnvironment(napi_async_cleanup_hook_handle, void* data) {
  auto* environment = static_cast<Environment*>(data);
  environment->ending = true;
  environment->onread.Reset();
  environment->onreadable.Reset();
  environment->onwritable.Reset();
  environment->buffer.Reset();
  while (environment->open != nullptr) environment->open->Close();
  if (environment->handles == 0) environment->End();
}

}  // namespace

std::shared_ptr<StreamSocket> ConnectDescriptor(const Napi::Value& value) {
  Descriptor* descriptor = Descriptor::From(value);
  return descriptor == nullptr ? nullptr : descriptor->Connect();
}

void ExportDescriptor(Napi::Env env, Napi::Object exports) {
  uv_loop_t* loop = nullptr;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return;
  auto* environment = new Environment;
  environment->loop = loop;
  napi_add_async_cleanup_hook(env, &EndEnvironment, environment, &environment->cleanup);
  exports.Set("Descriptor", Descriptor::Define(env, environment));
  exports.Set("watchDescriptors",
              Napi::Function::New(env, &WatchDescriptors, "watchDescriptors", environment));
}

}  // namespace ownssl

#else

namespace ownssl {

void ExportDescriptor(Napi::Env, Napi::Object) {}
std::shared_ptr<StreamSocket> ConnectDescriptor(const Napi::Value&) { return nullptr; }

}  // namespace ownssl

#endif
