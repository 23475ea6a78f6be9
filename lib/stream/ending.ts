// How a connection ends: by a clean end, a failure, or a transport that has closed, each told after
// what was received before it.

import { errors } from '../base/errors';
import type { Core } from './core';
import { END, TRANSPORT_CLOSE } from './deliveries';
import type { Http2Use } from './pump-owner';

/**
 * Node 20's streams may drop what a socket has received when a write fails after that. Without the peer's
 * close_notify nobody can tell whether that has happened, so there it is an error.
 */
const LOSES_DATA = Number.parseInt(process.versions.node) < 22;

export class Ending {
  readonly #core: Core;
  /** This error ends the connection when what was received is told. */
  #held: Error | null = null;
  /** This error is of something that was ours to send, and not the application's. */
  #late: Error | null = null;
  #transportClosed = false;

  constructor(core: Core) {
    this.#core = core;
  }

  hold(error: Error): void {
    this.#held ??= error;
  }

  /** @returns whether it counts as written, because reading tells what became of the connection. */
  writeFailed(error: Error, http2: Http2Use | null): boolean {
    if (http2 === null || !isOfWrite(error)) {
      this.hold(error);
      return false;
    }
    http2.lostWrite = true;
    this.#late = error;
    return true;
  }

  transportFailed(error: Error): void {
    const { alive, established, states } = this.#core;
    if (!alive) return;
    // A peer that has said goodbye, or left, need not take what is not the application's, such as our
    // close_notify or a ticket. Whether it has left, reading tells.
    const ending = states.life.state === 'shutDown' && states.input.state !== 'open';
    if ((isOfWrite(error) && established) || ending) this.#late = error;
    else this.hold(error);
  }

  /** @param writing - A write is in progress: a clean 'close' would say that it was sent. */
  transportClosed(writing: boolean): void {
    if (writing && this.#core.established) this.hold(errors.cancelled());
    this.#transportClosed = true;
  }

  /** Is called when nothing moves any more, and finds out whether that is for good. */
  conclude(): void {
    const { alive, asked, deliveries, incoming, refusal, states } = this.#core;
    const { state: handshake } = states.handshake;
    if (!alive || handshake === 'offloaded') return;
    if (handshake === 'judging' && (incoming.waiting || states.input.state === 'closeNotify'))
      return;
    if (refusal !== null && !asked) {
      if (incoming.settling) return;
      // OpenSSL made nothing of the refusal, which ends the connection all the same.
      this.#core.fail(refusal);
      return;
    }
    // The kernel may have something that nobody has asked it for. That is told before a failure.
    if (this.#held !== null && incoming.readLast()) return;
    const { state } = states.input;
    if ((state === 'ended' || state === 'closeNotify') && !incoming.waiting) {
      if (state === 'ended' && this.#late !== null && this.#losesData()) {
        this.#core.fail(this.#late);
        return;
      }
      states.input.go('delivered');
      deliveries.add(END);
    } else if (this.#held !== null) {
      this.#core.fail(this.#held);
    } else if (this.#transportClosed && !incoming.waiting) {
      this.#transportClosed = false;
      deliveries.add(TRANSPORT_CLOSE);
    }
  }

  #losesData(): boolean {
    return LOSES_DATA && !this.#core.transport.direct;
  }
}

function isOfWrite(error: Error): boolean {
  return (error as NodeJS.ErrnoException).syscall === 'write';
}
