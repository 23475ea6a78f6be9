// What the application writes, on its way through a session: records at a time, as the transport takes
// them.

import { Progress, Status, type NativeSession } from './boundary';
import { errors } from './errors';
import { ensureOpenSSL } from './openssl';
import type { Outbox } from './outbox';
import type { WriteCallback } from './transport';

/** What a writer wants to know, and tells. */
export interface WriterHost {
  /** Whether the session takes plaintext now. */
  maySend(): boolean;
  onwriteerror(error: Error): void;
}

export class Writer {
  readonly #session: NativeSession;
  readonly #outbox: Outbox;
  readonly #host: WriterHost;
  readonly #progress = ensureOpenSSL().progress;

  /** One write at a time. */
  #chunks: readonly Uint8Array[] | null = null;
  #done = 0;
  #total = 0;
  #callback: WriteCallback | null = null;
  /** With the transport; the rest follows when that is done. */
  #flushing = false;
  bytesWritten = 0;

  constructor(session: NativeSession, outbox: Outbox, host: WriterHost) {
    this.#session = session;
    this.#outbox = outbox;
    this.#host = host;
  }

  /** The callback comes when the transport has taken everything. `proceed()` begins. */
  write(chunks: readonly Uint8Array[], callback: WriteCallback): void {
    this.#chunks = chunks;
    this.#callback = callback;
    this.#done = 0;
    this.#total = 0;
    for (const chunk of chunks) this.#total += chunk.byteLength;
    this.bytesWritten += this.#total;
  }

  /** As far as it goes now. */
  proceed(): void {
    if (this.#chunks !== null && !this.#flushing && this.#host.maySend())
      this.#encrypt(this.#chunks);
  }

  cancel(): void {
    if (this.#callback !== null) this.#finish(errors.cancelled());
  }

  /** One crossing. */
  #encrypt(chunks: readonly Uint8Array[]): void {
    const send = this.#outbox.sendable;
    const room = this.#outbox.room();
    const status = this.#session.write(chunks, this.#done, room, send);
    const size = this.#progress[Progress.output]!;
    const sent = this.#progress[Progress.sent]!;
    this.#done += this.#progress[Progress.written]!;
    if ((status & Status.failed) !== 0) {
      this.#outbox.add(size);
      this.#host.onwriteerror(this.#session.getError());
      return;
    }
    if (size === 0) {
      this.#outbox.add(0);
      // Blocked by a renegotiation, or nothing was to be written.
      if (this.#done === this.#total) this.#finish();
      return;
    }
    this.#flushing = true;
    if (send) {
      this.#outbox.sent(size, sent, this.#onflushed);
    } else {
      this.#outbox.add(size);
      this.#outbox.flush(this.#onflushed);
    }
  }

  readonly #onflushed = (error?: Error | null): void => {
    this.#flushing = false;
    if (error || this.#done === this.#total) this.#finish(error);
    else this.proceed();
  };

  #finish(error?: Error | null): void {
    const callback = this.#callback;
    this.#chunks = null;
    this.#callback = null;
    callback?.(error);
  }
}
