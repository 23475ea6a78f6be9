// Memory for the crossings, used again and again: page faults on fresh buffers cost more than the
// encryption of what goes into them.

/** A TLS record's plaintext at most, and what a record adds, generously (csrc/session.cc). */
const FRAGMENT = 16 * 1024;
const OVERHEAD = 512;

/** Ciphertext for one write of the transport: eight full records. */
const OUTPUT_SIZE = 8 * (FRAGMENT + OVERHEAD);

/** As many are kept for the next write; the rest is left to the collector. */
const POOLED = 16;

const pool: Buffer[] = [];

/** A buffer for outgoing ciphertext. Whoever takes it gives it back by `releaseOutput()`, or forgets it. */
export function takeOutput(): Buffer {
  return pool.pop() ?? Buffer.allocUnsafeSlow(OUTPUT_SIZE);
}

/** Only when nobody reads from the buffer any more. */
export function releaseOutput(buffer: Buffer): void {
  if (pool.length < POOLED) pool.push(buffer);
}

/** What a chunk of ciphertext up to this size decrypts to is copied out of a scratch buffer. */
const SMALL = 8 * 1024;

/** Room for the plaintext of one crossing. */
const PLAINTEXT_SIZE = 64 * 1024;

const scratch = Buffer.allocUnsafeSlow(PLAINTEXT_SIZE);

/**
 * Room for the plaintext that `size` bytes of ciphertext may hold. A record that began earlier ends
 * here, so there may be up to a fragment more than the ciphertext is long.
 */
export function plaintextRoom(size: number): Buffer {
  if (size <= SMALL) return scratch;
  return Buffer.allocUnsafeSlow(Math.min(size + FRAGMENT, PLAINTEXT_SIZE));
}

/** The first `size` bytes of a `plaintextRoom()`, for keeps. */
export function takePlaintext(room: Buffer, size: number): Buffer {
  if (room !== scratch && size > room.length / 2) return room.subarray(0, size);
  const copy = Buffer.allocUnsafe(size);
  room.copy(copy, 0, 0, size);
  return copy;
}
