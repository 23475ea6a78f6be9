// Checks of arguments, with the errors that Node's own validators throw.

import { errors, invalidArgType, invalidArgValue, outOfRange } from './errors';

export function isView(value: unknown): value is NodeJS.ArrayBufferView {
  return ArrayBuffer.isView(value);
}

/**
 * The same bytes as a Buffer, without a copy.
 *
 * @throws `ERR_INVALID_STATE` where somebody has taken them away, by a transfer to another thread.
 */
export function toBuffer(view: NodeJS.ArrayBufferView): Buffer {
  try {
    return Buffer.from(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength);
  } catch {
    throw errors.detached();
  }
}

/** The same of an ArrayBuffer, too, unless somebody has taken its bytes away; undefined for anything else. */
export function toBytes(value: unknown): Buffer | undefined {
  if (isView(value)) return toBuffer(value);
  if (!(value instanceof ArrayBuffer)) return undefined;
  try {
    return Buffer.from(value);
  } catch {
    return undefined; // It is detached.
  }
}

export function validateBoolean(value: unknown, name: string): asserts value is boolean {
  if (typeof value !== 'boolean') throw invalidArgType(name, 'boolean', value);
}

/** @throws `ERR_INVALID_ARG_TYPE` where one of these options is given, and is no boolean. */
export function validateBooleans<K extends string>(
  options: Readonly<Partial<Record<K, unknown>>>,
  names: readonly K[],
): void {
  for (const name of names) {
    if (options[name] != null) validateBoolean(options[name], `options.${name}`);
  }
}

export function validateString(value: unknown, name: string): asserts value is string {
  if (typeof value !== 'string') throw invalidArgType(name, 'string', value);
}

/** C would cut a name at its NUL, and another host would be looked up, or named (CVE-2026-48930). */
export function validateWithoutNul(value: unknown, name: string): void {
  if (typeof value === 'string' && value.includes('\0')) {
    throw invalidArgValue(name, value, 'must be a string without null bytes');
  }
}

// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type
export function validateFunction(value: unknown, name: string): asserts value is Function {
  if (typeof value !== 'function') throw invalidArgType(name, 'function', value);
}

export function validateObject(value: unknown, name: string): asserts value is object {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw invalidArgType(name, 'object', value);
  }
}

/**
 * An object of options that only this library has: a property that nobody knows is mistyped, and what it
 * was meant to say must not be passed over.
 */
export function validateOptions<K extends string>(
  value: unknown,
  name: string,
  known: readonly K[],
): asserts value is Partial<Record<K, unknown>> {
  validateObject(value, name);
  if (isView(value)) throw invalidArgType(name, 'object', value);
  const stranger = Object.keys(value).find((each) => !known.includes(each as K));
  if (stranger !== undefined) {
    throw invalidArgValue(`${name}.${stranger}`, value, 'is not known');
  }
}

export function validateBuffer(
  value: unknown,
  name = 'buffer',
): asserts value is NodeJS.ArrayBufferView {
  if (!isView(value)) throw invalidArgType(name, ['Buffer', 'TypedArray', 'DataView'], value);
}

export function validateStringOrBuffer(
  value: unknown,
  name: string,
): asserts value is string | NodeJS.ArrayBufferView {
  if (typeof value !== 'string' && !isView(value)) {
    throw invalidArgType(name, ['string', 'Buffer', 'TypedArray', 'DataView'], value);
  }
}

export function validateArray(value: unknown, name: string): asserts value is unknown[] {
  if (!Array.isArray(value)) throw invalidArgType(name, 'Array', value);
}

export function validateNumber(
  value: unknown,
  name: string,
  min?: number,
): asserts value is number {
  if (typeof value !== 'number') throw invalidArgType(name, 'number', value);
  if (Number.isNaN(value) || (min !== undefined && value < min)) {
    throw outOfRange(name, min === undefined ? 'a number' : `>= ${min}`, value);
  }
}

/** @throws `ERR_OUT_OF_RANGE` for what is no integer from `min` to `max`. */
export function validateIntegerIn(
  value: unknown,
  name: string,
  min: number,
  max: number,
): asserts value is number {
  if (typeof value !== 'number') throw invalidArgType(name, 'number', value);
  if (!Number.isInteger(value)) throw outOfRange(name, 'an integer', value);
  if (value < min || value > max) throw outOfRange(name, `>= ${min} && <= ${max}`, value);
}

export function validateInt32(
  value: unknown,
  name: string,
  min = -(2 ** 31),
): asserts value is number {
  validateIntegerIn(value, name, min, 2 ** 31 - 1);
}

export function validateUint32(
  value: unknown,
  name: string,
  positive = false,
): asserts value is number {
  validateIntegerIn(value, name, positive ? 1 : 0, 2 ** 32 - 1);
}
