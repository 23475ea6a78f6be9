// What the application writes, as the addon takes it: each chunk that a crossing gets costs several
// calls of Node-API, so small ones and strings are put together before it.

/** As stream.Writable hands them to `_writev()`. */
export interface Chunk {
  chunk: string | Uint8Array;
  encoding: BufferEncoding;
}

/** For one write. What does not fit is passed as it is. */
const STAGING_SIZE = 64 * 1024;

/** From here on a copy costs more than a piece of its own. */
const LARGE = 8 * 1024;

/** Of a string's length, in bytes, at most: UTF-8 has three for a UTF-16 code unit. */
const EXPANSION = 3;

/** As many are kept; the rest is left to the collector. */
const POOLED = 4;

const pool: Buffer[] = [];

/** The plaintext of one write, until it is encrypted. */
export class Plaintext {
  /** One piece, of which `size` bytes count, or several, which count whole. */
  readonly data: Uint8Array | readonly Uint8Array[];
  /** Bytes. */
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

  /** Once nothing of it is wanted any more. */
  release(): void {
    if (this.#staging !== null && pool.length < POOLED) pool.push(this.#staging);
    this.#staging = null;
  }
}

function bytesOf(chunk: string | Uint8Array, encoding: BufferEncoding): Uint8Array {
  return typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
}

/** The bytes added at `end`; negative: it is too large. */
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
