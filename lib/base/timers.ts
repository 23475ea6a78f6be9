// Node's own timers, as they are when this is loaded. Tests put others in their place (Jest's and Sinon's
// fake timers), and mean those of the program, not those that a connection is made of.

import timers = require('node:timers');

export const { clearImmediate, clearTimeout, setImmediate, setTimeout } = timers;

/** Calls `callback` before anything else happens, with `values`. */
export const nextTick: <T extends unknown[]>(
  callback: (...values: T) => void,
  ...values: T
) => void = process.nextTick;

/** Calls `callback` when the ticks that wait now have run. */
export const { queueMicrotask } = globalThis;

const { now: readClock } = Date;

/** Milliseconds since 1970. */
export function now(): number {
  return readClock();
}
