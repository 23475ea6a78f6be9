// Takes what the application writes through a session: some records at a time, as the transport takes them.

import { Progress, Status, type NativeSession } from '../native/boundary';
import { errors } from '../base/errors';
import { nextTick } from '../base/timers';
import { ensureOpenSSL } from '../native/openssl';
import type { Outbox } from './outbox';
import { Plaintext, type Chunk } from './plaintext';
import type { WriteCallback } from './transport';

/** Is what a writer has to know of the pump, and tells it. */
export interface WriterHost {
  /** Whether the session takes plaintext now. */
  maySend(): boolean;
  /** The connection is to end by `cancel()`, when what was received is told. */
  onwriteerror(error: Error): void;
}

/** Sends plaintext to the peer, whoever encrypts it. */
export interface Outgoing {
  /** Counts bytes of plaintext. */
  readonly bytesWritten: number;
  /** Whether a write is in progress. */
  readonly waiting: boolean;
  /** Whether it waits for the session, and not for the transport. */
  readonly blocked: boolean;
  /** One at a time; the callback comes when the bytes need not be kept. `proceed()` begins. */
  write(chunks: readonly Chunk[], callback: WriteCallback): void;
  /** Goes on as far as possible now. */
  proceed(): void;
  /** There will be no more. The callback of a write in progress gets the error. */
  cancel(error?: Error): void;
  /** What is in progress, and what is still to come, counts as sent. */
  lose(): void;
}

export class Writer implements Outgoing {
  readonly #session: NativeSession;
  readonly #outbox: Outbox;
  readonly #host: WriterHost;
  readonly #progress = ensureOpenSSL().progress;

  /** One write at a time. */
  #plaintext: Plaintext | null = null;
  #done = 0;
  #callback: WriteCallback | null = null;
  /** With the transport; the rest follows when that is done. */
  #flushing = false;
  /** The host knows, and cancels what is in progress in time. */
  #failed = false;
  #lost = false;
  bytesWritten = 0;

  constructor(session: NativeSession, outbox: Outbox, host: WriterHost) {
    this.#session = session;
    this.#outbox = outbox;
    this.#host = host;
  }

  /** The callback comes when the transport has taken everything. `proceed()` begins. */
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
    return this.#callback !== null && !this.#flushing && !this.#failed;
  }

  /** As far as it goes now. */
  proceed(): void {
    if (this.#lost && this.#callback !== null) this.#finish();
    else if (this.#plaintext !== null && !this.#flushing && !this.#failed && this.#host.maySend())
      this.#encrypt(this.#plaintext);
  }

  /** There will be no more. The callback of a write in progress gets the error. */
  cancel(error?: Error): void {
    // Made only for somebody: an error with its stack takes time, and most connections end well.
    if (this.#callback !== null) this.#finish(error ?? errors.cancelled());
  }

  lose(): void {
    this.#lost = true;
    this.proceed();
  }

  /** One crossing. */
  #encrypt(plaintext: Plaintext): void {
    const { data, size: total } = plaintext;
    if (!plaintext.intact) {
      this.#failed = true;
      this.#host.onwriteerror(errors.chunkDetached());
      return;
    }
    const send = this.#outbox.sendable;
    const room = this.#outbox.room();
    const status = this.#session.write(data, this.#done, total, room, send);
    const size = this.#progress[Progress.output]!;
    const sent = this.#progress[Progress.sent]!;
    this.#done += this.#progress[Progress.written]!;
    if ((status & Status.failed) !== 0) {
      this.#outbox.add(size);
      this.#failed = true;
      this.#host.onwriteerror(this.#session.getError());
      return;
    }
    if (size === 0) {
      this.#outbox.add(0);
      // If nothing was to be written, the callback still comes later, as that of other writes: what is
      // written behind it waits, and gets the error of a `destroy()` that follows at once.
      this.#flushing = this.#done === total;
      if (this.#flushing) nextTick(this.#onflushed);
      // Else it is blocked by a renegotiation.
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
    if (error) {
      this.#failed = true;
      this.#host.onwriteerror(error);
    } else if (this.#done === this.#plaintext?.size) {
      this.#finish();
    } else {
      this.proceed();
    }
  };

  #finish(error?: Error | null): void {
    const callback = this.#callback;
    this.#plaintext?.release();
    this.#plaintext = null;
    this.#callback = null;
    callback?.(error);
  }
}
