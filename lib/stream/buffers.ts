// Memory for the crossings is used again and again, because page faults on fresh buffers cost more than
// the encryption of what goes into them.

import { allocated } from './large-buffers';

/**
 * The most plaintext that a TLS record has, and what a record adds to it, with room to spare
 * (csrc/session/session.cc).
 */
const FRAGMENT = 16 * 1024;
const OVERHEAD = 512;

/** So many full records are one write of the transport. */
const OUTPUT_RECORDS = 8;
const OUTPUT_SIZE = OUTPUT_RECORDS * (FRAGMENT + OVERHEAD);

/** More plaintext than this goes to a Duplex in several writes. */
const LARGEST = 64 << 20;

/** So many buffers are kept for the next write; others are left to the collector. */
const POOLED = 16;

const pool: Buffer[] = [];

/**
 * A buffer for outgoing ciphertext. It is one of its own, to give away, for as much plaintext as is worth it; else it is
 * to be used again. Whoever takes it gives it back by `releaseOutput()`, or forgets it.
 */
export function takeOutput(plaintext = 0): Buffer {
  if (plaintext <= SMALL) return pool.pop() ?? Buffer.allocUnsafeSlow(OUTPUT_SIZE);
  const records = Math.ceil(Math.min(plaintext, LARGEST) / FRAGMENT);
  const size = (records + 1) * (FRAGMENT + OVERHEAD);
  allocated(size);
  return Buffer.allocUnsafeSlow(size);
}

/** Returns a copy of the first `size` bytes, to give away. */
export function copyOf(buffer: Buffer, size: number): Buffer {
  allocated(size);
  const copy = Buffer.allocUnsafe(size);
  buffer.copy(copy, 0, 0, size);
  return copy;
}

/** Takes a buffer back from which nobody reads any more. */
export function releaseOutput(buffer: Buffer): void {
  if (isPooled(buffer) && pool.length < POOLED) pool.push(buffer);
}

/** Whether the buffer is one that is used again; one of that size becomes one. */
export function isPooled(buffer: Buffer): boolean {
  return buffer.length === OUTPUT_SIZE;
}

/**
 * Takes the plaintext of one crossing; libuv's buffer for a chunk has the same size. V8 counts all of it as
 * memory outside of its heap, though less may be filled.
 */
const PLAINTEXT_SIZE = 64 * 1024;

/** Less plaintext than this is copied out of the room; with more, the room itself is given away. */
const SMALL = 32 * 1024;

let room: Buffer | null = null;

/** Returns where plaintext is decrypted to, which is the same for all connections of a thread. */
export function plaintextRoom(): Buffer {
  return (room ??= Buffer.allocUnsafeSlow(PLAINTEXT_SIZE));
}

/** Gives the first `size` bytes of the `plaintextRoom()` to the caller, to keep. */
export function takePlaintext(size: number): Buffer {
  const filled = plaintextRoom();
  if (size <= SMALL) return copyOf(filled, size);
  room = null;
  allocated(size);
  return filled.subarray(0, size);
}
