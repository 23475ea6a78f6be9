// docs/settings.md names every option that the types have and every variable that the sources read.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ownssl } from '../cli/support.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const read = (name) => readFileSync(path.join(root, name), 'utf8');

const INTERFACES = [
  'SecureContextOptions',
  'CommonConnectionOptions',
  'TLSSocketOptions',
  'ConnectionOptions',
  'ServerOptions',
];

/** Of a terminal, and what node-gyp-build asks for; neither is a setting of ownssl. */
const NOT_OURS = new Set([
  ...['NO_COLOR', 'TERM', 'COLUMNS', 'LANG', 'LC_ALL', 'LC_CTYPE'],
  ...['LIBC', 'PATH'],
]);

function optionsIn(declarations) {
  return INTERFACES.flatMap((name) => {
    const [, body] =
      new RegExp(`interface ${name}\\b[^{]*{\\n([^]*?)\\n}`).exec(declarations) ?? [];
    assert.ok(body, name);
    return [...body.matchAll(/^ {4}(?:readonly )?(\w+)\?:/gm)].map(([, option]) => option);
  });
}

function variablesIn(folder) {
  return readdirSync(path.join(root, folder), { recursive: true })
    .filter((name) => /\.(ts|cc)$/.test(name) && !/^(test|fuzz)\b/.test(name))
    .flatMap((name) => {
      const source = read(path.join(folder, name));
      const [, taken = ''] = /\{([^}]*)\} = process\.env/.exec(source) ?? [];
      return [
        ...source.matchAll(/(?:process\.env\.|Environment\(")([A-Z][A-Z_]{2,})/g),
        ...taken.matchAll(/\b([A-Z][A-Z_]+)\b/g),
      ];
    })
    .map(([, variable]) => variable);
}

describe('the page of settings', () => {
  const page = read('docs/settings.md');

  it('names every option', () => {
    const options = new Set(optionsIn(read('dist/index.d.ts')));
    assert.ok(options.size > 25);
    assert.deepEqual([...options].filter((name) => !page.includes(`\`${name}\``)).sort(), []);
  });

  it('names every variable of the environment', () => {
    const variables = new Set(['lib', 'csrc'].flatMap(variablesIn));
    const untold = [...variables].filter((name) => !NOT_OURS.has(name));
    assert.deepEqual(untold.filter((name) => !page.includes(`\`${name}\``)).sort(), []);
  });

  it('names every flag of the program', async () => {
    for (const command of ['connect', 'inspect', 'serve', 'doctor', 'info']) {
      const { stdout } = await ownssl([command, '--help']);
      const flags = [...stdout.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, name]) => name);
      assert.ok(flags.length > 1);
      const untold = flags.filter((name) => name !== '--help' && !page.includes(`\`${name}\``));
      assert.deepEqual(untold, [], command);
    }
  });
});
