// The modules of lib/ for fuzz targets, as TypeScript has compiled them: each by itself, which dist/ does not have.
import { existsSync, readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { instrument } from './instrument.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const compiled = path.join(root, 'build/lib');
const require = createRequire(import.meta.url);

/** A module of lib/, by its path without the extension. */
export const lib = (name) => require(path.join(compiled, `${name}.js`));

// Only what is in dist/ finds the addon.
for (const name of ['native/addon', 'native/openssl']) {
  const file = path.join(compiled, `${name}.js`);
  const exports = () => require(path.join(root, 'dist', `${name}.js`));
  require.cache[file] = { id: file, filename: file, loaded: true, children: [], get exports() { return exports(); } }; // prettier-ignore
}

/** Whether there is something to be loaded: a package that was installed has none of it. */
export const areCompiled = () => existsSync(compiled);

/** How many places there are for counters. All modules of lib/ together have fewer. */
export const places = 32_768;

/**
 * From now on, what lib() loads tells where it goes: it raises `counters`, and calls `compared(a, b)`. Modules about
 * the addon do not.
 */
export function instrumentModules(counters, compared) {
  const told = (compare) => (a, b) => {
    if (typeof a === typeof b) compared(a, b);
    return compare(a, b);
  };
  const compare = {
    '===': told((a, b) => a === b),
    '!==': told((a, b) => a !== b),
    '<': told((a, b) => a < b),
    '<=': told((a, b) => a <= b),
    '>': told((a, b) => a > b),
    '>=': told((a, b) => a >= b),
  };
  let used = 0;
  const place = () => {
    if (used === places) throw new Error('there are more places than counters');
    return used++;
  };
  globalThis[Symbol.for('ownssl.fuzz')] = { counters, compare };
  const head =
    "'use strict'; const { counters, compare } = globalThis[Symbol.for('ownssl.fuzz')];\n";
  const usual = Module._extensions['.js'];
  Module._extensions['.js'] = (module, file) => {
    const name = path.relative(compiled, file);
    if (name.startsWith('..') || name.startsWith(`native${path.sep}`)) return usual(module, file);
    return module._compile(head + instrument(readFileSync(file, 'utf8'), place), file);
  };
}
