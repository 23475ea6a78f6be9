#include "socket_object.h"

#ifndef _WIN32

#include <cerrno>

namespace ownssl {
namespace {

constexpr napi_type_tag kTag = {0x6f776e73736c5f66, 0x52d8c3174ba06e91};

class SocketObject : public Napi::ObjectWrap<SocketObject> {
 public:
  static Napi::Function Define(Napi::Env env) {
    using Self = SocketObject;
    return DefineClass(env, "StreamSocket",
                       {
                           InstanceMethod("getNumber", &Self::GetNumber),
                           InstanceMethod("getName", &Self::GetName),
                           InstanceMethod("setNoDelay", &Self::SetNoDelay),
                           InstanceMethod("setKeepAlive", &Self::SetKeepAlive),
                           InstanceMethod("setTypeOfService", &Self::SetTypeOfService),
                           InstanceMethod("getTypeOfService", &Self::GetTypeOfService),
                           InstanceMethod("shutdown", &Self::Shutdown),
                           InstanceMethod("resetOnClose", &Self::ResetOnClose),
                           InstanceMethod("release", &Self::Release),
                       });
  }

  // new StreamSocket(fd) makes a duplicate of the descriptor, so that its owner can close it.
  explicit SocketObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    info.This().As<Napi::Object>().TypeTag(&kTag);
    socket_ = StreamSocket::Duplicate(info[0].ToNumber().Int32Value());
    if (!socket_) throw Napi::TypeError::New(info.Env(), "Not a stream socket");
  }

  static SocketObject* From(const Napi::Value& value) {
    if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kTag)) return nullptr;
    return Unwrap(value.As<Napi::Object>());
  }

  const std::shared_ptr<StreamSocket>& socket() const { return socket_; }

 private:
  using Info = const Napi::CallbackInfo&;

  // Returns the number of the descriptor; -1 if it is closed.
  Napi::Value GetNumber(Info info) {
    return Napi::Number::New(info.Env(), socket_ == nullptr ? -1 : socket_->fd());
  }

  // getName(ofPeer, out) returns 0, and `out` has address, family and port; or it returns an
  // error's number.
  Napi::Value GetName(Info info) {
    StreamSocket::Name name;
    const bool of_peer = info[0].ToBoolean();
    const Napi::Value result = Do(info, [of_peer, &name](StreamSocket& socket) {
      return of_peer ? socket.PeerName(&name) : socket.LocalName(&name);
    });
    if (name.address.empty()) return result;
    auto out = info[1].As<Napi::Object>();
    out.Set("address", name.address);
    out.Set("family", name.is_ipv6 ? "IPv6" : "IPv4");
    out.Set("port", name.port);
    return result;
  }

  // All of these return 0, or an error's number.

  Napi::Value SetNoDelay(Info info) {
    return Do(info,
              [&info](StreamSocket& socket) { return socket.SetNoDelay(info[0].ToBoolean()); });
  }

  Napi::Value SetKeepAlive(Info info) {
    return Do(info, [&info](StreamSocket& socket) {
      return socket.SetKeepAlive(info[0].ToBoolean(), ToInt(info[1]), ToInt(info[2]),
                                 ToInt(info[3]));
    });
  }

  Napi::Value SetTypeOfService(Info info) {
    return Do(info,
              [&info](StreamSocket& socket) { return socket.SetTypeOfService(ToInt(info[0])); });
  }

  Napi::Value GetTypeOfService(Info info) {
    return Do(info, [](StreamSocket& socket) { return socket.TypeOfService(); });
  }

  Napi::Value Shutdown(Info info) {
    return Do(info, [](StreamSocket& socket) { return socket.Shutdown(); });
  }

  Napi::Value ResetOnClose(Info info) {
    return Do(info, [](StreamSocket& socket) { return socket.ResetOnClose(); });
  }

  // The descriptor is closed when the last who use it have let go.
  void Release(Info) { socket_.reset(); }

  static int ToInt(const Napi::Value& value) { return value.ToNumber().Int32Value(); }

  template <typename Call>
  Napi::Value Do(Info info, Call call) {
    const int result = socket_ == nullptr || socket_->fd() < 0 ? -EBADF : call(*socket_);
    return Napi::Number::New(info.Env(), result);
  }

  std::shared_ptr<StreamSocket> socket_;
};

}  // namespace

std::shared_ptr<StreamSocket> ToStreamSocket(const Napi::Value& value) {
  SocketObject* object = SocketObject::From(value);
  return object == nullptr ? nullptr : object->socket();
}

void ExportSocket(Napi::Env env, Napi::Object exports) {
  exports.Set("StreamSocket", SocketObject::Define(env));
}

}  // namespace ownssl

#else

namespace ownssl {

void ExportSocket(Napi::Env, Napi::Object) {}
std::shared_ptr<StreamSocket> ToStreamSocket(const Napi::Value&) { return nullptr; }

}  // namespace ownssl

#endif
