// Whether the event loop waits for a connection: as the program says, and as long as there is something to write.

import { clearTimeout, setTimeout } from '../base/timers';
import type { Below } from './below';

/** So long, in milliseconds, a process that would end waits for a silent peer with what is to be written to it. */
const LONGEST_HOLD = 5000;

export class Waiting {
  /** Whether it waits as long as the connection is open, which `unref()` takes back. */
  wanted = true;
  readonly #below: Below;
  #held = false;
  #release: NodeJS.Timeout | undefined;

  constructor(below: Below) {
    this.#below = below;
  }

  ref(): void {
    this.wanted = true;
    this.#below.socket?.ref();
  }

  unref(): void {
    this.wanted = false;
    if (this.#held) return;
    this.#below.socket?.unref();
  }

  /**
   * Says whether the event loop is to wait, whatever `unref()` has said: until this is taken back, or the peer has
   * had time enough.
   */
  hold(held: boolean): void {
    if (this.#held === held) return;
    this.#held = held;
    clearTimeout(this.#release);
    if (held && this.#below.handle?.hasRef?.() === false) this.wanted = false;
    if (this.wanted) return;
    if (held) {
      this.#below.socket?.ref();
      this.#release = setTimeout(() => this.#below.socket?.unref(), LONGEST_HOLD);
      this.#release.unref();
    } else {
      this.#below.socket?.unref();
    }
  }
}
