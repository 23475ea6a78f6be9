// The time that a server gives a handshake (the option handshakeTimeout).

import { clearTimeout, setTimeout } from '../base/timers';

export class HandshakeTimeout {
  #timer: NodeJS.Timeout | null = null;

  /** Calls back unless it is stopped before. The limit is absolute: no byte now and then wins a peer time. */
  start(milliseconds: number, onexpired: () => void): void {
    this.#timer = setTimeout(onexpired, milliseconds);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
