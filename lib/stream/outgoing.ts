// What the application writes, on its way to the peer: one write at a time, whoever encrypts it.

import { AsyncResource } from 'node:async_hooks';

import { errors } from '../base/errors';
import { allocated } from './large-buffers';
import { Plaintext, type Chunk } from './plaintext';
import type { WriteCallback } from './transport';

/** Is what a writer has to know of the pump, and tells it. */
export interface WriterHost {
  /** Whether who writes is JavaScript, and no C++ of Node below which no async context may be entered. */
  readonly hasContexts: boolean;
  /** Whether the session takes plaintext now. */
  maySend(): boolean;
  /** The connection is to end by `cancel()`, when what was received is told. */
  onwriteerror(error: Error): void;
}

/**
 * What becomes of the write in progress. It is `held` as long as the session does not take it, or not all of
 * it; `sending` says that the transport, or a thread, has a part of it. After it has `failed` nothing more is
 * sent: the host knows, and cancels what is in progress in time.
 */
type State = 'none' | 'held' | 'sending' | 'failed';

/** Is asked when the session takes plaintext: whether the peer has it already. */
export type Unless = () => boolean;

export abstract class Outgoing {
  /** Counts bytes of plaintext. */
  bytesWritten = 0;
  /** How many bytes of the write in progress need not be kept. */
  protected done = 0;
  protected plaintext: Plaintext | null = null;
  #callback: WriteCallback | null = null;
  #unless: Unless | undefined;
  #state: State = 'none';
  /** Whether everything that is still written counts as sent, and is not. */
  #lost = false;

  constructor(protected readonly host: WriterHost) {}

  /** Sends as much of the plaintext as goes now. `finish()`, `goOn()` or `fail()` follows. */
  protected abstract send(plaintext: Plaintext): void;

  /** Sends as much of the rest as the kernel takes at once, since the connection is closed then. */
  protected abstract sendLast(plaintext: Plaintext): void;

  /** Whether nothing is left to do for the write in progress, and its callback is planned. */
  protected abstract isPlanned(plaintext: Plaintext): boolean;

  /** Whether a write is in progress. */
  get waiting(): boolean {
    return this.#callback !== null;
  }

  /** Whether it waits for the session, and not for the transport. */
  get blocked(): boolean {
    return this.#state === 'held';
  }

  /** Whether the transport, or a thread, has a part of it, and nothing has failed. */
  protected get sending(): boolean {
    return this.#state === 'sending';
  }

  /**
   * Takes one write at a time, and goes as far as possible now. The callback comes when the bytes need not be kept, in
   * the async context of this call.
   */
  write(chunks: readonly Chunk[], callback: WriteCallback, unless?: Unless): void {
    this.#unless = unless;
    this.plaintext = new Plaintext(chunks, this.host.maySend());
    this.#callback = callback;
    this.done = 0;
    this.bytesWritten += this.plaintext.size;
    allocated(this.plaintext.size);
    if (this.#state === 'none') this.#state = 'held';
    this.proceed();
    this.#keepContext();
  }

  /** A callback that is planned for a tick has its context from there; making one takes time. */
  #keepContext(): void {
    const { plaintext } = this;
    const callback = this.#callback;
    if (plaintext === null || callback === null || !this.host.hasContexts) return;
    if (this.isPlanned(plaintext)) return;
    const context = new AsyncResource('OWNSSL');
    this.#callback = (error) => {
      context.runInAsyncScope(callback, undefined, error);
    };
  }

  /** Goes on as far as possible now. */
  proceed(): void {
    const { plaintext } = this;
    if (plaintext === null) return;
    if (this.#lost) {
      this.finish();
    } else if (this.#state === 'held' && this.host.maySend()) {
      const unless = this.#unless;
      this.#unless = undefined;
      if (unless?.()) this.finish();
      else if (plaintext.intact) this.send(plaintext);
      else this.fail(errors.chunkDetached());
    }
  }

  /** The connection is about to be closed: the kernel gets what it takes at once of the write in progress. */
  hurry(): void {
    const { plaintext } = this;
    if (plaintext !== null && this.sending && this.host.maySend() && plaintext.intact)
      this.sendLast(plaintext);
  }

  /** There will be no more. The callback of a write in progress gets the error. */
  cancel(error?: Error): void {
    // The error is made only for somebody: with its stack it takes time, and most connections end well.
    if (this.#callback !== null) this.finish(error ?? errors.cancelled());
  }

  /** Lets what is in progress, and what is still to come, count as sent. */
  lose(): void {
    this.#lost = true;
    this.proceed();
  }

  /** The transport, or a thread, has a part of the plaintext, and asks for more by `goOn()`. */
  protected away(): void {
    this.#state = 'sending';
  }

  /** Goes on with the write, if it is still the one that was sent in part. */
  protected goOn(): void {
    if (this.#state === 'sending') this.#state = 'held';
    this.proceed();
  }

  protected fail(error: Error): void {
    if (this.#state === 'failed') return;
    this.#state = 'failed';
    this.host.onwriteerror(error);
  }

  protected readonly finish = (error?: Error | null): void => {
    const callback = this.#callback;
    if (callback === null) return;
    this.plaintext?.release();
    this.plaintext = null;
    this.#callback = null;
    if (this.#state !== 'failed') this.#state = 'none';
    callback(error);
  };
}
