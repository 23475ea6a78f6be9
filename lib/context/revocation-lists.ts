// Revocation lists (CRLs, RFC 5280, 5) of a context: those of the option `crl`, and those that take their
// place later.

import { invalidArgValue } from '../base/errors';
import { validateStringOrBuffer } from '../base/validate';
import type { NativeSecureContext } from '../native/boundary';
import { reading } from './reading';

/** PEM, of one list or several. */
export type RevocationList = string | NodeJS.ArrayBufferView;

/**
 * Takes these lists in place of those that the context has. An empty list of lists is an error, because it
 * may be a mistake, and nobody would be refused any more; null says that it is none.
 *
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`; `ERR_CRYPTO_OPERATION_FAILED` for what can't be
 *   read, and then nothing has changed.
 */
export function setRevocationLists(
  context: NativeSecureContext,
  crl: RevocationList | readonly RevocationList[] | null,
  name: string,
): void {
  if (crl === null) {
    context.setCRL([]);
    return;
  }
  const several = Array.isArray(crl);
  const lists = several ? (crl as readonly RevocationList[]) : [crl as RevocationList];
  for (const each of lists) validateStringOrBuffer(each, name);
  if (lists.length === 0) throw invalidArgValue(name, crl, 'has no list; null takes all away');
  try {
    context.setCRL(lists);
  } catch (error) {
    const { index = 0 } = error as { index?: number };
    delete (error as { index?: number }).index;
    reading(lists[index]!, { name: several ? `${name}[${index}]` : name, kind: 'CRL' }, () => {
      throw error;
    });
  }
}
