// The keys that protect a server's session tickets (RFC 5077, 4): a ring, whose newest key encrypts
// and all of which decrypt.
//
// A ring that rotates makes its keys from a state of 32 bytes, which each step replaces by a
// one-way function: who learns the state knows the keys to come, and none that are gone. Processes
// that began with the same state have the same ring at any time, and need not tell each other. In a
// process one ring may serve contexts of several threads.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../base/secret.h"
#include "../base/span.h"

namespace ownssl {

// One key: a name, and what it stands for.
class TicketKey {
 public:
  static constexpr size_t kNameSize = 16;
  // A name, a key for HMAC and one for AES, of 16 bytes each, as in Node's API.
  static constexpr size_t kSmall = 48;
  // A name, and 32 bytes for each key, as in nginx's files.
  static constexpr size_t kLarge = 80;

  static bool IsSize(size_t size) { return size == kSmall || size == kLarge; }
  // Takes kSmall or kLarge bytes.
  explicit TicketKey(Secret bytes) : bytes_(std::move(bytes)) {}

  bool large() const { return bytes_.size() == kLarge; }
  Span bytes() const { return {bytes_.data(), bytes_.size()}; }
  Span name() const { return {bytes_.data(), kNameSize}; }
  Span mac_key() const { return {bytes_.data() + kNameSize, part()}; }
  Span cipher_key() const { return {bytes_.data() + kNameSize + part(), part()}; }
  TicketKey Copy() const { return TicketKey(Secret(bytes_.data(), bytes_.size())); }

 private:
  size_t part() const { return (bytes_.size() - kNameSize) / 2; }

  Secret bytes_;
};

// Says how a ring rotates, and where it is. Times are in milliseconds since 1970.
struct TicketRotation {
  static constexpr size_t kStateSize = 32;

  int64_t start = 0;
  int64_t every = 0;
  uint32_t keep = 0;  // So many keys stay beside the newest.
  int64_t step = 0;   // The state is that of the time from `start` + `step` * `every` on.
  Secret state{};     // kStateSize bytes.
};

class TicketKeys {
 public:
  TicketKeys() = default;
  TicketKeys(const TicketKeys&) = delete;
  TicketKeys& operator=(const TicketKeys&) = delete;

  // The ring of this name, which the whole process shares. It is there as long as somebody has it.
  static std::shared_ptr<TicketKeys> OfGroup(const std::string& name);

  // Makes one random key of kSmall bytes. False if OpenSSL has no randomness.
  bool Fill();
  // Takes keys, the newest first. This ends a rotation.
  void Set(std::vector<TicketKey> ring);
  // Takes the one key that there is, as in Node's API. This ends a rotation; it does nothing for
  // what is no key.
  void Set(Span key);
  std::vector<TicketKey> ring();

  // Begins to rotate from a random state; what is in the ring stays as older keys. Does nothing if
  // it does so already. False if OpenSSL has no randomness.
  bool Rotate(int64_t every, uint32_t keep);
  // Goes on from another process's state, with the older keys that it had then. False for what can
  // be no rotation.
  bool Follow(TicketRotation rotation, std::vector<TicketKey> older);
  // The rotation; nothing if the ring does not rotate.
  std::optional<TicketRotation> rotation();

  TicketKey Newest();
  struct Found {
    TicketKey key;
    bool newest;
    // Whether a ticket of TLS 1.3 is renewed each time it is used, as it is good for one use (RFC
    // 8446, C.4). With the one key of Node's API it is not, as in Node.
    bool single_use;
  };
  std::optional<Found> Find(const uint8_t* name);

 private:
  void Advance();
  void AddKey();

  std::mutex mutex_;
  std::vector<TicketKey> ring_;
  bool is_ring_ = false;
  TicketRotation rotation_;  // This counts only if `every` is not 0.
};

}  // namespace ownssl
