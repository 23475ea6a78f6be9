// What JavaScript does with a stream socket of the kernel that was Node's, whichever object has it:
// its names, its options and its end. Others read and write it.
#pragma once

#ifndef _WIN32

#include <napi.h>

#include <cerrno>
#include <memory>
#include <utility>
#include <vector>

#include "../io/stream_socket.h"

namespace ownssl {

class SocketMethods {
 protected:
  using Info = const Napi::CallbackInfo&;

  using Method = Napi::Value (SocketMethods::*)(Info);

  // The methods of a class that has these among others. It calls them by an On<>() of its own:
  //
  //   template <Method kMethod>
  //   Napi::Value On(Info info);
  //
  // Through a pointer to a member of a base, GCC's UndefinedBehaviorSanitizer would take this part
  // of the object for the whole.
  template <typename Self>
  static std::vector<Napi::ClassPropertyDescriptor<Self>> WithMethods(
      std::vector<Napi::ClassPropertyDescriptor<Self>> others) {
    using Own = Napi::Value (Self::*)(Info);
    const std::pair<const char*, Own> methods[] = {
        {"getNumber", &Self::template On<&SocketMethods::GetNumber>},
        {"getName", &Self::template On<&SocketMethods::GetName>},
        {"setNoDelay", &Self::template On<&SocketMethods::SetNoDelay>},
        {"setKeepAlive", &Self::template On<&SocketMethods::SetKeepAlive>},
        {"setTypeOfService", &Self::template On<&SocketMethods::SetTypeOfService>},
        {"getTypeOfService", &Self::template On<&SocketMethods::GetTypeOfService>},
        {"shutdown", &Self::template On<&SocketMethods::Shutdown>},
        {"resetOnClose", &Self::template On<&SocketMethods::ResetOnClose>},
    };
    for (const auto& [name, method] : methods)
      others.push_back(Napi::InstanceWrap<Self>::InstanceMethod(name, method));
    return others;
  }

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

  std::shared_ptr<StreamSocket> socket_;

 private:
  static int ToInt(const Napi::Value& value) { return value.ToNumber().Int32Value(); }

  template <typename Call>
  Napi::Value Do(Info info, Call call) {
    const int result = socket_ == nullptr || socket_->fd() < 0 ? -EBADF : call(*socket_);
    return Napi::Number::New(info.Env(), result);
  }
};

}  // namespace ownssl

#endif
