// How the event loop calls a connection: each call makes one delivery to the application, with ticks and
// microtasks after it, in the connection's own async context (csrc/node/turns.h). No other file knows how a
// callback scope is made.

import { AsyncResource } from 'node:async_hooks';

import { Next } from '../native/boundary';
import { ensureOpenSSL } from '../native/openssl';
import { clearImmediate, nextTick, queueMicrotask, setImmediate } from '../base/timers';

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

/**
 * Makes a turn, whose deliveries belong to the async context of this call.
 *
 * @param urgent - Says that the next delivery is not to wait for the event loop. Null: none ever is.
 */
export function newTurn(taker: TurnTaker, urgent: (() => boolean) | null): Turn {
  return urgent === null ? newLoopTurn(taker) : new PromptTurn(taker, urgent);
}

function newLoopTurn(taker: TurnTaker): Turn {
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

/**
 * Makes urgent deliveries in ticks, each in its own, and all others as any turn does. Ticks and microtasks of the
 * one run before the next, since each is asked for by a microtask.
 */
class PromptTurn implements Turn {
  readonly #turn: Turn;
  #resource = new AsyncResource('OWNSSL');
  #waiting = false;

  constructor(
    readonly taker: TurnTaker,
    readonly urgent: () => boolean,
  ) {
    this.#turn = newLoopTurn(taker);
  }

  schedule(): void {
    if (!this.urgent()) {
      this.#turn.schedule();
    } else if (!this.#waiting) {
      this.#waiting = true;
      nextTick(this.#run);
    }
  }

  renew(resource: object): void {
    this.#resource = new AsyncResource('OWNSSL');
    this.#turn.renew(resource);
  }

  call(callback: () => void): void {
    this.#turn.call(callback);
  }

  close(): void {
    this.#turn.close();
  }

  readonly #run = (): void => {
    this.#waiting = false;
    // What was urgent may be told meanwhile.
    if (!this.urgent()) {
      this.#turn.schedule();
      return;
    }
    let next: NextStep = Next.later;
    try {
      next = this.#resource.runInAsyncScope(() => this.taker.onturn());
    } finally {
      // The connection goes on after an exception, too.
      if (next !== Next.nothing) queueMicrotask(this.#again);
    }
  };

  readonly #again = (): void => {
    this.schedule();
  };
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
