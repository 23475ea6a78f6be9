// Ciphertext on its way out: what crossings leave is gathered, and goes to the transport in one piece.

import { releaseOutput, takeOutput } from './buffers';
import type { Transport, WriteCallback } from './transport';

/** With less left, what is there goes first. A record with its overhead is smaller. */
const ENOUGH = 20 * 1024;

interface Active {
  /** Bytes moved: idle timers start anew. */
  onactivity(): void;
}

export class Outbox {
  readonly #transport: Transport;
  readonly #owner: Active;
  /** Only while there is something in it, and during a crossing. */
  #buffer: Buffer | null = null;
  #size = 0;

  constructor(transport: Transport, owner: Active) {
    this.#transport = transport;
    this.#owner = owner;
  }

  /** Where the next crossing is to leave its output. `add()` or `sent()` follows. */
  room(): Buffer {
    if (this.#buffer !== null && this.#buffer.length - this.#size < ENOUGH) this.flush();
    this.#buffer ??= takeOutput();
    return this.#size === 0 ? this.#buffer : this.#buffer.subarray(this.#size);
  }

  /** So many bytes are in the room. They wait for `flush()`. */
  add(size: number): void {
    this.#size += size;
    if (this.#size > 0 || this.#buffer === null) return;
    releaseOutput(this.#buffer);
    this.#buffer = null;
  }

  /** Whether a crossing may send its output by itself: nothing waits before it. */
  get sendable(): boolean {
    return this.#size === 0 && this.#transport.sendable;
  }

  /** So many bytes are in the room, and the descriptor took `sent` of them; negative: an error's number. */
  sent(size: number, sent: number, callback: WriteCallback): void {
    const buffer = this.#buffer!;
    this.#buffer = null;
    this.#owner.onactivity();
    if (sent === size) {
      releaseOutput(buffer);
      this.#transport.sent(buffer, size, sent, callback);
      return;
    }
    this.#transport.sent(buffer, size, sent, (error) => {
      if (!error) releaseOutput(buffer);
      callback(error);
    });
  }

  /** Hands what there is to the transport; the callback comes when that is done with it. */
  flush(callback?: WriteCallback): void {
    const size = this.#size;
    if (size === 0) return;
    let buffer = this.#buffer!;
    this.#buffer = null;
    this.#size = 0;
    const lent = this.#transport.copiesOnWrite ? buffer : null;
    if (lent === null) {
      const copy = Buffer.allocUnsafe(size);
      buffer.copy(copy, 0, 0, size);
      releaseOutput(buffer);
      buffer = copy;
    }
    this.#transport.write(buffer, size, (error) => {
      this.#owner.onactivity();
      // After an error the kernel may still be reading from it.
      if (lent !== null && !error) releaseOutput(lent);
      callback?.(error);
    });
  }
}
