#include "descriptor.h"

#if !defined(_WIN32) && __has_include(<uv.h>)

#include <uv.h>

#include <cerrno>
#include <initializer_list>
#include <utility>

#include "values.h"

namespace ownssl {
namespace {

constexpr napi_type_tag kTag = {0x6f776e73736c5f64, 0x7b0e2f6c91d4a835};

// As libuv reads: larger chunks leave the cache.
constexpr size_t kChunkSize = size_t{64} * 1024;

// Chunks of one connection before others get their turn.
constexpr int kChunksPerTurn = 8;

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

// Of a duplicate: the net.Socket keeps its own, and libuv allows a single watcher of each.
class Descriptor : public Napi::ObjectWrap<Descriptor> {
 public:
  static Napi::Function Define(Napi::Env env, Environment* environment) {
    using Self = Descriptor;
    return DefineClass(env, "Descriptor",
                       {
                           InstanceMethod("readStart", &Self::ReadStart),
                           InstanceMethod("readStop", &Self::ReadStop),
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
    Link();
    // For as long as it is open: the owner hears of it, and async hooks know whose events these
    // are.
    owner_ = Napi::Persistent(info[1].As<Napi::Object>());
    napi_async_init(env, info[1], Napi::String::New(env, "OWNSSL"), &context_);
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
    if (context_ != nullptr) napi_async_destroy(Env(), std::exchange(context_, nullptr));
    owner_.Reset();
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

  // A paused socket does not keep the process alive, as with net.Socket.
  void UpdateRef() {
    if (poll_ == nullptr) return;
    auto* handle = reinterpret_cast<uv_handle_t*>(&poll_->handle);
    if (wants_ref_ && (reading_ || writing_)) {
      uv_ref(handle);
    } else {
      uv_unref(handle);
    }
  }

  static void OnPoll(uv_poll_t* handle, int status, int events) {
    auto* self = static_cast<Descriptor*>(handle->data);
    if (self == nullptr) return;
    const Napi::HandleScope scope(self->Env());
    // An error (a reset) ends the watch; what it is, the next call to the kernel tells.
    if (status < 0) {
      self->watched_ = 0;
      events = UV_READABLE | UV_WRITABLE;
    }
    if ((events & UV_WRITABLE) != 0 && self->writing_) self->OnWritable();
    if ((events & UV_READABLE) != 0) self->OnReadable(status < 0);
  }

  void OnWritable() {
    writing_ = false;
    Watch(watched_ & ~UV_WRITABLE);
    Call(environment_->onwritable, {});
  }

  void OnReadable(bool failed) {
    socket_->Ready();
    for (int i = 1; i <= kChunksPerTurn && poll_ != nullptr; ++i) {
      if (!reading_) {
        Watch(watched_ & ~UV_READABLE);
        return;
      }
      if (!(connected_ ? Tell(i == kChunksPerTurn) : Read())) break;
    }
    // An error that nobody has met yet.
    if (failed && reading_) Watch(watched_ | UV_READABLE);
  }

  // Whether there may be more.
  bool Read() {
    const ptrdiff_t size = socket_->Receive(environment_->chunk, kChunkSize);
    if (size == -EAGAIN) return false;
    if (size <= 0) {
      reading_ = false;
      Watch(watched_ & ~UV_READABLE);
    }
    Call(environment_->onread, {Napi::Number::New(Env(), static_cast<double>(size))});
    return size == static_cast<ptrdiff_t>(kChunkSize);
  }

  bool Tell(bool last) {
    const Napi::Value more = Call(environment_->onreadable, {Napi::Boolean::New(Env(), last)});
    return more.IsBoolean() && more.As<Napi::Boolean>();
  }

  // What is thrown there is an uncaught exception, as of any callback of the event loop.
  Napi::Value Call(const Napi::FunctionReference& function,
                   std::initializer_list<napi_value> arguments) {
    napi_env env = Env();
    napi_value result = nullptr;
    const napi_status status = napi_make_callback(env, context_, owner_.Value(), function.Value(),
                                                  arguments.size(), arguments.begin(), &result);
    if (status == napi_ok) return {env, result};
    napi_value error = nullptr;
    if (status == napi_pending_exception &&
        napi_get_and_clear_last_exception(env, &error) == napi_ok) {
      napi_fatal_exception(env, error);
    }
    return {};
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
  napi_async_context context_ = nullptr;
  Napi::ObjectReference owner_;
  Descriptor* previous_ = nullptr;
  Descriptor* next_ = nullptr;
  int watched_ = 0;
  bool connected_ = false;  // A session reads.
  bool reading_ = false;
  bool writing_ = false;
  bool wants_ref_ = true;
};

// watchDescriptors(onread, onreadable, onwritable): a Buffer. onread(size) is called on the owner
// when that many bytes are in the buffer, 0 at the end of the stream, negative for an error. After
// connect() it is onreadable(last), which returns whether there may be more, to be called again
// unless it was the last in this turn. onwritable() comes once after awaitWritable().
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
