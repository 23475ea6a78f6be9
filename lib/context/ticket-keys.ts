// The keys of a server's session tickets: a ring, whose newest key encrypts, and how it rotates.

import { invalidArgType, invalidArgValue } from '../base/errors';
import {
  isView,
  validateArray,
  validateNumber,
  validateOptions,
  validateString,
  validateUint32,
} from '../base/validate';

type View = NodeJS.ArrayBufferView;

/** Each key more is tried for each ticket that is not known, so there are no more than this. */
const MOST = 16;
const SIZES: readonly number[] = [48, 80];
/** setTimeout() takes no longer time than this. */
const LONGEST = 2 ** 31 - 1;

/** How a server's ticket keys change by themselves. **ownssl only.** */
export interface TicketRotationOptions {
  /** Seconds from one key to the next, at least 1. */
  every: number;
  /**
   * How many older keys still decrypt. Tickets are good for `every` × `keep` seconds at least; less than
   * the `sessionTimeout` ends them early. Default: 2.
   */
  keep?: number | undefined;
  /**
   * Servers of this process with the same group have the same keys, in all its threads; the first one's
   * `every` and `keep` count. Default: each server has its own.
   */
  group?: string | undefined;
}

/** The same options, as the native context takes them. */
export interface TicketRotationPlan {
  /** Milliseconds. */
  readonly every: number;
  readonly keep: number;
  readonly group: string | undefined;
}

/**
 * @returns The one key or the ring, as given.
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`
 */
export function validateTicketKeys(keys: unknown, name: string): View | View[] {
  // Node says the same of an empty list as of anything else that is no key.
  if (!Array.isArray(keys) || keys.length === 0) {
    if (!isView(keys)) throw invalidArgType(name, ['Buffer', 'TypedArray', 'DataView'], keys);
    if (keys.byteLength !== 48) {
      throw invalidArgValue(name, keys.byteLength, 'must be exactly 48 bytes');
    }
    return keys;
  }
  validateArray(keys, name);
  if (keys.length > MOST) {
    throw invalidArgValue(name, keys.length, `must have at most ${MOST} keys`);
  }
  return keys.map((key, index) => {
    const each = `${name}[${index}]`;
    if (!isView(key)) throw invalidArgType(each, ['Buffer', 'TypedArray', 'DataView'], key);
    if (!SIZES.includes(key.byteLength)) {
      throw invalidArgValue(each, key.byteLength, 'must be 48 or 80 bytes');
    }
    return key;
  });
}

/** @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE` */
export function ticketRotationPlan(given: unknown): TicketRotationPlan | null {
  if (given === undefined || given === null) return null;
  const name = 'options.ticketRotation';
  validateOptions(given, name, ['every', 'keep', 'group']);
  const { every, keep = 2, group } = given as Partial<TicketRotationOptions>;
  validateNumber(every, `${name}.every`, 1);
  validateUint32(keep, `${name}.keep`);
  if (keep >= MOST) throw invalidArgValue(`${name}.keep`, keep, `must be less than ${MOST}`);
  if (group !== undefined) validateString(group, `${name}.group`);
  return { every: Math.min(Math.round(every * 1000), Number.MAX_SAFE_INTEGER), keep, group };
}

/** Returns the milliseconds until the next step of a rotation, as setTimeout() takes them. */
export function untilNextStep(rotation: { start: number; every: number }, time: number): number {
  const { every, start } = rotation;
  const into = Math.max(time - start, 0) % every;
  return Math.min(every - into, LONGEST);
}
