#include "io_object.h"

#if OWNSSL_IO_THREADS

#include <utility>

#include "descriptor.h"
#include "session_object.h"
#include "values.h"

namespace ownssl {
namespace {

// Who has used so many bytes at once, one report after the other, will go on so.
constexpr uint64_t kReadsFast = uint64_t{1024} * 1024;

}  // namespace

Napi::Function IoObject::Define(Napi::Env env, IoLines* lines) {
  using Self = IoObject;
  return DefineClass(env, "IoConnection",
                     {
                         InstanceMethod("start", &Self::Start),
                         InstanceMethod("readStart", &Self::ReadStart),
                         InstanceMethod("readStop", &Self::ReadStop),
                         InstanceMethod("keep", &Self::Keep),
                         InstanceMethod("use", &Self::Use),
                         InstanceMethod("write", &Self::Write),
                         InstanceMethod("drain", &Self::Drain),
                         InstanceMethod("end", &Self::End),
                         InstanceMethod("proceed", &Self::Proceed),
                         InstanceMethod("accept", &Self::Accept),
                         InstanceMethod("setRef", &Self::SetRef),
                         InstanceMethod("detach", &Self::Detach),
                         InstanceMethod("stay", &Self::Stay),
                         InstanceMethod("take", &Self::Take),
                         InstanceMethod("close", &Self::JsClose),
                         InstanceMethod("getReceived", &Self::GetReceived),
                         InstanceMethod("getSent", &Self::GetSent),
                         InstanceMethod("getQueued", &Self::GetQueued),
                     },
                     lines);
}

IoObject::IoObject(Info info) : ObjectWrap(info), lines_(static_cast<IoLines*>(info.Data())) {
  const Napi::Env env = info.Env();
  const std::shared_ptr<OffloadedSession> steps = SessionObject::StepsOf(info[0]);
  if (!steps || Turn::From(info[2]) == nullptr || !info[3].IsObject()) {
    throw Napi::TypeError::New(env, "Expected a Session, a StreamSocket, a Turn and an owner");
  }
  std::shared_ptr<StreamSocket> socket;
  if (lines_->open()) socket = ToAnySocket(info[1]);
  if (!socket) throw Napi::TypeError::New(env, "Not a stream socket");
  line_ = lines_->Choose(env);
  if (line_ == nullptr) throw Napi::Error::New(env, "There is no I/O thread");
  // It may be answered before the handshake is over, which threads know nothing of.
  if (steps->Use()->has_early_data()) throw Napi::Error::New(env, "There may be early data");
  // Not every module for tokens is fit for several threads.
  if (steps->Use()->has_token()) throw Napi::Error::New(env, "The key is in a token");
  steps->Share();
  connection_ = new IoConnection(steps, std::move(socket), this, info[4].ToBoolean());
  turn_ = Turn::From(info[2]);
  turn_object_ = Napi::Persistent(info[2].As<Napi::Object>());
  owner_ = Napi::Persistent(info[3].As<Napi::Object>());
  lines_->Add(this);
  Ref();  // The thread owns it until kClosed.
  Send(Command::Kind::kAttach);
}

IoObject::~IoObject() {
  // The object stays alive until kClosed, or until the environment has ended.
  if (connection_ != nullptr && lines_->open()) lines_->Remove(this);
}

void IoObject::Send(Command::Kind kind, bool flag) {
  if (closed_ || connection_ == nullptr) return;
  detaching_ = kind == Command::Kind::kDetach;
  Command command{kind};
  command.number = flag ? 1 : 0;
  command.connection = connection_;
  lines_->Send(line_, command);
}

void IoObject::Start(Info) {
  Send(Command::Kind::kStart);
  reading_ = true;
  UpdateRef();
}

void IoObject::ReadStart(Info) {
  if (!std::exchange(asked_to_read_, true)) Send(Command::Kind::kRead);
  reading_ = true;
  UpdateRef();
}

// The thread goes on until the connection's credit is used up.
void IoObject::ReadStop(Info) {
  reading_ = false;
  UpdateRef();
}

// keep(size) says that so much of what was just told is not used yet; use() will be called for it.
void IoObject::Keep(Info info) { kept_ += static_cast<size_t>(info[0].ToNumber().Int64Value()); }

void IoObject::Use(Info info) { Used(static_cast<size_t>(info[0].ToNumber().Int64Value())); }

void IoObject::Used(size_t size) {
  if (closed_ || connection_ == nullptr) return;
  if (connection_->Use(size)) Send(Command::Kind::kRead);
}

// Who reads slowly keeps something every now and then, and gets no more than usual.
void IoObject::NoticeKept(size_t size) {
  if (connection_ == nullptr) return;
  used_at_once_ = kept_ == 0 ? used_at_once_ + size : 0;
  connection_->SetUsesAtOnce(used_at_once_ >= kReadsFast);
}

void IoObject::End(Info info) {
  Send(Command::Kind::kEnd, info[0].ToBoolean());
  waiting_ = true;
  UpdateRef();
}

void IoObject::Accept(Info) { Send(Command::Kind::kAccept); }

void IoObject::Proceed(Info info) {
  Send(Command::Kind::kProceed, info[0].ToBoolean());
  left_ = false;
  UpdateRef();
}

void IoObject::SetRef(Info info) {
  wants_ref_ = info[0].ToBoolean();
  UpdateRef();
}

// A paused connection does not keep the process alive, as with net.Socket; what is still to be
// written does, whatever the application said.
void IoObject::UpdateRef() {
  const bool open = !closed_ && (waiting_ || (wants_ref_ && reading_ && !ended_ && !left_));
  // As a handle of libuv's is until it has called back.
  const bool closing = closed_ && !onclosed_.IsEmpty();
  const bool holds = connection_ != nullptr && (open || closing);
  if (holds == std::exchange(holds_, holds)) return;
  if (holds) {
    lines_->Hold();
  } else {
    lines_->LetGo();
  }
}

// detach(): unless the connection is used meanwhile, kDetached is reported. take(), in that report,
// takes the session and the socket back, which the thread has let go of; stay() leaves them to it.
void IoObject::Detach(Info) { Send(Command::Kind::kDetach); }

void IoObject::Stay(Info) { Send(Command::Kind::kStay); }

void IoObject::Take(Info info) {
  if (closed_ || connection_ == nullptr) return;
  SessionObject::StepsOf(info[0])->Unshare();
  Close(true);
}

// close(callback): it is called when the thread has closed the descriptor.
void IoObject::JsClose(Info info) {
  if (closed_ || connection_ == nullptr) return;
  if (info[0].IsFunction()) {
    onclosed_ = Napi::Persistent(info[0].As<Napi::Function>());
    turn_->Expect();
  }
  Close(false);
}

void IoObject::Close(bool keep_socket) {
  Send(Command::Kind::kClose, keep_socket);
  closed_ = true;
  UpdateRef();
  IoThreads::Shared().Release(line_->thread);
  owner_.Reset();
}

void IoObject::Forget() {
  connection_ = nullptr;
  onclosed_.Reset();
  if (!closed_) IoThreads::Shared().Release(line_->thread);
  owner_.Reset();
  turn_object_.Reset();
}

Napi::Value IoObject::GetReceived(Info info) {
  const uint64_t bytes = connection_ == nullptr ? 0 : connection_->received.load();
  return Napi::Number::New(info.Env(), static_cast<double>(bytes));
}

Napi::Value IoObject::GetSent(Info info) {
  const uint64_t bytes = connection_ == nullptr ? 0 : connection_->sent.load();
  return Napi::Number::New(info.Env(), static_cast<double>(bytes));
}

// Counts the plaintext that is not with the kernel yet.
Napi::Value IoObject::GetQueued(Info info) {
  const uint64_t bytes = connection_ == nullptr ? 0 : written_ - connection_->taken.load();
  return Napi::Number::New(info.Env(), static_cast<double>(bytes));
}

// --- Reports ---

void IoObject::Hear(const Report& report) {
  const std::unique_ptr<std::vector<Event>> events(report.events);
  const Napi::Env env = Env();
  if (report.kind == Report::Kind::kClosed) {
    delete std::exchange(connection_, nullptr);
    UpdateRef();
    lines_->Remove(this);
    [[maybe_unused]] const Napi::Object held = turn_object_.Value();
    const Napi::FunctionReference function = std::move(onclosed_);
    turn_object_.Reset();
    if (!function.IsEmpty()) turn_->CallLast(function);
    Unref();
    return;
  }
  // This is done for a connection that was closed meanwhile, too: its slab may be the last.
  const Napi::Value slab = report.slab == 0 ? Napi::Value() : lines_->Slab(env, line_, report.slab);
  if (closed_) return;
  const auto number = [env](double value) { return Napi::Number::New(env, value); };
  const Napi::Number kind = number(static_cast<double>(report.kind));
  switch (report.kind) {
    case Report::Kind::kPlaintext: {
      const Napi::Value buffer = report.slab == 0 ? lines_->chunk().Value() : slab;
      kept_ = 0;
      Call({kind, number(static_cast<double>(report.size)), buffer, number(report.offset)});
      NoticeKept(report.size);
      Used(report.size - kept_);
      break;
    }
    case Report::Kind::kEvents:
      Call({kind, number(0), ToEvents(env, *events)});
      break;
    case Report::Kind::kCloseNotify:
    case Report::Kind::kInputEnded:
      // Nobody waits for anything that is still to come.
      ended_ = true;
      UpdateRef();
      Call({kind, number(report.number)});
      break;
    case Report::Kind::kPeerLeft:
      left_ = true;
      UpdateRef();
      Call({kind, number(report.number)});
      break;
    case Report::Kind::kDetached:
      if (std::exchange(detaching_, false) && report.number == 0) Call({kind, number(0)});
      break;
    case Report::Kind::kTaken:
    case Report::Kind::kEnded:
      waiting_ = false;
      UpdateRef();
      Call({kind, number(0)});
      break;
    default:
      Call({kind, number(report.number)});
  }
}

void IoObject::Call(std::initializer_list<napi_value> arguments) {
  [[maybe_unused]] const Napi::Object held = turn_object_.Value();
  Turn* turn = turn_;
  turn->GoOn(turn->Call(owner_.Value(), lines_->onreport(), arguments));
}

void ExportIo(Napi::Env env, Napi::Object exports) {
  uv_loop_t* loop = nullptr;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return;
  auto* lines = new IoLines(env, loop);
  env.AddCleanupHook([lines] {
    if (!lines->opened()) delete lines;
  });
  exports.Set("IoConnection", IoObject::Define(env, lines));
  // openIo(onreport, threads) returns a Buffer.
  exports.Set("openIo", Napi::Function::New(env, [lines](const Napi::CallbackInfo& info) {
                if (info[1].IsNumber()) {
                  IoThreads::Shared().SetCount(info[1].ToNumber().Uint32Value());
                }
                return lines->Open(info.Env(), info[0].As<Napi::Function>());
              }));
  exports.Set("ioStats", Napi::Function::New(env, [lines](const Napi::CallbackInfo& info) {
                return lines->Stats(info.Env());
              }));
}

}  // namespace ownssl

#else

namespace ownssl {

void ExportIo(Napi::Env, Napi::Object) {}

}  // namespace ownssl

#endif
