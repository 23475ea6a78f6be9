// How the event loop calls a connection: each call makes one delivery to the application, with ticks and
// microtasks after it, in the connection's own async context (csrc/node/turns.h). No other file knows how a
// callback scope is made.

import { AsyncResource } from 'node:async_hooks';

import { Next } from '../native/boundary';
import { ensureOpenSSL } from '../native/openssl';
import { clearImmediate, setImmediate } from '../base/timers';

/** What is to be done after a delivery. */
export type NextStep = (typeof Next)[keyof typeof Next];

/** Makes the deliveries of a connection. */
export interface TurnTaker {
  /**
   * Makes one delivery at most, and says whether there is more to do, at once or later.
   *
   * @param bare - There is no callback scope around it; it was asked for by `Next.bare`.
   */
  onturn(bare?: boolean): NextStep;
}

/** A connection's place in the event loop. */
export interface Turn {
  /** `onturn()` is called soon, when nothing of JavaScript is on the stack. */
  schedule(): void;
  /** From now on deliveries belong to this object, and to the async context of this call. */
  renew(resource: object): void;
  /** `callback` is called soon, in that context, also after `close()`. */
  call(callback: () => void): void;
  /** There are no more deliveries. */
  close(): void;
}

/** Makes a turn, whose deliveries belong to the async context of this call. */
export function newTurn(taker: TurnTaker): Turn {
  native ??= openNative();
  return native === false ? new ImmediateTurn(taker) : new native(taker);
}

type NativeTurn = new (taker: TurnTaker) => Turn;
let native: NativeTurn | false | null = null;

function openNative(): NativeTurn | false {
  const { Turn, takeTurns } = ensureOpenSSL();
  if (Turn === undefined) return false;
  takeTurns!(function onturn(this: TurnTaker, bare?: boolean) {
    return this.onturn(bare);
  });
  return Turn;
}

/** Where libuv can't be reached, each delivery is an immediate, after which Node runs ticks. */
class ImmediateTurn implements Turn {
  #resource = new AsyncResource('OWNSSL');
  #immediate: NodeJS.Immediate | null = null;

  constructor(readonly taker: TurnTaker) {}

  schedule(): void {
    this.#immediate ??= setImmediate(this.#run);
  }

  renew(): void {
    this.#resource = new AsyncResource('OWNSSL');
  }

  call(callback: () => void): void {
    setImmediate(() => {
      this.#resource.runInAsyncScope(callback);
    });
  }

  close(): void {
    if (this.#immediate !== null) clearImmediate(this.#immediate);
    this.#immediate = null;
  }

  readonly #run = (): void => {
    this.#immediate = null;
    let next: NextStep = Next.later;
    try {
      // An immediate has a callback scope, so there is nothing that could be bare.
      next = this.#resource.runInAsyncScope(() => this.taker.onturn());
      if (next === Next.bare) next = this.#resource.runInAsyncScope(() => this.taker.onturn(true));
    } finally {
      // The connection goes on after an exception, too.
      if (next !== Next.nothing) this.schedule();
    }
  };
}
