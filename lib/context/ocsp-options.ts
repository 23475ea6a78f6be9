// The option `ocsp` of clients (RFC 6960).

import { invalidArgValue } from '../base/errors';
import { validateString } from '../base/validate';
import { ensureOpenSSL } from '../native/openssl';

/** **ownssl only.** What a client wants of a stapled OCSP response; see `ocsp` in ConnectionOptions. */
export type OcspMode = 'off' | 'check' | 'require';

const MODES: readonly unknown[] = ['off', 'check', 'require'] satisfies OcspMode[];

/**
 * `'off'` without the option.
 *
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_OWNSSL_FEATURE_UNAVAILABLE`
 */
export function ocspModeOf(option: unknown): OcspMode {
  if (option === undefined || option === null || option === 'off') return 'off';
  validateString(option, 'options.ocsp');
  if (!MODES.includes(option)) {
    throw invalidArgValue('options.ocsp', option, "must be 'off', 'check' or 'require'");
  }
  ensureOpenSSL().checkOcsp();
  return option as OcspMode;
}
