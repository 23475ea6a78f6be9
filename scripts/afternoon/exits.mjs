// npm run test:exits [-- --asan] [-- mocha's arguments]: every state of a connection × every way to end a process or a
// worker thread, and many threads at once; with --asan, with the addon of `npm run test:asan`, which it builds.
import path from 'node:path';
import { line, mocha } from '../support/mocha.mjs';
import { root, run } from '../support/run.mjs';

const args = process.argv.slice(2).filter((arg) => arg !== '--asan');
const files = ['--no-config', '--require', path.join(root, 'test/support/hooks.mjs')];
files.push(path.join(root, 'test/exits/*.test.mjs'), ...args);
const env = { ...process.env, OWNSSL_EXITS: 'all' };

if (process.argv.includes('--asan')) {
  const script = path.join(root, 'scripts/afternoon/asan.mjs');
  process.exitCode = await run(process.execPath, [script, '--no-cpp', ...files], { env });
} else {
  const { status, counts } = await mocha(files, { env });
  console.log(line(counts));
  process.exitCode = status;
}
