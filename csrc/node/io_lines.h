// Joins an environment (a thread of Node) with the I/O threads: by a line to each, and by the
// events of its loop by which reports come in and commands go out.
//
// Reports are taken once in each turn of the loop, a bounded number; each is a call into JavaScript
// of its own (turns.h). Commands reach a thread that is awake at once; one that sleeps is woken
// when the turn is over, once for all commands.
#pragma once

#include <napi.h>

#include "../io_threads/pool.h"

#if OWNSSL_IO_THREADS

#include <deque>
#include <memory>
#include <vector>

namespace ownssl {

class IoObject;

class IoLines final : public Sleeper {
 public:
  struct Line {
    IoThread* thread = nullptr;
    std::shared_ptr<Port> port;
    struct Slab {
      uint32_t name;
      Napi::Reference<Napi::Buffer<uint8_t>> buffer;
    };
    std::deque<Slab> slabs;
    uint32_t next_slab = 1;
    bool dirty = false;  // There are commands that nobody was woken for.
  };

  // The object deletes itself when the environment has ended.
  explicit IoLines(Napi::Env env, uv_loop_t* loop);

  // `onreport` is called on the owner of a connection; small plaintext is in the Buffer that this
  // returns.
  Napi::Value Open(Napi::Env env, Napi::Function onreport);
  bool opened() const { return opened_; }
  bool open() const { return opened_ && !ending_; }
  const Napi::FunctionReference& onreport() const { return onreport_; }
  const Napi::Reference<Napi::Buffer<uint8_t>>& chunk() const { return chunk_; }

  // Returns a line to the thread with the fewest connections; null if there is none to be had.
  Line* Choose(Napi::Env env);
  void Send(Line* line, const Command& command, Span body = {});
  // Returns the slab of that name. Older ones are given up, and others lent in their place.
  Napi::Value Slab(Napi::Env env, Line* line, uint32_t name);

  // Returns how often this environment's loop was woken, and then for each line: the connections of
  // the thread, how often it was woken, and the bytes that wait on their way to it and back.
  Napi::Value Stats(Napi::Env env) const;

  // Counts the connections that keep the loop alive.
  void Hold();
  void LetGo();
  void Add(IoObject* object);
  void Remove(IoObject* object);

 private:
  static constexpr int kHandles = 4;

  void Wake() override { uv_async_send(&async_); }
  void Drain();
  void TakeReports();
  void BeforePoll();
  void Lend(Napi::Env env, Line* line);
  static void End(napi_async_cleanup_hook_handle, void* data);

  const Napi::Env env_;
  uv_loop_t* const loop_;
  uv_async_t async_{};      // It is active when somebody wakes the loop.
  uv_prepare_t prepare_{};  // It runs when the loop is about to wait,
  uv_check_t check_{};      // and this when it has waited.
  uv_idle_t idle_{};        // While it is active the loop does not wait.
  int closed_ = 0;
  napi_async_cleanup_hook_handle cleanup_ = nullptr;
  Napi::FunctionReference onreport_;
  Napi::Reference<Napi::Buffer<uint8_t>> chunk_;
  std::vector<std::unique_ptr<Line>> lines_;
  std::vector<IoObject*> objects_;
  size_t first_ = 0;  // The line with which the next turn begins.
  size_t holders_ = 0;
  bool opened_ = false;
  bool ending_ = false;
};

}  // namespace ownssl

#endif
