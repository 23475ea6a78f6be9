// A connection in an I/O thread, as JavaScript has it (lib/stream/io-path.ts).
#pragma once

#include <napi.h>

#include "io_lines.h"

namespace ownssl {

// Exports `IoConnection` and `openIo`; nothing where there are no I/O threads.
void ExportIo(Napi::Env env, Napi::Object exports);

}  // namespace ownssl

#if OWNSSL_IO_THREADS

#include <memory>

#include "../io_threads/connection.h"
#include "turns.h"

namespace ownssl {

class IoObject : public Napi::ObjectWrap<IoObject> {
 public:
  static Napi::Function Define(Napi::Env env, IoLines* lines);

  // JavaScript calls this as new IoConnection(session, socket, turn, owner, goesOn).
  explicit IoObject(const Napi::CallbackInfo& info);
  ~IoObject() override;

  // Tells the owner, in a turn of the loop.
  void Hear(const Report& report);
  // Ends the connection, because its environment ends.
  void Forget();

 private:
  using Info = const Napi::CallbackInfo&;

  void Start(Info info);
  void ReadStart(Info info);
  void ReadStop(Info info);
  void Keep(Info info);
  void Use(Info info);
  Napi::Value Write(Info info);
  Napi::Value Drain(Info info);
  void End(Info info);
  void Proceed(Info info);
  void Accept(Info info);
  void SetRef(Info info);
  void Detach(Info info);
  void Stay(Info info);
  void Take(Info info);
  void JsClose(Info info);
  Napi::Value GetReceived(Info info);
  Napi::Value GetSent(Info info);
  Napi::Value GetQueued(Info info);

  void Send(Command::Kind kind, bool flag = false);
  void Close(bool keep_socket);
  bool WriteSome(Span data, bool raw, uint64_t bound);
  void Used(size_t size);
  void NoticeKept(size_t size);
  void UpdateRef();
  void Call(std::initializer_list<napi_value> arguments);

  IoLines* const lines_;
  IoLines::Line* line_ = nullptr;
  IoConnection* connection_ = nullptr;
  Turn* turn_ = nullptr;
  Napi::ObjectReference turn_object_;
  Napi::ObjectReference owner_;
  Napi::FunctionReference onclosed_;
  uint64_t written_ = 0;
  size_t kept_ = 0;            // The part of the chunk that the owner is just told of.
  uint64_t used_at_once_ = 0;  // Bytes since something was kept.
  bool asked_to_read_ = false;
  bool reading_ = false;
  bool waiting_ = false;  // Whether it waits for kTaken or kEnded.
  bool ended_ = false;
  bool left_ = false;  // Nothing comes by itself while a question waits.
  bool wants_ref_ = true;
  bool holds_ = false;
  bool closed_ = false;
  bool detaching_ = false;  // Nothing was commanded since kDetach.
};

}  // namespace ownssl

#endif
