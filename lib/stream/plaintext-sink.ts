// Where decrypted bytes go: into the readable side of a stream, or straight into a buffer of the
// application (the option `onread`).

import type { Duplex } from 'node:stream';

import type { OnReadOptions } from '../context/option-types';
import { plaintextRoom, takePlaintext } from './buffers';

export interface PlaintextSink {
  /** Whether the sink keeps what it is handed until somebody reads. */
  readonly keeps: boolean;
  /** The stream above, which is set once it exists. */
  stream: Duplex | null;
  /** Returns where plaintext is to be decrypted to. */
  room(): Buffer;
  /** Takes the first `size` bytes of that room, which are plaintext. The room may then serve others. */
  take(size: number): TakenPlaintext;
  /** Takes plaintext that was given away: the first of these bytes, as many as there is room for. */
  adopt(bytes: Buffer): TakenPlaintext;
  /** Hands over what was taken; false stops reading. */
  deliver(taken: TakenPlaintext): boolean;
}

/** This is plaintext on its way from a crossing to its delivery. */
export interface TakenPlaintext {
  readonly buffer: Uint8Array;
  /** Bytes of the buffer, from its beginning. */
  readonly size: number;
}

export class PushSink implements PlaintextSink {
  readonly keeps = true;
  stream: Duplex | null = null;

  room(): Buffer {
    return plaintextRoom();
  }

  take(size: number): TakenPlaintext {
    return { buffer: takePlaintext(size), size };
  }

  adopt(bytes: Buffer): TakenPlaintext {
    return { buffer: bytes, size: bytes.length };
  }

  deliver({ buffer }: TakenPlaintext): boolean {
    return this.stream?.push(buffer) ?? false;
  }
}

export class OnReadSink implements PlaintextSink {
  readonly keeps = false;
  stream: Duplex | null = null;
  #current: Uint8Array | null = null;

  constructor(readonly options: OnReadOptions) {}

  /** Decides, as net.Socket does, whether the option is to be taken seriously. */
  static accepts(options: unknown): options is OnReadOptions {
    if (options === null || typeof options !== 'object') return false;
    const { buffer, callback } = options as Partial<OnReadOptions>;
    const isBuffer = buffer instanceof Uint8Array || typeof buffer === 'function';
    return isBuffer && typeof callback === 'function';
  }

  room(): Buffer {
    const { buffer } = this.options;
    this.#current ??= typeof buffer === 'function' ? buffer() : buffer;
    const { byteOffset, byteLength } = this.#current;
    return Buffer.from(this.#current.buffer as ArrayBuffer, byteOffset, byteLength);
  }

  take(size: number): TakenPlaintext {
    const buffer = this.#current!;
    this.#current = null;
    return { buffer, size };
  }

  adopt(bytes: Buffer): TakenPlaintext {
    return this.take(bytes.copy(this.room()));
  }

  deliver({ buffer, size }: TakenPlaintext): boolean {
    return this.options.callback.call(this.stream, size, buffer) !== false;
  }
}
