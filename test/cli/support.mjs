import { fileURLToPath } from 'node:url';
import { run } from '../support/child.mjs';
import { subject } from '../support/subject.mjs';

export const launcher = fileURLToPath(new URL('../../bin/ownssl.js', import.meta.url));

/** Runs the command line to its end. */
export function ownssl(args, { env = {}, ...options } = {}) {
  const clean = { NO_COLOR: '', FORCE_COLOR: '', ...env };
  return run(process.execPath, [launcher, ...args], { env: clean, ...options });
}

/** Skips a suite when the built-in is under test: the command line is ours alone. */
export const describeOwn = subject === 'builtin' ? describe.skip : describe;
