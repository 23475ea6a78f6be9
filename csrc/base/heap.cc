#include "heap.h"

#include <cstddef>
#include <cstdlib>

namespace ownssl {

void KeepFreedMemory() {
#ifdef __GLIBC__
  // Freeing a large block makes glibc adapt its thresholds (mallopt(3), M_MMAP_THRESHOLD). To set
  // them by mallopt() would end that, and override who has set them by the environment. The block
  // is never touched, so it costs two system calls.
  constexpr size_t kLargestThatCounts = size_t{31} << 20;
  void* volatile block = std::malloc(kLargestThatCounts);
  std::free(block);
#endif
}

}  // namespace ownssl
