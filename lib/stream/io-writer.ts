// Hands what the application writes to an I/O thread, which encrypts it.

import { nextTick } from '../base/timers';
import type { IoPath } from './io-path';
import { Outgoing, type WriterHost } from './outgoing';
import type { Plaintext } from './plaintext';

export class IoWriter extends Outgoing {
  readonly #path: IoPath;

  constructor(path: IoPath, host: WriterHost) {
    super(host);
    this.#path = path;
  }

  protected send({ data, size }: Plaintext): void {
    this.away();
    if (size > 0) this.done += this.#path.send(data, this.done, size);
    // The callback is not called at once, because whoever writes would take this for a stream of endless
    // patience.
    if (this.done === size) nextTick(this.finish);
  }

  protected sendLast({ data, size }: Plaintext): void {
    this.#path.sendLast(data, this.done, size);
  }

  protected isPlanned({ size }: Plaintext): boolean {
    return this.done === size;
  }

  /** The thread has room for more. */
  ontaken(): void {
    this.goOn();
  }
}
