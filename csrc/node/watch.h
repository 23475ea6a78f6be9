// Descriptors that libuv watches on the event loop of one environment (a thread of Node). This is
// all that a Descriptor needs of libuv; it exists where libuv's header and POSIX do.
#pragma once

#if !defined(_WIN32) && __has_include(<uv.h>)

#include <napi.h>
#include <uv.h>

#include <cstddef>
#include <memory>

namespace ownssl {

class Watch;

// Has the watches of one environment. When that ends, libuv wants every handle closed, and its
// close callback called, before the loop goes: so the environment waits for End(), which comes
// after the last of those callbacks, and deletes this object.
class WatchGroup {
 public:
  WatchGroup(Napi::Env env, uv_loop_t* loop);
  WatchGroup(const WatchGroup&) = delete;
  WatchGroup& operator=(const WatchGroup&) = delete;

  // Whether the environment is about to end, so that nothing new may be watched.
  bool ending() const { return ending_; }

 protected:
  virtual ~WatchGroup() = default;
  // Is called when the environment is about to end: what holds JavaScript's objects lets go of
  // them.
  virtual void OnEnding() = 0;

 private:
  friend class Watch;

  static void OnCleanup(napi_async_cleanup_hook_handle, void* data);
  void End();

  uv_loop_t* const loop_;
  size_t handles_ = 0;  // Counts the watches whose close callback is still to come.
  Watch* open_ = nullptr;
  napi_async_cleanup_hook_handle cleanup_ = nullptr;
  bool ending_ = false;
};

// One descriptor, watched for what can be done with it. Its memory belongs to libuv from Open()
// until the callback that follows Close().
class Watch {
 public:
  class Owner {
   public:
    // `status` is negative when the watch has ended with an error. `events` are UV_READABLE and
    // UV_WRITABLE.
    virtual void OnPoll(int status, int events) = 0;
    // Is called when the environment ends: Close() is due now.
    virtual void OnEnding() = 0;
    // Is called after TellClosed(), when libuv has let go of the descriptor; not in an environment
    // that ends.
    virtual void OnClosed() = 0;

   protected:
    ~Owner() = default;
  };
  struct Closer {
    void operator()(Watch* watch) const { watch->Close(); }
  };
  using Pointer = std::unique_ptr<Watch, Closer>;

  // Returns null if libuv refuses. The owner is called until Close(); nothing is watched yet.
  static Pointer Open(WatchGroup* group, int descriptor, Owner* owner);

  // Watches for these events and no others.
  void Start(int events);
  int events() const { return events_; }
  // Says whether the event loop waits for the descriptor.
  void SetRef(bool ref);
  // Asks for OnClosed(). The owner has to live until then.
  void TellClosed() { tells_closed_ = true; }

 private:
  Watch(WatchGroup* group, Owner* owner) : group_(group), owner_(owner) {}

  // Stops watching. This has to be called while the descriptor is still what it was, so before that
  // is closed.
  void Close();
  static void OnPoll(uv_poll_t* handle, int status, int events);

  friend class WatchGroup;

  uv_poll_t handle_{};  // `data` leads back to the Watch.
  WatchGroup* const group_;
  Owner* owner_;
  Watch* previous_ = nullptr;
  Watch* next_ = nullptr;
  int events_ = 0;
  bool tells_closed_ = false;
};

}  // namespace ownssl

#endif
