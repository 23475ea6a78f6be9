// npm run test:musl [-- --no-specs] [mocha's arguments]: the prebuilt addon for musl, with a static OpenSSL inside, on a Node
// for musl: the fourteen checks with that OpenSSL and with Node's own, libraries that can't be used, the C++ tests, and mocha. Needs root, to tell musl
// in a mount namespace where its C++ library is. Sanitizers stay out: Debian has none for musl.
import path from 'node:path';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import os from 'node:os';
import { makeFixtures } from '../../test/fixtures/make.mjs';
import { doctest } from '../support/cpp.mjs';
import { failuresOf, readExcuses, readResults, told } from '../support/excuses.mjs';
import { countsOf, line, total } from '../support/mocha.mjs';
import { buildForMusl, muslNode, prebuiltForMusl, withMusl } from '../support/musl.mjs';
import { fail, root } from '../support/run.mjs';

const name = 'test:musl';
if (process.platform !== 'linux' || process.arch !== 'x64') fail(`${name}: runs on Linux, on x64`);
if (process.getuid() !== 0) fail(`${name}: only root can do it (mount)`);
const args = process.argv.slice(2);
const specs = !args.includes('--no-specs');
const addon = await prebuiltForMusl(name);
const node = await muslNode(name);
const fixtures = makeFixtures();
const work = mkdtempSync(path.join(os.tmpdir(), 'ownssl-musl-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));

const results = [];
for (const openssl of ['static', 'node'])
  results.push(await program('checks.cjs', openssl, [fixtures]));
// glibc's, which is as good as any: a contained OpenSSL is to be told of, whatever file is named.
chmodSync(work, 0o755);
results.push(await program('libraries.cjs', '', ['/usr/lib/x86_64-linux-gnu', work]));
if (!args.includes('--no-cpp')) {
  const folder = await buildForMusl(name, { tests: true });
  results.push(
    await doctest(path.join(folder, 'ownssl_tests'), [], {
      ...process.env,
      OWNSSL_FIXTURES: fixtures,
    }),
  );
}
if (specs) results.push(await mocha(args.filter((arg) => !arg.startsWith('--no-'))));
const counts = total(results);
console.log(line(counts));
process.exitCode = counts.failed === 0 ? 0 : 1;

/** A program of test/platforms, with the addon's own OpenSSL or the one that is inside Node. */
async function program(name, openssl, args) {
  console.log(`\n${name}, OWNSSL_OPENSSL=${openssl}`);
  const log = path.join(work, 'log.txt');
  const output = openSync(log, 'w');
  const command = [node, path.join(root, 'test/platforms', name), path.join(root, 'dist'), ...args];
  const env = { ...process.env, OWNSSL_ADDON: addon, OWNSSL_OPENSSL: openssl };
  const status = await withMusl(command, { env, stdio: ['ignore', output, output] });
  closeSync(output);
  const text = readFileSync(log, 'utf8');
  process.stdout.write(text);
  return countsOf(text, status);
}

async function mocha(more) {
  // For what a shell starts.
  const programs = path.join(work, 'bin');
  mkdirSync(programs);
  symlinkSync(node, path.join(programs, 'node'));
  const file = path.join(work, 'results.json');
  const command = [node, path.join(root, 'node_modules/mocha/bin/mocha.js')];
  command.push('--reporter', 'json', '--reporter-option', `output=${file}`, ...more);
  const PATH = `${programs}:${process.env.PATH}`;
  await withMusl(command, { env: { ...process.env, PATH, OWNSSL_ADDON: addon } });
  const results = readResults(file);
  if (results) return told('mocha', results, failuresOf(results, readExcuses('musl.json')));
  console.log('mocha did not end');
  return { passed: 0, failed: 1, skipped: 0 };
}
