// Cuts the chunks of one write into pieces for SSL_write(), in order.
//
// Small chunks are gathered into full records, because fewer records are fewer bytes on the wire.
// Of large chunks, whole records are passed as they lie, without a copy.
#pragma once

#include <algorithm>
#include <cstring>
#include <vector>

#include "../base/span.h"
#include "../openssl/api.h"

namespace ownssl {

class PlaintextGatherer {
 public:
  // `fragment` is what a record holds at most, up to 16,384 bytes.
  PlaintextGatherer(const std::vector<Span>& chunks, size_t skip, size_t fragment)
      : chunks_(chunks), fragment_(fragment) {
    Advance(skip);
  }

  bool empty() const { return index_ == chunks_.size(); }

  // The next piece, which is of whole records, `records` of them at most, or of what remains. The
  // same bytes come again until Advance(). The piece is valid until the next call on this thread.
  Span Next(size_t records) const {
    const Span current{chunks_[index_].data + offset_, chunks_[index_].size - offset_};
    if (current.size >= fragment_) {
      return {current.data, std::min(records, current.size / fragment_) * fragment_};
    }
    if (index_ + 1 == chunks_.size()) return current;
    static thread_local uint8_t staging[SSL3_RT_MAX_PLAIN_LENGTH];
    size_t size = 0;
    size_t offset = offset_;
    for (size_t i = index_; i < chunks_.size() && size < fragment_; ++i, offset = 0) {
      const size_t part = std::min(chunks_[i].size - offset, fragment_ - size);
      if (part > 0) memcpy(staging + size, chunks_[i].data + offset, part);
      size += part;
    }
    return {staging, size};
  }

  void Advance(size_t bytes) {
    offset_ += bytes;
    while (index_ < chunks_.size() && offset_ >= chunks_[index_].size) {
      offset_ -= chunks_[index_].size;
      ++index_;
    }
  }

 private:
  const std::vector<Span>& chunks_;
  const size_t fragment_;
  size_t index_ = 0;
  size_t offset_ = 0;
};

}  // namespace ownssl
