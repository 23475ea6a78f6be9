// The time that a server gives a handshake (the option handshakeTimeout).

import { clearTimeout, setTimeout } from '../base/timers';

/** Node takes the time by the socket's own timer, so its property says how long that is; 0 is for ever. */
interface Timed {
  timeout?: number | undefined;
}

export class HandshakeTimeout {
  #timer: NodeJS.Timeout | null = null;
  #socket: Timed = {};
  #limit = 0;

  /** Calls back unless it is stopped before. The limit is absolute: no byte now and then wins a peer time. */
  start(milliseconds: number, socket: object, onexpired: () => void): void {
    this.#timer = setTimeout(onexpired, milliseconds);
    this.#timer.unref();
    this.#limit = milliseconds;
    this.#socket = socket;
    this.#socket.timeout = milliseconds;
  }

  /** Says that the handshake is over. What the application has set meanwhile stays. */
  conclude(): void {
    if (this.#timer !== null && this.#socket.timeout === this.#limit) this.#socket.timeout = 0;
    this.stop();
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
