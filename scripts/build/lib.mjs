// npm run build:lib [-- FOLDER]: compiles lib/ into dist/, or into another folder, which is emptied before.
// The modules become one file, because loading fifty small ones takes longer than a handshake, and so do
// their declarations. What most programs do without is in files of its own (chunks.mjs).
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { build } from 'esbuild';
import { root, run } from '../support/run.mjs';
import { buildLibrary, MODULES } from './chunks.mjs';
import { writeTypes } from './types.mjs';

const from = path.join(root, 'build/lib');
const to = path.resolve(root, process.argv[2] ?? 'dist');

/** Modules that package.json, the command line and tests require by themselves. */
const ENTRIES = [
  'base/manifest',
  'handshake/certificate-object',
  'handshake/certificate-profile',
  'handshake/client-hello/parse',
  'native/addon',
  'native/io',
  'native/offload',
  'native/openssl',
  'register/built-in',
  'stream/states',
];

// Both folders are emptied, so that nothing of a file that was moved or deleted remains.
rmSync(from, { recursive: true, force: true });
const status = await run(process.execPath, [
  'node_modules/typescript/bin/tsc',
  '--project',
  'tsconfig.json',
]);
if (status !== 0) process.exit(status);
rmSync(to, { recursive: true, force: true });
const names = namesForModules();
const bundled = buildLibrary({
  to,
  entries: ENTRIES,
  exportsOf: (name) => Object.keys(required(name)),
  // Node reads in a CommonJS file, without running it, which names ES modules can import from it.
  footer: `0 && (module.exports = { ${names.join(', ')} });`,
});
writeTypes(from, to, names);
await bundled;
// This one does something when it is loaded.
writeFileSync(
  path.join(to, 'register.js'),
  `'use strict';\nconst ownssl = require('./index.js');\nownssl[${MODULES}]['register/built-in'].register(ownssl);\n`,
);
// The command line stays in a file of its own, which programs do not load, with commander in it: so it is
// no dependency of theirs. THIRD-PARTY.md tells of it.
await build({
  entryPoints: [path.join(from, 'cli/index.js')],
  outfile: path.join(to, 'cli/index.js'),
  bundle: true,
  platform: 'node',
  target: 'node20',
  plugins: [{ name: 'library', setup: leaveTheLibraryOutside }],
  minifySyntax: true,
  minifyWhitespace: true,
  lineLimit: 100,
  legalComments: 'none',
  logLevel: 'warning',
});

cpSync(path.join(root, 'node_modules/commander/LICENSE'), path.join(to, 'cli/commander.LICENSE'));

// A folder elsewhere has no package.json beside it, which tells the version.
if (existsSync(path.join(to, '../package.json'))) {
  const { default: cli } = await import(pathToFileURL(path.join(to, 'cli/index.js')).href);
  mkdirSync(path.join(to, 'man'), { recursive: true });
  writeFileSync(path.join(to, 'man/ownssl.1'), cli.page());
}

/** What the command line uses of the library is loaded from dist/, where there is one copy of it. */
function leaveTheLibraryOutside(builder) {
  builder.onResolve({ filter: /^[.]/ }, ({ path: name, resolveDir, kind }) => {
    if (kind === 'entry-point' || !resolveDir.startsWith(path.join(from, 'cli'))) return undefined;
    const target = path.relative(from, path.resolve(resolveDir, name)).split(path.sep).join('/');
    if (target.startsWith('cli/')) return undefined;
    const module = target.replace(/(^|\/)index(\.js)?$|\.js$/, '');
    if (module === '') return { path: '../index.js', external: true };
    if (!ENTRIES.includes(module)) {
      return { errors: [{ text: `the command line uses ${module}, which is not in ENTRIES` }] };
    }
    return { path: `../${module}.js`, external: true };
  });
}

/** What the module has at run time. */
function namesForModules() {
  return Object.keys(required('index'));
}

/** A module of lib/, as TypeScript has compiled it. */
function required(name) {
  return createRequire(import.meta.url)(path.join(from, name));
}
