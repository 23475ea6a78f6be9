// npm run test:musl [-- --no-specs] [mocha's arguments]: the prebuilt addon for musl, with a static OpenSSL inside, on a Node
// for musl: the fourteen checks with that OpenSSL and with Node's own, the C++ tests, and mocha. Needs root, to tell musl
// in a mount namespace where its C++ library is. Sanitizers stay out: Debian has none for musl.
import path from 'node:path';
import { readFileSync, mkdtempSync, rmSync, openSync, closeSync } from 'node:fs';
import os from 'node:os';
import { makeFixtures } from '../../test/fixtures/make.mjs';
import { doctest } from '../support/cpp.mjs';
import { line, reporter, total } from '../support/mocha.mjs';
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

const results = [await checks('static'), await checks('node')];
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

async function checks(openssl) {
  console.log(`\nOWNSSL_OPENSSL=${openssl}`);
  const log = path.join(work, 'checks.log');
  const output = openSync(log, 'w');
  const program = path.join(root, 'test/platforms/checks.cjs');
  const env = { ...process.env, OWNSSL_ADDON: addon, OWNSSL_OPENSSL: openssl };
  const status = await withMusl([node, program, path.join(root, 'dist'), fixtures], {
    env,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  const text = readFileSync(log, 'utf8');
  process.stdout.write(text);
  const [passed, failed] = /^(\d+) passed, (\d+) failed$/m.exec(text)?.slice(1).map(Number) ?? [
    0, 1,
  ];
  return { passed, failed: status === 0 ? failed : Math.max(failed, 1), skipped: 0 };
}

async function mocha(more) {
  const file = path.join(work, 'counts.json');
  const command = [
    node,
    path.join(root, 'node_modules/mocha/bin/mocha.js'),
    '--reporter',
    reporter,
    ...more,
  ];
  const env = { ...process.env, OWNSSL_ADDON: addon, OWNSSL_TEST_COUNTS: file };
  await withMusl(command, { env });
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
