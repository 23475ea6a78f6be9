// Ciphertext on its way out: what crossings leave is gathered, and goes to the transport in one piece.

import { copyOf, isPooled, releaseOutput, takeOutput } from './buffers';
import type { Transport, WriteCallback } from './transport';

/**
 * A buffer that has less room than this is sent first. It is more than a record with its overhead takes.
 */
const ENOUGH = 20 * 1024;

/** So many bytes of what the protocol itself says (answers to key updates, for example) may wait. */
const CROWDED = 64 * 1024;

interface Active {
  /** Bytes have moved, so idle timers start anew. */
  onactivity(): void;
}

export class Outbox {
  readonly #transport: Transport;
  readonly #owner: Active;
  readonly #onroom: () => void;
  /** Counts bytes that the transport has not taken yet and that are not of the application's writes. */
  #unread = 0;
  /** The buffer, as long as there is something in it, and during a crossing. */
  #buffer: Buffer | null = null;
  #size = 0;

  /** `onroom` is called when it is crowded no more. */
  constructor(transport: Transport, owner: Active, onroom: () => void) {
    this.#transport = transport;
    this.#owner = owner;
    this.#onroom = onroom;
  }

  /**
   * Whether nothing more is to be read for now: a peer that asks for answers and does not read them
   * must not fill our memory with them.
   */
  get crowded(): boolean {
    return this.#unread > CROWDED;
  }

  /** Whether a write is to go to the transport in whole, however slowly that takes it. */
  get takesAll(): boolean {
    return !this.#transport.copiesOnWrite;
  }

  /**
   * Where the next crossing is to leave its output. `add()` or `sent()` follows. It has room for so much plaintext where
   * the transport takes all of it at once.
   */
  room(plaintext = 0): Buffer {
    const wanted = this.takesAll ? plaintext : 0;
    if (this.#buffer !== null && this.#buffer.length - this.#size < Math.max(ENOUGH, wanted)) {
      if (wanted > 0 && this.#size < ENOUGH) this.#grow(wanted);
      else this.flush();
    }
    this.#buffer ??= takeOutput(wanted);
    return this.#size === 0 ? this.#buffer : this.#buffer.subarray(this.#size);
  }

  /** Makes room for so much plaintext behind what there is, as are the tickets of a handshake that has ended. */
  #grow(plaintext: number): void {
    const smaller = this.#buffer!;
    this.#buffer = takeOutput(this.#size + plaintext);
    smaller.copy(this.#buffer, 0, 0, this.#size);
    releaseOutput(smaller);
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

  /** Whether what a crossing leaves reaches the kernel though the connection is closed at once. */
  get prompt(): boolean {
    return this.#size === 0 && this.#transport.prompt;
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

  /**
   * Hands what there is to the transport; the callback comes when that is done with it. If it is the `last`,
   * the transport's `end()` follows at once.
   */
  flush(callback?: WriteCallback, last = false): void {
    const size = this.#size;
    if (size === 0) return;
    let buffer = this.#buffer!;
    this.#buffer = null;
    this.#size = 0;
    if (callback === undefined) this.#unread += size;
    const lent = this.#transport.copiesOnWrite ? buffer : null;
    if (lent === null && isPooled(buffer)) {
      const copy = copyOf(buffer, size);
      releaseOutput(buffer);
      buffer = copy;
    }
    const done = (error?: Error | null): void => {
      this.#owner.onactivity();
      // After an error the kernel may still be reading from the buffer.
      if (lent !== null && !error) releaseOutput(lent);
      if (callback === undefined) this.#taken(size);
      else callback(error);
    };
    this.#transport.write(buffer, size, done, last);
  }

  #taken(size: number): void {
    const { crowded } = this;
    this.#unread -= size;
    if (crowded && !this.crowded) this.#onroom();
  }
}
