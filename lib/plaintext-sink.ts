// Where decrypted bytes go: into the readable side of a stream, or straight into a buffer of the
// application (the option `onread`).

import type { Duplex } from 'node:stream';

import { plaintextRoom, takePlaintext } from './buffers';

export interface PlaintextSink {
  /** Set once the stream above exists. */
  stream: Duplex | null;
  /** Where the plaintext of `size` bytes of ciphertext, or a part of it, is to be decrypted to. */
  room(size: number): Buffer;
  /** Hands over the first `size` bytes of that room; false stops reading. */
  deliver(room: Buffer, size: number): boolean;
}

export class PushSink implements PlaintextSink {
  stream: Duplex | null = null;

  room(size: number): Buffer {
    return plaintextRoom(size);
  }

  deliver(room: Buffer, size: number): boolean {
    return this.stream?.push(takePlaintext(room, size)) ?? false;
  }
}

/** net.Socket's `onread` option. */
export interface OnReadOptions {
  buffer: Uint8Array | (() => Uint8Array);
  callback(this: unknown, bytesWritten: number, buffer: Uint8Array): boolean | void;
}

export class OnReadSink implements PlaintextSink {
  stream: Duplex | null = null;
  #current: Uint8Array | null = null;

  constructor(readonly options: OnReadOptions) {}

  /** As net.Socket decides whether it takes the option seriously. */
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

  deliver(_room: Buffer, size: number): boolean {
    const buffer = this.#current!;
    this.#current = null;
    return this.options.callback.call(this.stream, size, buffer) !== false;
  }
}
