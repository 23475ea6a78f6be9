// Ends our side: after the handshake and all writes, by close_notify and the transport's end. When both
// sides have ended, it closes what is left of the transport.

import { Progress } from '../native/boundary';
import { clearTimeout, setImmediate, setTimeout } from '../base/timers';
import type { Core } from './core';
import type { Http2Use } from './pump-owner';

/**
 * A connection that is ended before its handshake, or a renegotiation, is over waits so long for that, in
 * milliseconds, because a peer that says nothing must not keep the connection open.
 */
const PATIENCE = 1000;

/** Is what a farewell has to know of the pump. */
interface Leaver {
  /** Begins the handshake. */
  start(): void;
  readonly http2: Http2Use | null;
  /** Whether OpenSSL is driven in a thread, which sends close_notify before the end by itself. */
  readonly threaded: boolean;
}

export class Farewell {
  readonly #core: Core;
  readonly #leaver: Leaver;
  /** Is called when the handshake is over, or will never be. */
  #waiting: (() => void) | null = null;
  /** Whether the transport has taken all that there was, and its end. */
  #taken = false;

  constructor(core: Core, leaver: Leaver) {
    this.#core = core;
    this.#leaver = leaver;
  }

  end(callback: () => void): void {
    const { alive, established, outbox, progress, session, states, transport } = this.#core;
    if (!alive) {
      callback();
      return;
    }
    if (!established && states.input.state === 'open') this.#leaver.start();
    const mayWait = states.input.state === 'open' && !this.#leaver.http2?.hasNothingToSay;
    if (this.#core.underWay && mayWait && this.#waiting === null) {
      const timer = setTimeout(() => {
        this.proceed();
      }, PATIENCE);
      this.#waiting = () => {
        clearTimeout(timer);
        this.end(callback);
        this.#waiting = null;
      };
      return;
    }
    if (established && states.life.state === 'open') states.life.go('shutDown');
    if (established && !this.#leaver.threaded) {
      session.shutdown(outbox.room());
      outbox.add(progress[Progress.output]!);
    }
    outbox.flush(undefined, true);
    transport.end(() => {
      this.#taken = true;
      callback();
      this.release();
    });
  }

  /** Goes on when the handshake is over, or will never be. */
  proceed(): void {
    this.#waiting?.();
  }

  /**
   * Closes the transport when both directions are over, since it is not needed any more, though the
   * application may not have read all that was received. Where it has, it closes the connection before this
   * does.
   */
  release(): void {
    const { owner, states, transport } = this.#core;
    if (!this.#taken || states.input.state !== 'delivered' || owner.hasReadAll) return;
    setImmediate(() => {
      if (!this.#core.alive) return;
      owner.onrelease();
      transport.release();
    });
  }
}
