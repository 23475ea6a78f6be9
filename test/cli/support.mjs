import { fileURLToPath } from 'node:url';
import { run } from '../support/child.mjs';
import { subject } from '../support/subject.mjs';

export const launcher = fileURLToPath(new URL('../../bin/ownssl.js', import.meta.url));

/** Which specs have used an option: "connect --ca" to their titles. flags.test.mjs looks at it. */
export const uses = new Map();

let spec;
beforeEach(function () {
  spec = this.currentTest;
});

function note([command, ...args]) {
  for (const arg of args) {
    const [flag] = /^--?[A-Za-z0-9][\w-]*/.exec(arg) ?? [];
    if (flag === undefined) continue;
    const key = `${command} ${flag}`;
    if (!uses.has(key)) uses.set(key, new Set());
    uses.get(key).add(spec?.fullTitle());
  }
}

/** The arguments of node for a command line that a spec runs in its own way. */
export function commandLine(...args) {
  note(args);
  return [launcher, ...args];
}

/** Runs the command line to its end. */
export async function ownssl(args, { env = {}, ...options } = {}) {
  const clean = { NO_COLOR: '', FORCE_COLOR: '', ...env };
  const result = await run(process.execPath, [launcher, ...args], { env: clean, ...options });
  // Of an option that is refused nothing was seen.
  if (result.code !== 2) note(args);
  return result;
}

/** Skips a suite when the built-in is under test: the command line is ours alone. */
export const describeOwn = subject === 'builtin' ? describe.skip : describe;
