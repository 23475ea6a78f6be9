// An I/O thread: it waits for the sockets of its connections, decrypts and encrypts, and does their
// handshakes. It never waits for JavaScript.
#pragma once

#include "available.h"
#if OWNSSL_IO_THREADS

#include <uv.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "connection.h"
#include "port.h"
#include "sleeper.h"
#include "slow_step.h"

namespace ownssl {

class IoThread final : public Sleeper {
 public:
  // Null if there is no thread or no loop to be had.
  static std::unique_ptr<IoThread> Start();
  // What was commanded is done as far as it goes without waiting; then all connections are closed.
  ~IoThread() override;

  // May be called from any thread. The port is served until it leaves.
  void Open(std::shared_ptr<Port> port);

  // The number of connections that are assigned to it. Whoever assigns one counts.
  std::atomic<size_t> load{0};

  // --- In the thread ---

  uv_loop_t* loop() { return &loop_; }
  // Goes on with the connection in the next turn.
  void Later(IoConnection* connection);
  void NotLater(IoConnection* connection);
  // Where ciphertext of this connection may be left, until the next call for any connection, or
  // FlushOutput(). What others have left there is sent first.
  Room Output(IoConnection* connection);
  void AddOutput(size_t size) { output_size_ += size; }
  void FlushOutput();
  bool HoldsOutputOf(const IoConnection* connection) const { return output_of_ == connection; }

  static constexpr size_t kScratchSize = size_t{64} * 1024;
  uint8_t* scratch() { return scratch_.get(); }
  std::vector<Span>& chunks() { return chunks_; }
  const std::shared_ptr<SlowSteps>& slow_steps() const { return slow_steps_; }

 private:
  IoThread();
  void Wake() override { uv_async_send(&async_); }
  void Run();
  void TakeNewPorts();
  void TakeSlowSteps();
  void RunCommands(Port* port);
  void Obey(Port* port, const Command& command, Span body);
  void Goodbye(Port* port);
  bool MaySleep();

  uv_loop_t loop_{};
  uv_async_t async_{};
  std::thread thread_;
  std::atomic<bool> stopping_{false};

  std::mutex mutex_;  // Guards this one:
  std::vector<std::shared_ptr<Port>> new_ports_;

  const std::shared_ptr<SlowSteps> slow_steps_;
  std::vector<std::shared_ptr<Port>> ports_;
  std::vector<IoConnection*> turn_;
  std::vector<Span> chunks_;

  std::unique_ptr<uint8_t[]> scratch_;
  std::unique_ptr<uint8_t[]> output_;
  IoConnection* output_of_ = nullptr;
  size_t output_size_ = 0;
};

}  // namespace ownssl

#endif
