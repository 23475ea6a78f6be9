// Encrypts what the application writes by crossings: some records at a time, as a socket of the kernel takes them.
// A Duplex gets all of a write at once, for it may end by itself with its peer, and what came later would be lost.

import { Progress, Status, type NativeSession } from '../native/boundary';
import { nextTick } from '../base/timers';
import { ensureOpenSSL } from '../native/openssl';
import type { Outbox } from './outbox';
import { Outgoing, type WriterHost } from './outgoing';
import type { Plaintext } from './plaintext';

export class Writer extends Outgoing {
  readonly #session: NativeSession;
  readonly #outbox: Outbox;
  readonly #progress = ensureOpenSSL().progress;
  /** Counts what the transport has of the write in progress, and has not taken yet. */
  #pieces = 0;

  constructor(session: NativeSession, outbox: Outbox, host: WriterHost) {
    super(host);
    this.#session = session;
    this.#outbox = outbox;
  }

  /** The callback of the write comes when the transport has taken everything. */
  protected send(plaintext: Plaintext): void {
    this.#cross(plaintext);
    // A Duplex may call anything meanwhile, and so end the write.
    while (this.#outbox.takesAll && this.#hasMore(plaintext)) this.#cross(plaintext);
  }

  protected sendLast(plaintext: Plaintext): void {
    while (this.#outbox.prompt && this.#hasMore(plaintext)) this.#cross(plaintext);
  }

  protected isPlanned({ size }: Plaintext): boolean {
    return this.done === size && this.#outbox.sendable;
  }

  #hasMore(plaintext: Plaintext): boolean {
    return (
      this.plaintext === plaintext &&
      this.sending &&
      this.done < plaintext.size &&
      this.host.maySend()
    );
  }

  #cross({ data, size: total }: Plaintext): void {
    const sends = this.#outbox.sendable;
    const room = this.#outbox.room(total - this.done);
    const status = this.#session.write(data, this.done, total, room, sends);
    const size = this.#progress[Progress.output]!;
    const sent = this.#progress[Progress.sent]!;
    this.done += this.#progress[Progress.written]!;
    if ((status & Status.failed) !== 0) {
      this.#outbox.add(size);
      this.fail(this.#session.getError());
      return;
    }
    if (size === 0) {
      this.#outbox.add(0);
      // A renegotiation blocks it, unless nothing was to be written. Then the callback still comes later, as
      // that of other writes: what is written behind it waits, and gets the error of a `destroy()` that
      // follows at once.
      if (this.done < total) return;
      this.away();
      this.#pieces++;
      nextTick(this.#onflushed);
      return;
    }
    this.away();
    this.#pieces++;
    if (sends) {
      this.#outbox.sent(size, sent, this.#onflushed);
    } else {
      this.#outbox.add(size);
      this.#outbox.flush(this.#onflushed);
    }
  }

  readonly #onflushed = (error?: Error | null): void => {
    this.#pieces--;
    if (error) this.fail(error);
    else if (this.#pieces > 0) return;
    else if (this.done === this.plaintext?.size) this.finish();
    else this.goOn();
  };
}
