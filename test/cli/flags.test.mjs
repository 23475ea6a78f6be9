// No option of the command line is without a spec: when all specs of this folder have run, each option in the description
// has been used by one of them in a command line that was not refused. Which ones is written to build/flags.md.
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeOwn, uses } from './support.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const table = fileURLToPath(new URL('../../build/flags.md', import.meta.url));

/** What `ownssl completion` takes is no option; --help of each command is one spec's. */
function optionsOf({ name, options }) {
  return options.map(({ names }) => ({ command: name, names }));
}

function described() {
  const { facts } = createRequire(import.meta.url)('../../dist/cli/index.js');
  return facts().commands.flatMap(optionsOf);
}

/** The titles of the specs that have used an option, by any of its names. */
const usersOf = ({ command, names }) =>
  names.flatMap((name) => [...(uses.get(`${command} ${name}`) ?? [])]);

function* allTests(suite) {
  yield* suite.tests;
  for (const child of suite.suites) yield* allTests(child);
}

describeOwn('command line: options', () => {
  it('are described, with the commands that have them', () => {
    const options = described();
    assert(options.length > 60);
    for (const name of ['connect', 'doctor', 'info', 'inspect', 'serve']) {
      const names = options.filter(({ command }) => command === name).flatMap((each) => each.names);
      for (const each of ['--help', '--json', '--openssl']) assert(names.includes(each), name);
    }
  });
});

// Outside of any suite this comes after all specs.
after('each option of the command line has a spec', function () {
  const mine = [...allTests(this.test.parent)].filter(({ file }) => file.startsWith(here));
  const loaded = new Set(mine.map(({ file }) => basename(file)));
  const all = readdirSync(here).filter((name) => name.endsWith('.test.mjs'));
  // Of some of the specs nothing can be concluded.
  if (all.some((name) => !loaded.has(name)) || mine.some(({ state }) => !state)) return;
  const rows = described().map((option) => {
    const [title, ...more] = usersOf(option);
    const others = more.length > 0 ? `, and ${more.length} more` : '';
    return `| ${option.command} ${option.names.join(', ')} | ${title ?? '**none**'}${others} |`;
  });
  writeFileSync(table, `| option | spec |\n| --- | --- |\n${rows.join('\n')}\n`);
  const skipped = mine.filter(({ state }) => state === 'pending').map((test) => test.fullTitle());
  // What a spec is for that is skipped here is in its title.
  const isSkipped = ({ names }) =>
    skipped.some((title) => names.some((name) => title.includes(name)));
  const untried = described().filter(
    (option) => usersOf(option).length === 0 && !isSkipped(option),
  );
  assert.deepEqual(
    untried.map(({ command, names }) => `${command} ${names.at(-1)}`),
    [],
  );
});
