// The C library's heap, where it needs to be told something.
#pragma once

namespace ownssl {

// For a process that receives much: what is freed stays with the process (glibc: up to 62 MiB).
// V8's collector frees the buffers of received data hundreds at a time. glibc would give each such
// batch back to the system, and every page would fault again: that took more time than decryption.
void KeepFreedMemory();

}  // namespace ownssl
