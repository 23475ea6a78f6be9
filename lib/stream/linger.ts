// The last look of a process that is about to end.

import { setImmediate } from '../base/timers';

/**
 * Keeps the event loop going until it has looked once more for what the peer sends, such as the tickets of
 * TLS 1.3. If the process ended with that unread, the kernel would reset the connection, and what was
 * written just now would be lost.
 */
export class Linger {
  #under = false;

  /** Begins where a socket that does not hold the process has written. */
  begin(): void {
    if (this.#under) return;
    this.#under = true;
    // Between two immediates the loop polls.
    setImmediate(() => {
      setImmediate(() => {
        this.#under = false;
      });
    });
  }
}
