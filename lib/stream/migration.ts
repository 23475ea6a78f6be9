// Moves a connection between the event loop and an I/O thread while it is open, where `ioThreads` is
// 'auto' and the load of the loop has changed. It moves when it rests: all of it is then in the session and
// the socket, and the other place begins with these.

import { debugSteps } from '../base/debug';
import { setImmediate } from '../base/timers';
import { preferredPlace } from '../context/io-threads';
import type { Core } from './core';
import type { IoDrive } from './io-drive';
import type { LoopDrive } from './loop-drive';

/** Is what a migration has to know of the drives. */
interface Movable {
  readonly loop: LoopDrive;
  readonly thread: IoDrive | null;
  /** Whether no write is in progress, or lost. */
  readonly written: boolean;
  moveToThread(): void;
  moveToLoop(): void;
}

/**
 * So many deliveries and writes pass before it looks at the load again, which costs a microsecond. In the tests
 * it looks each time, so that moves happen in between anything.
 */
const EACH = process.env.OWNSSL_ASSERT === '1' ? 1 : 32;

export class Migration {
  readonly #core: Core;
  readonly #drives: Movable;
  #count = 0;
  /** Where it is to be at the next opportunity. */
  #wanted: 'thread' | 'loop' | null = null;

  constructor(core: Core, drives: Movable) {
    this.#core = core;
    this.#drives = drives;
  }

  /** Is called with each delivery. */
  consider(): void {
    if (++this.#count < EACH || this.#wanted !== null || !this.#core.transport.moves) return;
    this.#count = 0;
    const place = preferredPlace();
    if (place === null || (place === 'thread') === (this.#drives.thread !== null)) return;
    this.#wanted = place;
    // The callbacks of writes come in the ticks of this turn, and listeners may be on the stack.
    setImmediate(this.#onimmediate);
  }

  /** Is called before each write: a stream that is never without a write gives no other opportunity. */
  beforeWrite(): void {
    this.consider();
    if (this.#wanted === 'thread') this.#move();
  }

  /** The thread has let go of the connection, and of nothing that it has not reported before. */
  detached(): void {
    if (!this.#rests || !this.#core.deliveries.empty || this.#core.incoming.waiting) {
      this.#drives.thread!.path.stay();
      return;
    }
    debugSteps('A connection moves to the event loop');
    this.#drives.moveToLoop();
  }

  readonly #onimmediate = (): void => {
    this.#move();
    this.#wanted = null; // It looks at the load again before it tries again.
  };

  #move(): void {
    const wanted = this.#wanted;
    const { thread } = this.#drives;
    if (wanted === null || !this.#rests) return;
    this.#wanted = null;
    // An earlier wish may have been granted only now.
    if (wanted === 'loop') {
      thread?.path.askToDetach();
    } else if (
      thread === null &&
      this.#drives.loop.incoming.movable &&
      this.#core.outbox.sendable
    ) {
      debugSteps('A connection moves to an I/O thread');
      this.#drives.moveToThread();
    }
  }

  /** Whether there is neither a handshake nor an end, and nothing waits to be sent. */
  get #rests(): boolean {
    const { handshake, input, life } = this.#core.states;
    return (
      life.state === 'open' &&
      input.state === 'open' &&
      handshake.state === 'done' &&
      this.#drives.written
    );
  }
}
