// How a question of a handshake is answered. OpenSSL waits meanwhile (csrc/fiber/fiber.h), so an
// application may answer at once, by a callback, or by a promise. What it throws ends the handshake
// with an alert to the peer and the error on the socket; no answer means refusal.

import { errors } from '../../base/errors';
import type { NativeSession } from '../../native/boundary';
import type { Connection } from '../connection';
import { whenKnown } from './known';

/** Ends a waiting handshake, because its question gets no answer. */
export function refuse(connection: Connection, error: unknown): void {
  connection.refuse(asError(error));
}

/** Applications throw all sorts of things, which here become errors. */
export function asError(thrown: unknown): Error {
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
  whenKnown(produce, settle, fail);
}
