// npm run release:check [-- --only prebuild,test:package] [--folder build/release]: everything that a release needs, one after another. What each
// step prints goes into build/release/, with one page of results, results.md. Steps that were run before on this commit
// stay in it, so that what failed or is left can be run alone. The exit status is 0 if all that was run now has passed.
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { capture, fail, root, run } from '../support/run.mjs';
import { faultsOfManifest } from './manifest.mjs';

/** npm scripts in their order: what others need comes first, what takes hours last. */
const SCRIPTS = [
  'lint',
  'test',
  'prebuild',
  'test:prebuild',
  'sbom',
  'test:package',
  'docs',
  'test:ecosystem',
  'test:tsan',
  'test:exits',
  'test:certificates',
  'test:pkcs11',
  'test:trixie',
  'test:containers',
  'test:musl',
  'test:windows',
  'test:processors',
  'test:macos',
  'test:interop',
  'test:properties',
  'analyze',
  'test:asan',
  'test:faults',
  'test:matrix',
  'fuzz',
  'test:soak',
];

const STEPS = [
  { name: 'manifest', take: () => checks('manifest', faultsOfManifest(root)) },
  { name: 'commit', take: () => checks('commit', uncommitted()) },
  ...SCRIPTS.map((name) => ({ name, take: () => script(name) })),
];

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    list: { type: 'boolean' },
    folder: { type: 'string', default: 'build/release' },
  },
});
const names = STEPS.map(({ name }) => name);
if (values.list) {
  console.log(names.join('\n'));
  process.exit(0);
}
const wanted = values.only?.split(',') ?? names;
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) fail(`release:check: no step ${unknown.join(', ')}; --list names them`);

const folder = path.resolve(root, values.folder);
const logOf = (name) => path.join(folder, `${name.replace(':', '-')}.log`);
mkdirSync(folder, { recursive: true });

const commit = capture('git', ['rev-parse', '--short', 'HEAD']).output;
const record = path.join(folder, 'results.json');
const earlier = resultsOf(commit);
const results = [];
const bar = new SingleBar({ format: '{bar} {value}/{total} {step}', clearOnComplete: true });
bar.start(wanted.length, 0, { step: wanted[0] });
for (const { name, take } of STEPS.filter((step) => wanted.includes(step.name))) {
  bar.update(results.length, { step: name });
  const started = performance.now();
  const passed = await take();
  const seconds = Math.round((performance.now() - started) / 1000);
  results.push({ name, passed, seconds, said: lastLine(logOf(name)) });
  writeFileSync(record, JSON.stringify({ commit, results: all() }, null, 2));
  writeFileSync(path.join(folder, 'results.md'), page());
}
bar.stop();
process.stdout.write(page());
process.exitCode = results.every(({ passed }) => passed) ? 0 : 1;

/** What an earlier run has found on the same commit. */
function resultsOf(commit) {
  if (!existsSync(record)) return [];
  const before = JSON.parse(readFileSync(record, 'utf8'));
  return before.commit === commit ? before.results : [];
}

/** Of each step that was run the newest result, in the order of the steps. */
function all() {
  const newest = new Map([...earlier, ...results].map((result) => [result.name, result]));
  return names.filter((name) => newest.has(name)).map((name) => newest.get(name));
}

async function script(name) {
  const log = openSync(logOf(name), 'w');
  const status = await run('npm', ['run', '--silent', name], { stdio: ['ignore', log, log] });
  closeSync(log);
  return status === 0;
}

function checks(name, faults) {
  writeFileSync(logOf(name), faults.length > 0 ? `${faults.join('\n')}\n` : 'nothing is wrong\n');
  return faults.length === 0;
}

function uncommitted() {
  const { ok, output } = capture('git', ['status', '--porcelain']);
  if (!ok) return ['this is no clone of the repository'];
  return output === '' ? [] : output.split('\n').map((line) => `not committed: ${line.trim()}`);
}

/** What most of the scripts end with: how many passed and failed. */
function lastLine(file) {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.at(-1).trim().slice(0, 100).replaceAll('|', '\\|');
}

function page() {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const found = all();
  const rows = found.map(
    ({ name, passed, seconds, said }) =>
      `| ${name} | ${passed ? 'passed' : '**failed**'} | ${seconds} | ${said} |`,
  );
  const left = names.filter((name) => !found.some((result) => result.name === name));
  return [
    `# Release ${version}, commit ${commit}, ${new Date().toISOString().slice(0, 10)}`,
    '',
    '| step | result | seconds | its last line |',
    '| --- | --- | --: | --- |',
    ...rows,
    '',
    left.length > 0 ? `Not run: ${left.join(', ')}.` : 'Everything was run.',
    '',
  ].join('\n');
}
