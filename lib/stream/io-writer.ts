// What the application writes, on its way to an I/O thread.

import { errors } from '../base/errors';
import { nextTick } from '../base/timers';
import type { IoPath } from './io-path';
import { Plaintext, type Chunk } from './plaintext';
import type { WriteCallback } from './transport';
import type { Outgoing, WriterHost } from './writer';

export class IoWriter implements Outgoing {
  bytesWritten = 0;
  readonly #path: IoPath;
  readonly #host: WriterHost;
  /** One write at a time. */
  #plaintext: Plaintext | null = null;
  #callback: WriteCallback | null = null;
  /** Bytes that the thread has. */
  #done = 0;
  /** It takes no more for now, or needs no more. */
  #full = false;
  #failed = false;
  #lost = false;

  constructor(path: IoPath, host: WriterHost) {
    this.#path = path;
    this.#host = host;
  }

  write(chunks: readonly Chunk[], callback: WriteCallback): void {
    this.#plaintext = new Plaintext(chunks, this.#host.maySend());
    this.#callback = callback;
    this.#done = 0;
    this.bytesWritten += this.#plaintext.size;
  }

  get waiting(): boolean {
    return this.#callback !== null;
  }

  get blocked(): boolean {
    return this.#callback !== null && !this.#full && !this.#failed;
  }

  proceed(): void {
    if (this.#lost) this.#finish();
    const plaintext = this.#plaintext;
    if (plaintext === null || this.#full || this.#failed || !this.#host.maySend()) return;
    if (!plaintext.intact) {
      this.#failed = true;
      this.#host.onwriteerror(errors.chunkDetached());
      return;
    }
    this.#full = true;
    const { data, size } = plaintext;
    if (size > 0) this.#done += this.#path.send(data, this.#done, size);
    // Never at once: who writes would take it for a stream without an end of its patience.
    if (this.#done === size) nextTick(this.#finish);
  }

  ontaken(): void {
    this.#full = false;
    this.proceed();
  }

  cancel(error: Error = errors.cancelled()): void {
    this.#finish(error);
  }

  lose(): void {
    this.#lost = true;
    this.proceed();
  }

  readonly #finish = (error?: Error | null): void => {
    const callback = this.#callback;
    if (callback === null) return;
    this.#plaintext?.release();
    this.#plaintext = null;
    this.#full = false;
    this.#callback = null;
    callback(error);
  };
}
