#include "socket_object.h"

#ifndef _WIN32

#include <vector>

#include "socket_methods.h"

namespace ownssl {
namespace {

constexpr napi_type_tag kTag = {0x6f776e73736c5f66, 0x52d8c3174ba06e91};

class SocketObject : public Napi::ObjectWrap<SocketObject>, public SocketMethods {
 public:
  static Napi::Function Define(Napi::Env env) {
    using Self = SocketObject;
    return DefineClass(env, "StreamSocket",
                       WithMethods<Self>(std::vector<PropertyDescriptor>{
                           InstanceMethod("release", &Self::Release)}));
  }

  // new StreamSocket(fd) makes a duplicate of the descriptor, so that its owner can close it.
  explicit SocketObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    info.This().As<Napi::Object>().TypeTag(&kTag);
    socket_ = StreamSocket::Duplicate(info[0].ToNumber().Int32Value());
    if (!socket_) throw Napi::TypeError::New(info.Env(), "Not a stream socket");
  }

  template <Method kMethod>
  Napi::Value On(Info info) {
    SocketMethods& methods = *this;
    return (methods.*kMethod)(info);
  }

  static SocketObject* From(const Napi::Value& value) {
    if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kTag)) return nullptr;
    return Unwrap(value.As<Napi::Object>());
  }

  const std::shared_ptr<StreamSocket>& socket() const { return socket_; }

 private:
  // The descriptor is closed when the last who use it have let go.
  void Release(Info) { socket_.reset(); }
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
