// Functions of the program have no names that could be compared, so each gets a random one, which holds in
// this process alone.

import { nodeCrypto } from './node-modules';

const names = new WeakMap<object, string>();

/** A name that no other function has. */
export function uniqueName(given: object): string {
  let name = names.get(given);
  if (name === undefined) names.set(given, (name = nodeCrypto().randomBytes(16).toString('hex')));
  return name;
}
