// The sessions of a server that takes early data (RFC 8446, 8.1): each can be resumed once.
//
// Early data can be recorded and sent again, so a ticket that allows it is but the name of a
// session in here, and whoever takes the session out is the only one to have it. OpenSSL, with its
// own replay protection, does the same again in its cache; but it would put a session back that its
// callback gives it, so what gives is what must not give twice.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "../openssl/api.h"
#include "../openssl/pointers.h"

namespace ownssl {

class SingleUseSessions {
 public:
  using Id = std::vector<uint8_t>;

  // Keeps a reference. Beyond kMost sessions the oldest is forgotten, which costs its client a full
  // handshake.
  void Add(const Id& id, SSL_SESSION* session) {
    if (id.empty() || ossl.SSL_SESSION_up_ref(session) != 1) return;
    SSLSessionPointer owner(session);
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto [entry, added] = sessions_.try_emplace(id);
    entry->second = std::move(owner);
    if (added) order_.push_back(id);
    // Those that were taken still stand in the order.
    while (order_.size() > kMost) {
      sessions_.erase(order_.front());
      order_.pop_front();
    }
  }

  // The session stays: it is looked at only. Null if there is none.
  SSLSessionPointer Find(const Id& id) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = sessions_.find(id);
    if (found == sessions_.end() || ossl.SSL_SESSION_up_ref(found->second.get()) != 1)
      return nullptr;
    return SSLSessionPointer(found->second.get());
  }

  // The session goes: nobody else gets it. Null if somebody else was first.
  SSLSessionPointer Take(const Id& id) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = sessions_.find(id);
    if (found == sessions_.end()) return nullptr;
    SSLSessionPointer session = std::move(found->second);
    sessions_.erase(found);
    return session;
  }

 private:
  static constexpr size_t kMost = 20'000;

  std::mutex mutex_;
  std::map<Id, SSLSessionPointer> sessions_;
  std::list<Id> order_;
};

}  // namespace ownssl
