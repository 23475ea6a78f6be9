// Public keys that a program gives.

import type { KeyObject } from 'node:crypto';

import { invalidArgType, invalidArgValue } from '../base/errors';
import { isView } from '../base/validate';
import { nodeCrypto } from '../base/node-modules';

/** A SubjectPublicKeyInfo in PEM or DER, or a `crypto.KeyObject` of type `'public'`. */
export type PublicKey = string | NodeJS.ArrayBufferView | KeyObject;

/**
 * The key in a form that the OpenSSL in use can read.
 *
 * @throws `ERR_INVALID_ARG_TYPE`; `ERR_INVALID_ARG_VALUE` for a KeyObject that is not public.
 */
export function publicKeyBytes(key: unknown, name: string): string | NodeJS.ArrayBufferView {
  if (typeof key === 'string' || isView(key)) return key;
  if (!(key instanceof nodeCrypto().KeyObject)) {
    throw invalidArgType(name, ['string', 'Buffer', 'TypedArray', 'DataView', 'KeyObject'], key);
  }
  if (key.type !== 'public') {
    throw invalidArgValue(name, key.type, 'must be a KeyObject of type "public"');
  }
  return key.export({ type: 'spki', format: 'der' });
}
