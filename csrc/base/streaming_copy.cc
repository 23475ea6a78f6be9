#include "streaming_copy.h"

#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>

namespace ownssl {

void StreamingCopy(uint8_t* to, const uint8_t* from, size_t size) {
  constexpr size_t kLine = 64;
  // Whole lines only: a store past the caches to a part of one is slow.
  const size_t before = (kLine - reinterpret_cast<uintptr_t>(to) % kLine) % kLine;
  if (size < before + kLine) {
    memcpy(to, from, size);
    return;
  }
  memcpy(to, from, before);
  size_t done = before;
  for (; size - done >= kLine; done += kLine) {
    const auto* source = reinterpret_cast<const __m128i*>(from + done);
    auto* target = reinterpret_cast<__m128i*>(to + done);
    const __m128i first = _mm_loadu_si128(source);
    const __m128i second = _mm_loadu_si128(source + 1);
    const __m128i third = _mm_loadu_si128(source + 2);
    const __m128i fourth = _mm_loadu_si128(source + 3);
    _mm_stream_si128(target, first);
    _mm_stream_si128(target + 1, second);
    _mm_stream_si128(target + 2, third);
    _mm_stream_si128(target + 3, fourth);
  }
  memcpy(to + done, from + done, size - done);
  // These stores are in no order with others, such as those that say that there is something.
  _mm_sfence();
}

}  // namespace ownssl

#else

namespace ownssl {

void StreamingCopy(uint8_t* to, const uint8_t* from, size_t size) { memcpy(to, from, size); }

}  // namespace ownssl

#endif
