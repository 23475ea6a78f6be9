// Gives advice to the C library's heap.
#pragma once

namespace ownssl {

// In a process that receives much, this keeps freed memory in the process (with glibc up to 62
// MiB). V8's collector frees the buffers of received data hundreds at a time. glibc would give each
// such batch back to the system, and every page would fault again: that took more time than
// decryption.
void KeepFreedMemory();

}  // namespace ownssl
