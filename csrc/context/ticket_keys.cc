#include "ticket_keys.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <map>
#include <utility>

#include "../openssl/api.h"

namespace ownssl {
namespace {

// A clock that jumps, or a state that is very old, must not stop the process: the rest follows with
// the next call.
constexpr int kMostSteps = 65'536;

int64_t Now() {
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  return duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// Makes HMAC-SHA256 of the state and a label. If OpenSSL has no HMAC, it is random, which nobody
// can know.
Secret Derive(const Secret& state, const std::string& label) {
  Secret out(TicketRotation::kStateSize);
  size_t size = 0;
  const auto* text = reinterpret_cast<const unsigned char*>(label.data());
  if (ossl.EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, state.data(), state.size(), text,
                     label.size(), out.data(), out.size(), &size) == nullptr ||
      size != out.size()) {
    ossl.ERR_clear_error();
    ossl.RAND_bytes(out.data(), static_cast<int>(out.size()));
  }
  return out;
}

}  // namespace

std::shared_ptr<TicketKeys> TicketKeys::OfGroup(const std::string& name) {
  static std::mutex mutex;
  static auto* const groups = new std::map<std::string, std::weak_ptr<TicketKeys>>;
  const std::lock_guard<std::mutex> lock(mutex);
  std::weak_ptr<TicketKeys>& group = (*groups)[name];
  std::shared_ptr<TicketKeys> keys = group.lock();
  if (!keys) group = keys = std::make_shared<TicketKeys>();
  return keys;
}

bool TicketKeys::Fill() {
  Secret bytes(TicketKey::kSmall);
  if (ossl.RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return false;
  const std::lock_guard<std::mutex> lock(mutex_);
  ring_.clear();
  ring_.emplace_back(std::move(bytes));
  return true;
}

void TicketKeys::Set(std::vector<TicketKey> ring) {
  if (ring.empty()) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  ring_ = std::move(ring);
  is_ring_ = true;
  rotation_ = {};
}

void TicketKeys::Set(Span key) {
  if (!TicketKey::IsSize(key.size)) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  ring_.clear();
  ring_.emplace_back(Secret(key.data, key.size));
  is_ring_ = false;
  rotation_ = {};
}

std::vector<TicketKey> TicketKeys::ring() {
  const std::lock_guard<std::mutex> lock(mutex_);
  Advance();
  std::vector<TicketKey> copy;
  for (const TicketKey& key : ring_) copy.push_back(key.Copy());
  return copy;
}

bool TicketKeys::Rotate(int64_t every, uint32_t keep) {
  Secret state(TicketRotation::kStateSize);
  if (ossl.RAND_bytes(state.data(), static_cast<int>(state.size())) != 1) return false;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (rotation_.every != 0) return true;
  rotation_ = {Now(), every, keep, 0, std::move(state)};
  AddKey();
  return true;
}

bool TicketKeys::Follow(TicketRotation rotation, std::vector<TicketKey> older) {
  if (rotation.every <= 0 || rotation.step < 0 ||
      rotation.state.size() != TicketRotation::kStateSize) {
    return false;
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  ring_ = std::move(older);
  rotation_ = std::move(rotation);
  AddKey();
  Advance();
  return true;
}

std::optional<TicketRotation> TicketKeys::rotation() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (rotation_.every == 0) return std::nullopt;
  Advance();
  const Secret& state = rotation_.state;
  return TicketRotation{rotation_.start, rotation_.every, rotation_.keep, rotation_.step,
                        Secret(state.data(), state.size())};
}

void TicketKeys::Advance() {
  if (rotation_.every == 0) return;
  const int64_t wanted = (Now() - rotation_.start) / rotation_.every;
  for (int i = 0; rotation_.step < wanted && i < kMostSteps; ++i) {
    rotation_.state = Derive(rotation_.state, "ownssl ticket keys: next");
    ++rotation_.step;
    AddKey();
  }
}

void TicketKeys::AddKey() {
  Secret bytes(TicketKey::kLarge);
  for (size_t done = 0; done < bytes.size();) {
    const std::string part(1, static_cast<char>('0' + done / TicketRotation::kStateSize));
    const Secret piece = Derive(rotation_.state, "ownssl ticket keys: key " + part);
    const size_t size = std::min(piece.size(), bytes.size() - done);
    memcpy(bytes.data() + done, piece.data(), size);
    done += size;
  }
  ring_.insert(ring_.begin(), TicketKey(std::move(bytes)));
  const size_t most = size_t{1} + rotation_.keep;
  if (ring_.size() > most) ring_.erase(ring_.begin() + static_cast<ptrdiff_t>(most), ring_.end());
}

TicketKey TicketKeys::Newest() {
  const std::lock_guard<std::mutex> lock(mutex_);
  Advance();
  return ring_.front().Copy();
}

std::optional<TicketKeys::Found> TicketKeys::Find(const uint8_t* name) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Advance();
  for (size_t i = 0; i < ring_.size(); ++i) {
    if (memcmp(ring_[i].name().data, name, TicketKey::kNameSize) == 0) {
      return Found{ring_[i].Copy(), i == 0, is_ring_ || rotation_.every != 0};
    }
  }
  return std::nullopt;
}

}  // namespace ownssl
