// Builds the C++ tests and runs them. They need no Node, and so no cmake-js; only their certificates
// come from where mocha's do.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { makeFixtures } from '../../test/fixtures/make.mjs';
import { missing, peers } from './packages.mjs';
import { root, run } from './run.mjs';

const failure = { passed: 0, failed: 1, skipped: 0 };

/** Resolves to the numbers of test cases; a build or a run that breaks down counts as one failure. */
export async function cppTests({ folder, options = [], env = process.env, args = [] }) {
  if (missing(peers).some(({ what }) => what === 'doctest')) {
    console.log('doctest is not installed: the C++ tests were skipped');
    return { passed: 0, failed: 0, skipped: 1 };
  }
  const build = path.join(root, folder);
  // What CMake has to say is of interest only when it fails.
  const configure = [
    '-S',
    root,
    '-B',
    build,
    '-DOWNSSL_TESTS=ON',
    ...options,
    '--log-level=WARNING',
  ];
  if (await run('cmake', configure, { stdio: ['ignore', 'ignore', 'inherit'] })) return failure;
  if (await run('cmake', ['--build', build, '--target', 'ownssl_tests', '-j2'])) return failure;
  return doctest(path.join(build, 'ownssl_tests'), args, {
    ...env,
    OWNSSL_FIXTURES: makeFixtures(),
  });
}

/** Runs a doctest program, shows what it prints, and reads its numbers from that. */
export function doctest(program, args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
      process.stdout.write(text);
    });
    child.on('error', reject);
    child.on('close', (status) => {
      const summary = /test cases: +\d+ \| +(\d+) passed \| +(\d+) failed \| +(\d+) skipped/;
      const [passed, failed, skipped] = summary.exec(output)?.slice(1).map(Number) ?? [0, 0, 0];
      // A crash after the last test, or a sanitizer's report, shows only in the status.
      resolve({ passed, failed: status === 0 ? failed : Math.max(failed, 1), skipped });
    });
  });
}
