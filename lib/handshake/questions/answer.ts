// How a question of a handshake is answered. OpenSSL waits meanwhile (csrc/fiber/fiber.h), so an
// application may answer at once, by a callback, or by a promise. What it throws ends the handshake
// with an alert to the peer and the error on the socket; no answer means refusal.

import type { NativeSession } from '../../native/boundary';
import { errors } from '../../base/errors';
import type { Connection } from '../connection';

/** Ends a waiting handshake. */
export function refuse(socket: Connection, error: unknown): void {
  socket._handle?.pump.refuse(asError(error));
}

/** Applications throw all sorts of things. */
function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/**
 * Runs `produce`, waits for its promise if it returns one, and lets the handshake go on with what
 * `use` makes of the value. Any error refuses.
 */
export function answer<T>(
  socket: Connection,
  produce: () => T | PromiseLike<T>,
  use: (value: T, session: NativeSession) => void,
  /** How to refuse, where that is not to be OpenSSL's own way. */
  refuseBy?: (session: NativeSession) => void,
): void {
  const fail = (error: unknown): void => {
    const handle = socket._handle;
    if (handle === null) return;
    if (!refuseBy) {
      refuse(socket, error);
      return;
    }
    handle.pump.refuseWith(asError(error));
    refuseBy(handle.session);
    handle.pump.proceed();
  };
  const settle = (value: T): void => {
    const handle = socket._handle;
    if (handle === null) return; // Destroyed meanwhile; the session went with it.
    try {
      use(value, handle.session);
    } catch (error) {
      fail(error);
      return;
    }
    handle.pump.proceed();
  };
  try {
    const value = produce();
    if (isPromise(value)) value.then(settle, fail);
    else settle(value);
  } catch (error) {
    fail(error);
  }
}

export function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as PromiseLike<T> | null)?.then === 'function';
}

/**
 * The value that `call` passes to a Node-style callback, or that the promise it returns holds.
 * Calling back twice is an error of the application, and ends the connection.
 */
export function called<T>(
  socket: Connection,
  call: (callback: (error?: Error | null, value?: T) => void) => unknown,
): Promise<T | undefined> | T | undefined {
  let done = false;
  let immediate: { error?: Error | null; value?: T } | null = null;
  let later: ((error?: Error | null, value?: T) => void) | null = null;
  const result = call((error, value) => {
    if (done) {
      socket.destroy(errors.multipleCallback());
      return;
    }
    done = true;
    if (later !== null) later(error, value);
    else immediate = { error, value };
  });
  const early = immediate as { error?: Error | null; value?: T } | null;
  if (early !== null) {
    if (early.error) throw early.error;
    return early.value;
  }
  if (isPromise(result as T | PromiseLike<T>)) {
    done = true;
    return Promise.resolve(result as T);
  }
  return new Promise((resolve, reject) => {
    later = (error, value) => {
      if (error) reject(error);
      else resolve(value);
    };
  });
}
