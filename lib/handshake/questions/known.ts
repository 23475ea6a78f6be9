// Waits for what a function of the application answers, at once or by a promise.

import { nextTick } from '../../base/timers';

export function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as PromiseLike<T> | null)?.then === 'function';
}

/**
 * Calls `settle` with the value that `produce` returns or promises, or `fail` with what it throws or rejects
 * with. What follows a promise comes in a tick of its own. It leads to listeners, and what one of those
 * throws would be a rejection of this promise, which nobody sees, instead of an exception.
 *
 * @returns whether the value is known already.
 */
export function whenKnown<T>(
  produce: () => T | PromiseLike<T>,
  settle: (value: T) => void,
  fail: (error: unknown) => void,
): boolean {
  let value: T | PromiseLike<T>;
  try {
    value = produce();
  } catch (error) {
    fail(error);
    return true;
  }
  if (!isPromise(value)) {
    settle(value);
    return true;
  }
  Promise.resolve(value).then(
    (settled) => {
      nextTick(settle, settled);
    },
    (error: unknown) => {
      nextTick(fail, error);
    },
  );
  return false;
}

/** What `next` makes of a value: at once, or of a promise when it is there. */
export function chain<T, U>(
  value: T | PromiseLike<T>,
  next: (value: T) => U | PromiseLike<U>,
): Promise<U> | U {
  if (isPromise(value)) return Promise.resolve(value).then(next);
  const result = next(value);
  return isPromise(result) ? Promise.resolve(result) : result;
}
