// Makes files of the modules in lib/. All that a connection needs is in index.js, and is one scope, as ES modules
// allow: a module in a function of its own is parsed twice, once with the file and once when it runs, and what it has
// of others is looked up in an object at each use. What most programs do without is a chunk, a file that is loaded when
// it is first needed, by a require() of its module; a chunk has from index.js what is there, so that each module exists
// once.
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { build } from 'esbuild';
import { root } from '../support/run.mjs';

const lib = path.join(root, 'lib');

/** Where index.js has the modules that other files need, by name. */
export const MODULES = "Symbol.for('ownssl.modules')";

/** The name that these modules have in index.js, and in chunks. */
const OWN = 'ownModules';
/** The folder of the chunks. */
const FOLDER = 'chunks';

const OPTIONS = {
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  // It is meant where it is used: the exports can be changed, and live() reads them.
  logOverride: { 'commonjs-variable-in-esm': 'silent' },
  // Names and lines stay, because stack traces show them. With a limit for the lines of a dense text, esbuild breaks
  // strings, and Rollup then indents the rest of them.
  minifySyntax: true,
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
};

/**
 * Writes index.js and the chunks into the folder `to`. `entries` are names of modules that other files require; those
 * that index.js does not have become chunks, too. `exportsOf` tells the names of what a module exports.
 */
export async function buildLibrary({ to, entries, exportsOf, footer }) {
  const lazy = lazyModules();
  const main = await modulesOf({ entry: 'index', chunks: lazy, have: new Set() });
  const chunks = new Set([...lazy, ...entries].filter((name) => !main.has(name)));
  const shared = new Set(entries);
  const owners = new Map();
  for (const chunk of chunks) {
    for (const name of await modulesOf({ entry: chunk, chunks, have: main, shared })) {
      const other = owners.get(name);
      if (other) throw new Error(`${name} would exist twice, in ${other} and ${chunk}`);
      owners.set(name, chunk);
    }
  }
  const contents = contentsOf([...shared].sort(), chunks, exportsOf);
  await Promise.all([
    build({
      ...OPTIONS,
      stdin: { contents, resolveDir: lib, sourcefile: 'entries.js' },
      outfile: path.join(to, 'index.js'),
      banner: { js: `var ${OWN};` },
      footer: { js: footer },
      plugins: [modules({ chunk: 'index', chunks, have: new Set() })],
    }),
    ...[...chunks].map((chunk) =>
      build({
        ...OPTIONS,
        entryPoints: [fileOf(chunk)],
        outfile: path.join(to, `${FOLDER}/${chunk}.js`),
        // It is given the modules of the very copy of index.js that loads it: a program may have cleared the cache of
        // modules, and would get another one by a name.
        banner: {
          js: `'use strict';\nmodule.exports = (${OWN}) => {\nconst module = { exports: {} };`,
        },
        footer: { js: 'return module.exports;\n};' },
        plugins: [modules({ chunk, chunks, have: main })],
      }),
    ),
  ]);
  for (const name of entries) {
    const file = path.join(to, `${name}.js`);
    const index = fileFrom(name, 'index');
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(
      file,
      `'use strict';\nmodule.exports = require('${index}')[${MODULES}]['${name}'];\n`,
    );
  }
}

/** The path that `require()` in the file of one module needs for the file of another. */
function fileFrom(name, other) {
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

/**
 * Leaves chunks outside of index.js, and what index.js has, or can load, outside of a chunk; `shared` gets the names of
 * that.
 */
function modules({ chunk, chunks, have, shared }) {
  return {
    name: 'modules',
    setup(builder) {
      builder.onResolve({ filter: /^[.]/ }, ({ path: target, resolveDir, kind, namespace }) => {
        if (namespace === 'chunk') return { path: target, external: true };
        if (kind === 'entry-point') return undefined;
        const name = nameOf(path.resolve(resolveDir, target));
        const isChunk = chunks.has(name) && name !== chunk;
        if (chunk === 'index') {
          if (!isChunk) return undefined;
          if (kind === 'require-call') return { path: name, namespace: 'chunk' };
          const text = `${name} is loaded when it is first needed, and so not imported`;
          return { errors: [{ text }] };
        }
        if (!isChunk && !have.has(name)) return undefined;
        shared?.add(name);
        return { path: name, namespace: 'index' };
      });
      builder.onLoad({ filter: /./, namespace: 'chunk' }, ({ path: name }) => ({
        contents: `module.exports = require('./${FOLDER}/${name}.js')(${OWN});`,
      }));
      builder.onLoad({ filter: /./, namespace: 'index' }, ({ path: name }) => ({
        contents: `module.exports = ${OWN}['${name}'];`,
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
function contentsOf(names, chunks, exportsOf) {
  const modules = names.map((name, i) => {
    if (chunks.has(name))
      return { imports: '', getter: `get '${name}'() { return require('./${name}'); },` };
    const own = exportsOf(name).filter((each) => each !== 'default');
    return {
      imports: `import { ${own.map((each) => `${each} as ${each}_${i}`).join(', ')} } from './${name}';`,
      getter: `get '${name}'() { return { ${own.map((each) => `${each}: ${each}_${i}`).join(', ')} }; },`,
    };
  });
  return `
    import * as index from './index';
    ${modules.map(({ imports }) => imports).join('\n')}
    ${OWN} = { ${modules.map(({ getter }) => getter).join('\n')} };
    for (const name of Object.keys(index)) {
      if (name === 'default') continue;
      const value = (module.exports[name] = index[name]);
      if (typeof value === 'function' && value.name !== name) Object.defineProperty(value, 'name', { value: name });
    }
    // It is assigned although it is the same: TypeScript takes that for \`export =\`, which this is to CommonJS.
    module.exports = Object.defineProperties(module.exports, {
      __esModule: { value: true },
      [${MODULES}]: { value: ${OWN} },
    });
  `;
}
