// Prepares what the application writes for the addon. Each chunk that a crossing gets costs several calls
// of Node-API, so small ones and strings are put together before it.

/** stream.Writable hands such objects to `_writev()`. */
export interface Chunk {
  chunk: string | Uint8Array;
  encoding: BufferEncoding;
}

/** Is the room for one write. What does not fit is passed as it is. */
const STAGING_SIZE = 64 * 1024;

/** To copy so many bytes, or more, costs more than to pass them as a piece of their own. */
const LARGE = 8 * 1024;

/** A string has so many bytes for each of its UTF-16 code units at most: UTF-8 needs three. */
const EXPANSION = 3;

/** So many buffers are kept; others are left to the collector. */
const POOLED = 4;

const pool: Buffer[] = [];

/** The plaintext of one write, until it is encrypted. */
export class Plaintext {
  /** One piece, of which the first `size` bytes count, or several, which count whole. */
  readonly data: Uint8Array | readonly Uint8Array[];
  /** Counts bytes. */
  readonly size: number;
  #staging: Buffer | null = null;

  /** @param soon - Whether it is encrypted at once, and not kept until a handshake is over. */
  constructor(chunks: readonly Chunk[], soon: boolean) {
    const only = chunks.length === 1 ? chunks[0]!.chunk : null;
    if (only !== null && typeof only !== 'string') {
      this.data = only;
      this.size = only.byteLength;
      return;
    }
    if (!soon) {
      const pieces = chunks.map(({ chunk, encoding }) => bytesOf(chunk, encoding));
      this.data = pieces;
      this.size = pieces.reduce((size, { byteLength }) => size + byteLength, 0);
      return;
    }
    const staging = (this.#staging = pool.pop() ?? Buffer.allocUnsafeSlow(STAGING_SIZE));
    const pieces: Uint8Array[] = [];
    let total = 0;
    let begin = 0;
    let end = 0;
    for (const { chunk, encoding } of chunks) {
      const added = stage(staging, end, chunk, encoding);
      if (added >= 0) {
        end += added;
        continue;
      }
      if (end > begin) pieces.push(staging.subarray(begin, end));
      begin = end;
      const piece = bytesOf(chunk, encoding);
      pieces.push(piece);
      total += piece.byteLength;
    }
    if (pieces.length > 0 && end > begin) pieces.push(staging.subarray(begin, end));
    this.data = pieces.length > 0 ? pieces : staging;
    this.size = total + end;
  }

  /** Whether the bytes are still there: an ArrayBuffer may be transferred to another thread. */
  get intact(): boolean {
    const { data, size } = this;
    if (!Array.isArray(data)) return (data as Uint8Array).byteLength >= size;
    let left = 0;
    for (const { byteLength } of data as readonly Uint8Array[]) left += byteLength;
    return left === size;
  }

  /** Has to be called when nothing of the plaintext is wanted any more. */
  release(): void {
    if (this.#staging !== null && pool.length < POOLED) pool.push(this.#staging);
    this.#staging = null;
  }
}

function bytesOf(chunk: string | Uint8Array, encoding: BufferEncoding): Uint8Array {
  return typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
}

/** Returns how many bytes were added at `end`; a negative number if the chunk is too large. */
function stage(
  staging: Buffer,
  end: number,
  chunk: string | Uint8Array,
  encoding: BufferEncoding,
): number {
  const left = STAGING_SIZE - end;
  if (typeof chunk === 'string') {
    if (chunk.length * EXPANSION > left) return -1;
    return staging.write(chunk, end, encoding);
  }
  const { length: size } = chunk;
  if (size >= LARGE || size > left) return -1;
  staging.set(chunk, end);
  return size;
}
