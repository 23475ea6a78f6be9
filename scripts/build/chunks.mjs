// Makes files of the modules in lib/. All that a connection needs is in index.js, and is one scope, as ES modules
// allow: a module in a function of its own is parsed twice, once with the file and once when it runs, and what it has
// of others is looked up in an object at each use. What most programs do without is a chunk, a file that is loaded when
// it is first needed, by a require() of its module; a chunk has from index.js what is there, so that each module exists
// once.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

import { build } from 'esbuild';
import { root } from '../support/run.mjs';

const lib = path.join(root, 'lib');

/** Where index.js keeps the modules that other files have of it, by name. */
export const MODULES = "Symbol.for('ownssl.modules')";

const OPTIONS = {
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
  logLevel: 'warning',
};

/**
 * Writes index.js and the chunks into the folder `to`. `entries` are names of modules that can be required by
 * themselves; those that index.js does not have become chunks, too. `exportsOf` tells the names of what a module exports. Resolves to the names of all modules in index.js.
 */
export async function buildLibrary({ to, entries, exportsOf, footer }) {
  const lazy = lazyModules();
  const main = await modulesOf({ entry: 'index', chunks: lazy, have: new Set() });
  const chunks = new Set([...lazy, ...entries].filter((name) => !main.has(name)));
  const shared = new Set(entries.filter((name) => main.has(name)));
  const owners = new Map();
  for (const chunk of chunks) {
    const modules = await modulesOf({ entry: chunk, chunks, have: main, shared });
    for (const name of modules) {
      const other = owners.get(name);
      if (other) throw new Error(`${name} would exist twice, in ${other} and ${chunk}`);
      owners.set(name, chunk);
    }
  }
  const options = { ...OPTIONS, footer: { js: footer } };
  await Promise.all([
    build({
      ...options,
      stdin: {
        contents: contentsOf([...shared].sort(), exportsOf),
        resolveDir: lib,
        sourcefile: 'entries.js',
      },
      outfile: path.join(to, 'index.js'),
      plugins: [modules({ chunk: 'index', chunks, have: new Set() })],
    }),
    ...[...chunks].map((chunk) =>
      build({
        ...OPTIONS,
        entryPoints: [fileOf(chunk)],
        outfile: path.join(to, `${chunk}.js`),
        plugins: [modules({ chunk, chunks, have: main })],
      }),
    ),
  ]);
  return main;
}

/** The path that `require()` in the file of one module needs for the file of another. */
export function fileFrom(name, other) {
  const target = path.posix.relative(path.posix.dirname(name), `${other}.js`);
  return target.startsWith('.') ? target : `./${target}`;
}

/** The modules that are loaded by `require()`, which stands in the way of one scope, when they are first needed. */
function lazyModules() {
  const found = new Set();
  for (const file of readdirSync(lib, { recursive: true })) {
    if (!file.endsWith('.ts') || file.startsWith('cli')) continue;
    const text = readFileSync(path.join(lib, file), 'utf8');
    for (const [, target] of text.matchAll(/(?<!import \w+ = )require\('(\.[^']+)'\)/g)) {
      found.add(nameOf(path.resolve(lib, path.dirname(file), target)));
    }
  }
  return found;
}

/** The names of the modules that the file of one gets. */
async function modulesOf({ entry, ...rest }) {
  const { metafile } = await build({
    ...OPTIONS,
    entryPoints: [fileOf(entry)],
    outdir: 'nowhere',
    write: false,
    metafile: true,
    plugins: [modules({ chunk: entry, ...rest })],
  });
  const files = Object.keys(metafile.inputs).filter((file) => file.startsWith('lib/'));
  return new Set(files.map((file) => nameOf(path.join(root, file))));
}

/** Leaves chunks outside, and in the file of a chunk what index.js has, too (`have`); `shared` gets the names of that. */
function modules({ chunk, chunks, have, shared }) {
  return {
    name: 'modules',
    setup(builder) {
      builder.onResolve({ filter: /^[.]/ }, ({ path: target, resolveDir, kind, namespace }) => {
        if (namespace === 'index') return { path: target, external: true };
        if (kind === 'entry-point') return undefined;
        const name = nameOf(path.resolve(resolveDir, target));
        if (chunks.has(name) && name !== chunk) {
          if (chunk === 'index' && kind !== 'require-call') {
            return {
              errors: [{ text: `${name} is loaded when it is first needed, and so not imported` }],
            };
          }
          return { path: fileFrom(chunk, name), external: true };
        }
        if (!have.has(name)) return undefined;
        shared?.add(name);
        return { path: name, namespace: 'index' };
      });
      builder.onLoad({ filter: /./, namespace: 'index' }, ({ path: name }) => ({
        contents: `module.exports = require('${fileFrom(chunk, 'index')}')[${MODULES}]['${name}'];`,
      }));
    },
  };
}

/** The name of a module, by its path with or without an extension: `stream/pump`, `handshake/certificate-profile` for its index.ts. */
function nameOf(file) {
  const relative = path.relative(lib, file).split(path.sep).join('/');
  return relative.replace(/\.[jt]s$/, '').replace(/(?<=.)\/index$/, '');
}

function fileOf(name) {
  const file = path.join(lib, name);
  return statSync(`${file}.ts`, { throwIfNoEntry: false })
    ? `${file}.ts`
    : path.join(file, 'index.ts');
}

/**
 * What index.js is made of. esbuild makes getters of exports; ours are plain properties, but for those that are none in
 * Node, too (lib/index.ts). Where modules use a name for different things esbuild numbers it, so what is exported gets
 * its name back. What others need is put together when they ask for it.
 */
function contentsOf(names, exportsOf) {
  const modules = names.map((name, i) => {
    const own = exportsOf(name).filter((each) => each !== 'default');
    return {
      imports: `import { ${own.map((each) => `${each} as ${each}_${i}`).join(', ')} } from './${name}';`,
      getter: `get '${name}'() { return { ${own.map((each) => `${each}: ${each}_${i}`).join(', ')} }; },`,
    };
  });
  return `
    import * as index from './index';
    ${modules.map(({ imports }) => imports).join('\n')}
    for (const name of Object.keys(index)) {
      if (name === 'default') continue;
      const value = (module.exports[name] = index[name]);
      if (typeof value === 'function' && value.name !== name) Object.defineProperty(value, 'name', { value: name });
    }
    // It is assigned although it is the same: TypeScript takes that for \`export =\`, which this is to CommonJS.
    module.exports = Object.defineProperties(module.exports, {
      __esModule: { value: true },
      [${MODULES}]: { value: { ${modules.map(({ getter }) => getter).join('\n')} } },
    });
  `;
}
