#include "thread.h"

#if OWNSSL_IO_THREADS

#include <algorithm>
#include <system_error>
#include <utility>

#include "../openssl/api.h"

#ifdef __linux__
#include <pthread.h>
#endif

namespace ownssl {
namespace {

// So much ciphertext is sent in one go: sixteen full records, with what a record adds. The kernel
// charges who sends for waking the peer, and it does so less often for larger pieces.
constexpr size_t kOutputSize = size_t{16} * (size_t{16} * 1024 + 512);

// With less room than this, what is there is sent first. A record with its overhead is smaller.
constexpr size_t kEnough = size_t{20} * 1024;

// So many commands of one port are done before the sockets are looked at again.
constexpr int kCommandsPerTurn = 256;

}  // namespace

IoThread::IoThread()
    : slow_steps_(std::make_shared<SlowSteps>([this] { uv_async_send(&async_); })),
      scratch_(new uint8_t[kScratchSize]),
      output_(new uint8_t[kOutputSize]) {}

std::unique_ptr<IoThread> IoThread::Start() {
  std::unique_ptr<IoThread> thread(new IoThread);
  if (uv_loop_init(&thread->loop_) != 0) {
    thread->stopping_ = true;  // There is nothing to join, and no loop to close.
    return nullptr;
  }
  uv_async_init(&thread->loop_, &thread->async_, nullptr);
  try {
    thread->thread_ = std::thread(&IoThread::Run, thread.get());
  } catch (const std::system_error&) {
    uv_close(reinterpret_cast<uv_handle_t*>(&thread->async_), nullptr);
    uv_run(&thread->loop_, UV_RUN_DEFAULT);
    uv_loop_close(&thread->loop_);
    return nullptr;
  }
  return thread;
}

IoThread::~IoThread() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  uv_async_send(&async_);
  thread_.join();
}

void IoThread::Open(std::shared_ptr<Port> port) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    new_ports_.push_back(std::move(port));
  }
  uv_async_send(&async_);
}

// --- In the thread ---

void IoThread::Run() {
#ifdef __linux__
  pthread_setname_np(pthread_self(), "ownssl-io");
#endif
  bool stopping = false;
  while (!stopping) {
    stopping = stopping_;
    TakeNewPorts();
    TakeSlowSteps();
    // A port that leaves goes out of the list.
    for (size_t i = 0; i < ports_.size(); ++i) {
      const std::shared_ptr<Port> port = ports_[i];
      RunCommands(port.get());
      if (i < ports_.size() && ports_[i] != port) --i;
    }
    FlushOutput();
    for (const auto& port : ports_) {
      if (port->waiting.empty() || port->PlaintextRoom().size == 0) continue;
      for (IoConnection* connection : std::exchange(port->waiting, {})) {
        connection->waits = false;
        Later(connection);
      }
    }
    for (IoConnection* connection : std::exchange(turn_, {})) {
      connection->in_turn = false;
      connection->Drive();
    }
    FlushOutput();
    for (const auto& port : ports_) port->RouseApplication();
    Doze();
    const bool sleeps = MaySleep() && !stopping;
    if (!sleeps) Rise();
    uv_run(&loop_, sleeps ? UV_RUN_ONCE : UV_RUN_NOWAIT);
    Rise();
  }
  while (!ports_.empty()) Goodbye(ports_.back().get());
  slow_steps_->Close();
  uv_close(reinterpret_cast<uv_handle_t*>(&async_), nullptr);
  uv_run(&loop_, UV_RUN_DEFAULT);
  uv_loop_close(&loop_);
  ossl.OPENSSL_thread_stop();
}

bool IoThread::MaySleep() {
  if (!turn_.empty()) return false;
  return std::all_of(ports_.begin(), ports_.end(),
                     [](const auto& port) { return port->ThreadMaySleep(); });
}

void IoThread::TakeNewPorts() {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (auto& port : new_ports_) ports_.push_back(std::move(port));
  new_ports_.clear();
}

void IoThread::TakeSlowSteps() {
  for (const auto& step : slow_steps_->Take()) {
    if (step->connection != nullptr) step->connection->OnSlowStep(*step);
  }
}

void IoThread::RunCommands(Port* port) {
  Command command{};
  Span body;
  int count = 0;
  while (port->NextCommand(&command, &body)) {
    if (command.kind == Command::Kind::kGoodbye) {
      Goodbye(port);
      return;
    }
    Obey(port, command, body);
    port->PopCommand();
    if (++count == kCommandsPerTurn && !stopping_) break;
  }
  port->CommandsDrained();
}

void IoThread::Obey(Port* port, const Command& command, Span body) {
  IoConnection* connection = command.connection;
  switch (command.kind) {
    case Command::Kind::kAttach:
      connection->index = port->connections.size();
      port->connections.push_back(connection);
      connection->Attach(this, port);
      break;
    case Command::Kind::kStart:
      connection->Start();
      break;
    case Command::Kind::kRead:
      connection->Read();
      break;
    case Command::Kind::kWrite:
      connection->Write(command.data != nullptr ? Span{command.data, command.size} : body,
                        std::unique_ptr<uint8_t[]>(const_cast<uint8_t*>(command.data)),
                        command.number == 1);
      break;
    case Command::Kind::kEnd:
      connection->End(command.number == 1);
      break;
    case Command::Kind::kProceed:
      connection->Proceed(command.number == 1);
      break;
    case Command::Kind::kAccept:
      connection->Accept();
      break;
    case Command::Kind::kClose:
      port->connections.back()->index = connection->index;
      port->connections[connection->index] = port->connections.back();
      port->connections.pop_back();
      port->closing.push_back(connection);
      connection->Close(command.number == 1);
      break;
    case Command::Kind::kDetach:
      connection->Detach();
      break;
    case Command::Kind::kStay:
      connection->Stay();
      break;
    case Command::Kind::kLend:
      port->AddSlab(command.number, {const_cast<uint8_t*>(command.data), command.size});
      break;
    case Command::Kind::kGoodbye:
      break;
  }
}

void IoThread::Goodbye(Port* port) {
  FlushOutput();
  for (IoConnection* connection : std::exchange(port->closing, {})) connection->Orphan();
  for (IoConnection* connection : std::exchange(port->connections, {})) {
    connection->Orphan();
    connection->Close(false);
  }
  const auto found = std::find_if(ports_.begin(), ports_.end(),
                                  [port](const auto& each) { return each.get() == port; });
  const std::shared_ptr<Port> kept = std::move(*found);
  ports_.erase(found);
  kept->Leave();
}

void IoThread::Later(IoConnection* connection) {
  if (std::exchange(connection->in_turn, true)) return;
  turn_.push_back(connection);
}

void IoThread::NotLater(IoConnection* connection) {
  turn_.erase(std::find(turn_.begin(), turn_.end(), connection));
}

Room IoThread::Output(IoConnection* connection) {
  if (output_of_ != connection || kOutputSize - output_size_ < kEnough) FlushOutput();
  output_of_ = connection;
  return {output_.get() + output_size_, kOutputSize - output_size_};
}

void IoThread::FlushOutput() {
  IoConnection* connection = std::exchange(output_of_, nullptr);
  const size_t size = std::exchange(output_size_, 0);
  if (connection != nullptr) connection->Flush({output_.get(), size});
}

}  // namespace ownssl

#endif
