// Programs in a process that ownssl/register has put on the module under test.
import { fileURLToPath } from 'node:url';
import { subject } from '../support/subject.mjs';

export const registerPath = fileURLToPath(new URL('../../dist/register.js', import.meta.url));

/** Flags of node; none for Node's own tls, which is the reference. */
export const registered = (how = '--require') =>
  subject === 'builtin' ? [] : [how, how === '--import' ? fileUrl(registerPath) : registerPath];

/** What `process.versions.ownssl` has to be. */
export const mark = subject === 'builtin' ? 'undefined' : 'string';

const fileUrl = (path) => new URL(`file://${path}`).href;
