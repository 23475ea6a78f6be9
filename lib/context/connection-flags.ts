// Options of connections and servers that are on or off, and that Node does not have, or checks.

import { validateBooleans } from '../base/validate';

const FLAGS = [
  'allowRenegotiation',
  'clientHello',
  'enableTrace',
  'offloadHandshakes',
  'verifyInHandshake',
] as const;

/** @throws `ERR_INVALID_ARG_TYPE` for one that is given, and is no boolean. */
export function validateFlags(
  options: Readonly<Partial<Record<(typeof FLAGS)[number], unknown>>>,
): void {
  validateBooleans(options, FLAGS);
}
