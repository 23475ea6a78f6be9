// Another copy of this addon in the process: another version in a monorepo, or ownssl/register from
// one path and a dependency's own. OpenSSL is loaded, configured and given its allocator once, so
// the copy that comes first has decided for all.
#pragma once

#include <cstdint>
#include <string>

namespace ownssl {

// One copy tells this to the others. The struct may only be extended at the end, because they may
// be of other versions.
struct LibraryInUse {
  uint32_t size;          // of this struct, in bytes
  uint32_t fips;          // 1: only FIPS-approved implementations are used
  uint32_t host;          // 1: the OpenSSL inside Node
  const char* addon;      // the file of the copy
  const char* libssl;     // empty for Node's own, and for one that is inside the addon
  const char* libcrypto;  // likewise
};

// The first other copy that has an OpenSSL in use; null if there is none.
const LibraryInUse* FindOtherCopy();

// Tells the copies that come later what this one uses.
void PublishLibraryInUse(const LibraryInUse& library);

// The file that holds the allocator of a libcrypto that was just opened, where it is another than
// libcrypto itself; empty otherwise, and where that is not known.
std::string AllocatorOf(void* libcrypto);

}  // namespace ownssl
