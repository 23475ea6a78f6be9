// npm run test:processors [-- s390x,arm] [--no-cpp]: the addon and the C++ tests for processors that this machine is not, made
// by Debian's cross compilers, under qemu-user with Debian's OpenSSL of that architecture: s390x (big-endian), ppc64le,
// armv7l (32 bits), riscv64 and arm64: the fourteen checks, and libraries that can't be used. Node is an npm package, and
// for riscv64 Debian's.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { makeFixtures } from '../../test/fixtures/make.mjs';
import { doctest } from '../support/cpp.mjs';
import { emulate, emulator, prepareEmulator, systemRoot } from '../support/emulator.mjs';
import { countsOf, line, total } from '../support/mocha.mjs';
import { fail, root, run } from '../support/run.mjs';
import { triplets } from '../support/sysroot.mjs';
import { needTools } from '../support/tools.mjs';

const name = 'test:processors';
const cpp = !process.argv.includes('--no-cpp');
const failure = { passed: 0, failed: 1, skipped: 0 };
/** For each of Node's names: what Debian calls the compiler's package, and CMake the processor. */
const targets = {
  s390x: ['s390x-linux-gnu', 's390x'],
  ppc64: ['powerpc64le-linux-gnu', 'ppc64le'],
  arm: ['arm-linux-gnueabihf', 'armv7l'],
  riscv64: ['riscv64-linux-gnu', 'riscv64'],
  arm64: ['aarch64-linux-gnu', 'aarch64'],
};

if (process.platform !== 'linux') fail(`${name}: runs on Linux`);
const wanted =
  process.argv
    .slice(2)
    .find((arg) => !arg.startsWith('-'))
    ?.split(',') ?? Object.keys(targets).filter((arch) => arch !== process.arch);
const fixtures = makeFixtures();
const results = [];
for (const arch of wanted) {
  if (!targets[arch]) fail(`${name}: one of ${Object.keys(targets).join(', ')}`);
  results.push(...(await test(arch)));
}
const counts = total(results);
console.log(line(counts));
process.exitCode = counts.failed === 0 ? 0 : 1;

async function test(arch) {
  const [package_, processor] = targets[arch];
  const triplet = triplets[arch] ?? package_;
  await needTools(name, {
    [`${triplet}-g++`]: `g++-${package_}`,
    'qemu-s390x-static': 'qemu-user-static',
    '/usr/include/doctest/doctest.h': 'doctest-dev',
    cmake: 'cmake',
    make: 'make',
  });
  await prepareEmulator(arch);
  const folder = path.join(root, 'build', 'processors', arch);
  const options = [`-DCMAKE_SYSTEM_NAME=Linux`, `-DCMAKE_SYSTEM_PROCESSOR=${processor}`];
  options.push(
    `-DCMAKE_CXX_COMPILER=${triplet}-g++`,
    '-DCMAKE_JS_VERSION=8',
    `-DOWNSSL_TESTS=${cpp ? 'ON' : 'OFF'}`,
  );
  // A folder with doctest alone: with all of /usr/include this machine's C library would be found in it.
  // Of ARM GCC tells what its version 7 has changed.
  const flags = ['-O2', '-Wno-psabi', `-isystem ${doctestAlone()}`];
  const headers = path.join(systemRoot(arch), 'usr/include');
  flags.push(`-isystem ${headers}`, `-isystem ${path.join(headers, triplet)}`);
  if (cpp) {
    options.push('-Ddoctest_include=/usr/include', `-Duv_header=${headers}`);
    options.push(`-Duv_library=${path.join(libraries(arch, triplet), 'libuv.so.1')}`);
    // What it needs of a newer C library than the compiler's is in the emulator's.
    options.push('-DCMAKE_EXE_LINKER_FLAGS=-Wl,--allow-shlib-undefined');
  }
  options.push('--log-level=WARNING');
  options.push(`-DCMAKE_CXX_FLAGS=${flags.join(' ')}`);
  const quiet = { stdio: ['ignore', 'ignore', 'inherit'] };
  console.log(`\n${arch}: building`);
  if (await run('cmake', ['-S', root, '-B', folder, ...options], quiet)) return [failure];
  const target = cpp ? [] : ['--target', 'ownssl'];
  if (await run('cmake', ['--build', folder, '-j2', ...target], quiet)) return [failure];
  const addon = path.join(folder, 'ownssl.node');
  const work = mkdtempSync(path.join(os.tmpdir(), 'ownssl-libraries-'));
  chmodSync(work, 0o755);
  const results = [
    await program(arch, addon, 'checks.cjs', [fixtures]),
    await program(arch, addon, 'libraries.cjs', [libraries(arch, triplet), work]),
  ];
  rmSync(work, { recursive: true, force: true });
  if (cpp) results.push(await cppTests(arch, folder));
  return results;
}

/** Where Debian's libraries for that processor are, as this machine names it. */
function libraries(arch, triplet) {
  return path.join(systemRoot(arch), 'usr/lib', triplet);
}

function doctestAlone() {
  const folder = path.join(root, 'build', 'processors', 'include');
  spawnSync('mkdir', ['-p', folder]);
  spawnSync('cp', ['-r', '/usr/include/doctest', folder]);
  return folder;
}

async function program(arch, addon, file, places) {
  const [command, ...args] = emulator(arch);
  args.push(path.join(root, 'test/platforms', file), path.join(root, 'dist'), ...places);
  const env = {
    ...process.env,
    OWNSSL_ADDON: addon,
    OWNSSL_OPENSSL: '',
    OWNSSL_CHECK_LIMIT: '300000',
  };
  const { stdout, status } = spawnSync(command, args, {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.stdout.write(stdout);
  return countsOf(stdout, status);
}

function cppTests(arch, folder) {
  const [command, ...args] = emulate(arch);
  const env = { ...process.env, OWNSSL_FIXTURES: fixtures };
  return doctest(command, [...args, path.join(folder, 'ownssl_tests')], env);
}
