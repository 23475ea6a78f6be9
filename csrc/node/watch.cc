#include "watch.h"

#if !defined(_WIN32) && __has_include(<uv.h>)

#include "from_loop.h"

namespace ownssl {
namespace {

uv_handle_t* Base(uv_poll_t* handle) { return reinterpret_cast<uv_handle_t*>(handle); }

}  // namespace

WatchGroup::WatchGroup(Napi::Env env, uv_loop_t* loop) : loop_(loop) {
  napi_add_async_cleanup_hook(env, &WatchGroup::OnCleanup, this, &cleanup_);
}

void WatchGroup::OnCleanup(napi_async_cleanup_hook_handle, void* data) {
  auto* self = static_cast<WatchGroup*>(data);
  self->ending_ = true;
  self->OnEnding();
  while (self->open_ != nullptr) self->open_->owner_->OnEnding();
  if (self->handles_ == 0) self->End();
}

void WatchGroup::End() {
  napi_remove_async_cleanup_hook(cleanup_);
  delete this;
}

Watch::Pointer Watch::Open(WatchGroup* group, int descriptor, Owner* owner) {
  auto* watch = new Watch(group, owner);
  if (uv_poll_init(group->loop_, &watch->handle_, descriptor) != 0) {
    delete watch;
    return nullptr;
  }
  watch->handle_.data = watch;
  ++group->handles_;
  watch->next_ = group->open_;
  if (watch->next_ != nullptr) watch->next_->previous_ = watch;
  group->open_ = watch;
  return Pointer(watch);
}

void Watch::Start(int events) {
  if (events == events_) return;
  events_ = events;
  uv_poll_start(&handle_, events, &Watch::OnPoll);
}

void Watch::SetRef(bool ref) {
  if (ref) {
    uv_ref(Base(&handle_));
  } else {
    uv_unref(Base(&handle_));
  }
}

void Watch::Close() {
  if (!tells_closed_) owner_ = nullptr;
  (previous_ != nullptr ? previous_->next_ : group_->open_) = next_;
  if (next_ != nullptr) next_->previous_ = previous_;
  uv_close(Base(&handle_), [](uv_handle_t* handle) {
    auto* closed = static_cast<Watch*>(handle->data);
    WatchGroup* group = closed->group_;
    Owner* owner = closed->owner_;
    delete closed;
    if (owner != nullptr && !group->ending_) FromLoop([owner] { owner->OnClosed(); });
    if (--group->handles_ == 0 && group->ending_) group->End();
  });
}

void Watch::OnPoll(uv_poll_t* handle, int status, int events) {
  auto* self = static_cast<Watch*>(handle->data);
  if (self->owner_ == nullptr) return;
  // libuv has stopped the watch.
  if (status < 0) self->events_ = 0;
  FromLoop([&] { self->owner_->OnPoll(status, events); });
}

}  // namespace ownssl

#endif
