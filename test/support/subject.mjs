// The tls module under test: ownssl, or Node's own when OWNSSL_SUBJECT=builtin.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);

export const subject = process.env.OWNSSL_SUBJECT === 'builtin' ? 'builtin' : 'ownssl';

/** What child processes have to require to test the same subject. */
export const subjectPath =
  subject === 'builtin'
    ? 'node:tls'
    : fileURLToPath(new URL('../../dist/index.js', import.meta.url));

export const tls = require(subjectPath);

/** Node's own tls: the peer in interop specs. */
export const builtin = require('node:tls');
