// Whether connections are driven in I/O threads (csrc/io_threads/): the setting of a connection or its
// server, of the program, of the environment.

import { invalidArgValue } from '../base/errors';

/**
 * Where a connection over a socket of the kernel is read, decrypted, encrypted and written: `'never'`:
 * on the event loop; `'always'`: in an I/O thread, where one can be had.
 */
export type IoThreads = 'never' | 'always';

const MODES: readonly string[] = ['never', 'always'];

/** What the environment variable `OWNSSL_IO` says. */
export function initialIoThreads(): IoThreads {
  const { OWNSSL_IO: mode } = process.env;
  return mode === undefined || mode === '' ? 'never' : ioThreadsMode(mode, 'OWNSSL_IO');
}

/** @throws ERR_INVALID_ARG_VALUE */
export function ioThreadsMode(mode: unknown, name: string): IoThreads {
  if (!MODES.includes(mode as string)) {
    throw invalidArgValue(
      name,
      mode,
      `must be one of: ${MODES.map((each) => `'${each}'`).join(', ')}`,
    );
  }
  return mode as IoThreads;
}
