// npm run build:lib [-- FOLDER]: compiles lib/ into dist/, or into another folder, which is emptied before.
// The modules become one file, because loading fifty small ones takes longer than a handshake, and so do
// their declarations.
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { build } from 'esbuild';
import { root, run } from '../support/run.mjs';
import { writeTypes } from './types.mjs';

const from = path.join(root, 'build/lib');
const to = path.resolve(root, process.argv[2] ?? 'dist');

/** Modules that can be required by themselves, by the file that they get; package.json, the command line and tests name them. */
const ENTRIES = {
  'base/package-info': 'base/package-info',
  'handshake/certificate-object': 'handshake/certificate-object',
  'handshake/certificate-profile': 'handshake/certificate-profile/index',
  'handshake/client-hello/parse': 'handshake/client-hello/parse',
  'native/addon': 'native/addon',
  'native/io': 'native/io',
  'native/offload': 'native/offload',
  'native/openssl': 'native/openssl',
  'stream/states': 'stream/states',
  register: 'register/index', // This file is written below.
};
const MODULES = "Symbol.for('ownssl.modules')";

// All modules become one scope, as ES modules allow: a module in a function of its own is parsed twice, once with the
// file and once when it runs, and what it has of others is looked up in an object at each use. esbuild makes getters of
// exports; ours are plain properties, but for the one that is a getter in Node, too (lib/index.ts). Where modules use a
// name for different things esbuild numbers it, so what is exported gets its name back.
const contents = `
  import * as index from './index';
  ${Object.values(ENTRIES)
    .map((module, i) => `import * as entry${i} from './${module}';`)
    .join('\n')}
  for (const name of Object.keys(index)) {
    if (name === 'default') continue;
    const value = (module.exports[name] = index[name]);
    if (typeof value === 'function') Object.defineProperty(value, 'name', { value: name });
  }
  // It is assigned although it is the same: TypeScript takes that for \`export =\`, which this is to CommonJS.
  module.exports = Object.defineProperties(module.exports, {
    __esModule: { value: true },
    [${MODULES}]: { value: { ${Object.keys(ENTRIES)
      .map((name, i) => `'${name}': entry${i}`)
      .join(', ')} } },
  });
`;

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
const bundled = build({
  stdin: { contents, resolveDir: path.join(root, 'lib'), sourcefile: 'entries.js' },
  outfile: path.join(to, 'index.js'),
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  // It is meant where it is used: the exports can be changed, and live() reads them.
  logOverride: { 'commonjs-variable-in-esm': 'silent' },
  // Names are not made shorter, because stack traces show them.
  minifySyntax: true,
  minifyWhitespace: true,
  lineLimit: 100,
  sourcemap: true,
  sourcesContent: false,
  // Node reads in a CommonJS file, without running it, which names ES modules can import from it.
  footer: { js: `0 && (module.exports = { ${names.join(', ')} });` },
  logLevel: 'warning',
});
writeTypes(from, to, names);
await bundled;
for (const name of Object.keys(ENTRIES)) {
  const file = path.join(to, `${name}.js`);
  const main = `./${'../'.repeat(name.split('/').length - 1)}index.js`;
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(
    file,
    `'use strict';\nmodule.exports = require('${main}')[${MODULES}]['${name}'];\n`,
  );
}
// This one does something when it is loaded.
writeFileSync(
  path.join(to, 'register.js'),
  `'use strict';\nconst ownssl = require('./index.js');\nownssl[${MODULES}].register.register(ownssl);\n`,
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
    if (!Object.hasOwn(ENTRIES, module)) {
      return { errors: [{ text: `the command line uses ${module}, which is not in ENTRIES` }] };
    }
    return { path: `../${module}.js`, external: true };
  });
}

/** What the module has at run time. */
function namesForModules() {
  return Object.keys(createRequire(import.meta.url)(path.join(from, 'index.js')));
}
