// The pages in docs/ as a reader uses them: each program in them is run as it stands, and prints what the
// page says.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { needs, run } from '../support/child.mjs';
import { subject } from '../support/subject.mjs';
import { containersOf, programsOf } from './programs.mjs';
import { project, provide } from './surroundings.mjs';

const docs = fileURLToPath(new URL('../../docs', import.meta.url));

const COMMANDS = {
  js: (folder, code) => {
    writeFileSync(join(folder, 'program.mjs'), code);
    return [process.execPath, ['program.mjs']];
  },
  cjs: (folder, code) => {
    writeFileSync(join(folder, 'program.cjs'), code);
    return [process.execPath, ['program.cjs']];
  },
  sh: (folder, code) => ['bash', ['-euo', 'pipefail', '-c', code]],
};

describe('the pages in docs/', function () {
  this.timeout(60000);

  before(function () {
    if (subject !== 'ownssl') this.skip();
  });

  for (const page of readdirSync(docs).filter((name) => name.endsWith('.md'))) {
    const programs = programsOf(readFileSync(join(docs, page), 'utf8'));
    for (const { language, line, code, output, words, files } of programs) {
      it(`${page}:${line} runs as it stands`, async function () {
        if (language === 'sh') needs(this, 'bash');
        const folder = project(files);
        const env = provide(this, folder, words);
        const result = await run(...COMMANDS[language](folder, code), { cwd: folder, env });
        assert.equal(result.code, Number(words.exit ?? 0), result.stdout + result.stderr);
        if (output !== undefined) assert.equal(result.stdout, output, result.stderr);
      });
    }
  }
});

describe('the reader of the pages', () => {
  /** A page of these blocks, each given as its header and its one line. */
  const pageOf = (...blocks) =>
    blocks.map(([header, content]) => `\`\`\`${header}\n${content}\n\`\`\`\n`).join('\n');

  it('finds programs, what they print, and their words', () => {
    const page = pageOf(['js feature=x exit=3', 'a'], ['text', 'b'], ['sh', 'c']);
    assert.deepEqual(programsOf(page), [
      {
        ...{ language: 'js', line: 1, code: 'a\n', output: 'b\n', files: {} },
        words: { feature: 'x', exit: '3' },
      },
    ]);
    assert.equal(programsOf('```sh run\nc\n```')[0].code, 'c\n');
  });

  it('puts files into the folder of what comes behind them', () => {
    const [first, second] = programsOf(pageOf(['js', 'a'], ['js file=x.mjs', 'b'], ['cjs', 'c']));
    assert.deepEqual([first.files, second.files], [{}, { 'x.mjs': 'b\n' }]);
    assert.throws(() => programsOf(pageOf(['js', 'a'], ['js file=x.mjs', 'b'])), /x\.mjs/);
  });

  it('takes the steps of a program together', () => {
    const page = pageOf(['sh run', 'a'], ['text', '1'], ['sh run continues', 'b'], ['text', '2']);
    const [program, ...more] = programsOf(page);
    assert.deepEqual([program.code, program.output, more], ['a\nb\n', '1\n2\n', []]);
    assert.throws(() => programsOf(pageOf(['sh run continues', 'b'])), /nothing to continue/);
  });

  it('finds images, their files and what they print', () => {
    const page = pageOf(
      ['js file=a.mjs', 'a'],
      ['dockerfile', 'FROM x'],
      ['sh container', 'docker run'],
      ['text', 'b'],
    );
    const files = { 'a.mjs': 'a\n' };
    assert.deepEqual(containersOf(page), [{ line: 5, code: 'FROM x\n', files, output: 'b\n' }]);
    assert.throws(() => containersOf(pageOf(['dockerfile', 'FROM x'])), /no block runs/);
    const silent = pageOf(['dockerfile', 'FROM x'], ['sh container', 'docker run']);
    assert.throws(() => containersOf(silent), /what does the container print/);
  });

  it('refuses a block that nobody would run', () => {
    assert.throws(() => programsOf('```javascript\na\n```'), /line 1: "javascript"/);
    assert.throws(() => programsOf('```js\na\n'), /line 1 .* never ends/);
  });
});
