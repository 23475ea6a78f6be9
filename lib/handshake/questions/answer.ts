// How a question of a handshake is answered. OpenSSL waits meanwhile (csrc/fiber/fiber.h), so an
// application may answer at once, by a callback, or by a promise. What it throws ends the handshake
// with an alert to the peer and the error on the socket; no answer means refusal.

import { errors } from '../../base/errors';
import type { NativeSession } from '../../native/boundary';
import type { Connection } from '../connection';
import { nextTick } from '../../base/timers';

/** Ends a waiting handshake, because its question gets no answer. */
export function refuse(connection: Connection, error: unknown): void {
  connection.refuse(asError(error));
}

/** Applications throw all sorts of things, which here become errors. */
function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : errors.thrownNoError(thrown);
}

/**
 * Runs `produce`, waits for its promise if it returns one, and lets the handshake go on with what
 * `use` makes of the value. Any error refuses.
 */
export function answer<T>(
  connection: Connection,
  produce: () => T | PromiseLike<T>,
  use: (value: T, session: NativeSession) => void,
  /**
   * Answers in a way that means refusal, where leaving the question without an answer would send the wrong
   * alert.
   */
  refuseBy?: (session: NativeSession) => void,
): void {
  const fail = (error: unknown): void => {
    const { session } = connection;
    if (session === null) return;
    if (!refuseBy) {
      refuse(connection, error);
      return;
    }
    connection.refuseWith(asError(error));
    refuseBy(session);
    connection.proceed();
  };
  const settle = (value: T): void => {
    const { session } = connection;
    if (session === null) return; // The connection was closed meanwhile.
    try {
      use(value, session);
    } catch (error) {
      fail(error);
      return;
    }
    connection.proceed();
  };
  let value: T | PromiseLike<T>;
  try {
    value = produce();
  } catch (error) {
    fail(error);
    return;
  }
  if (!isPromise(value)) {
    settle(value);
    return;
  }
  // The answer is used in a tick of its own. It leads to listeners, and what one of those throws would be a
  // rejection of this promise, which nobody sees, instead of an exception.
  Promise.resolve(value).then(
    (settled) => {
      nextTick(settle, settled);
    },
    (error: unknown) => {
      nextTick(fail, error);
    },
  );
}

export function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as PromiseLike<T> | null)?.then === 'function';
}
