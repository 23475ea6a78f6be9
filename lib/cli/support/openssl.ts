// The OpenSSL that a command works with.

import { openssl, useOpenSSL } from '../../native/openssl';
import { Exit, problemFrom } from './exit';
import { refuse, type Form } from './output';

/**
 * Loads the OpenSSL that --openssl names, or the usual one. Where none can be had it says so, and returns the exit
 * status.
 */
export function load(options: Form & { openssl?: string }): number | undefined {
  try {
    if (options.openssl !== undefined) useOpenSSL({ path: options.openssl });
    // Reading the version loads the library: what goes wrong later is not for want of one.
    if (!openssl.version) throw new Error('no OpenSSL could be loaded');
    return undefined;
  } catch (error) {
    return refuse(options, Exit.noOpenSSL, problemFrom(error), { lines: true });
  }
}
