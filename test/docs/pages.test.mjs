// The pages in docs/ as a reader uses them: each program in them is run as it stands, and prints what the
// page says.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { library } from '../ecosystem/support.mjs';
import { needs, run, skipBecause } from '../support/child.mjs';
import { fixture } from '../support/fixtures.mjs';
import { temporaryFolder } from '../support/paths.mjs';
import { subject, tls } from '../support/subject.mjs';
import { programsOf } from './programs.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const docs = join(root, 'docs');

/** What a program finds in its folder, as docs/README.md lists it. */
const FILES = {
  'ca-cert.pem': fixture('root.crt'),
  'server-cert.pem': fixture('server-ec-chain.crt'),
  'server-key.pem': fixture('server-ec.key'),
  'client-cert.pem': fixture('client-chain.crt'),
  'client-key.pem': fixture('client.key'),
};

/** A folder like a project's that has installed ownssl. */
function project() {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/ownssl'), 'junction');
  for (const [name, content] of Object.entries(FILES)) writeFileSync(join(folder, name), content);
  return folder;
}

/** Puts the libraries that `npm run test:ecosystem` has installed beside ownssl. */
function useLibraries(folder, path) {
  const installed = path.slice(0, path.indexOf('node_modules') + 'node_modules'.length);
  for (const name of readdirSync(installed).filter((each) => !each.startsWith('.'))) {
    symlinkSync(join(installed, name), join(folder, 'node_modules', name), 'junction');
  }
}

const COMMANDS = {
  js: (folder, code) => {
    writeFileSync(join(folder, 'program.mjs'), code);
    return [process.execPath, ['program.mjs']];
  },
  cjs: (folder, code) => {
    writeFileSync(join(folder, 'program.cjs'), code);
    return [process.execPath, ['program.cjs']];
  },
  sh: (folder, code) => {
    // What npm would link there when it installs.
    mkdirSync(join(folder, 'node_modules/.bin'));
    symlinkSync(join(root, 'bin/ownssl.js'), join(folder, 'node_modules/.bin/ownssl'));
    return ['bash', ['-euo', 'pipefail', '-c', code]];
  },
};

describe('the pages in docs/', function () {
  this.timeout(60000);

  before(function () {
    if (subject !== 'ownssl') this.skip();
  });

  for (const page of readdirSync(docs).filter((name) => name.endsWith('.md'))) {
    const programs = programsOf(readFileSync(join(docs, page), 'utf8'));
    for (const { language, line, code, output, words } of programs) {
      it(`${page}:${line} runs as it stands`, async function () {
        if (language === 'sh') needs(this, 'bash');
        if (words.feature && !tls.openssl.features[words.feature]) {
          skipBecause(this, `this OpenSSL has no ${words.feature}`);
        }
        if (words.needs) needs(this, words.needs);
        if (Number.parseInt(process.versions.node, 10) < Number(words.node ?? 0)) {
          skipBecause(this, `Node ${words.node} or later is needed`);
        }
        const folder = project();
        if (words.library) useLibraries(folder, library(this, words.library));
        const [command, args] = COMMANDS[language](folder, code);
        const path = `${join(folder, 'node_modules/.bin')}:${process.env.PATH}`;
        const result = await run(command, args, { cwd: folder, env: { PATH: path } });
        assert.equal(result.code, Number(words.exit ?? 0), result.stdout + result.stderr);
        if (output !== undefined) assert.equal(result.stdout, output);
      });
    }
  }
});

describe('the reader of the pages', () => {
  it('finds programs, what they print, and their words', () => {
    const text = [
      '```js feature=x exit=3',
      'a',
      '```',
      '',
      '```text',
      'b',
      '```',
      '```sh',
      'c',
      '```',
    ];
    assert.deepEqual(programsOf(text.join('\n')), [
      { language: 'js', line: 1, code: 'a\n', output: 'b\n', words: { feature: 'x', exit: '3' } },
    ]);
    assert.equal(programsOf('```sh run\nc\n```')[0].code, 'c\n');
  });

  it('refuses a block that nobody would run', () => {
    assert.throws(() => programsOf('```javascript\na\n```'), /line 1: "javascript"/);
    assert.throws(() => programsOf('```js\na\n'), /line 1 .* never ends/);
  });
});
