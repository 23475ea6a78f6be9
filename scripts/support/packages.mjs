// What the project needs from the system, and how each package manager calls it.
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { capture, run, which, whichDaemon } from './run.mjs';

const managers = [
  { name: 'apt', program: 'apt-get', hint: 'apt-get install' },
  { name: 'dnf', program: 'dnf', hint: 'dnf install' },
  { name: 'apk', program: 'apk', hint: 'apk add' },
  { name: 'brew', program: 'brew', hint: 'brew install' },
];

/** Without these the addon can't be built. `found` is asked only when something has to be built. */
export const buildNeeds = [
  {
    what: 'a C++17 compiler',
    found: () => compiles('int main() { if constexpr (true) return 0; }'),
    packages: { apt: 'g++', dnf: 'gcc-c++', apk: 'g++', brew: 'llvm' },
  },
  {
    what: 'CMake',
    found: () => which('cmake'),
    packages: { apt: 'cmake', dnf: 'cmake', apk: 'cmake', brew: 'cmake' },
  },
  {
    what: 'make or ninja',
    found: () => which('make') ?? which('ninja'),
    packages: { apt: 'make', dnf: 'make', apk: 'make', brew: 'ninja' },
  },
  {
    what: 'the headers of OpenSSL 3.0 or later',
    found: () => opensslIncludes().some((flags) => compiles(opensslProgram, flags)),
    packages: { apt: 'libssl-dev', dnf: 'openssl-devel', apk: 'openssl-dev', brew: 'openssl@3' },
  },
];

/** With these more of the checks and of the demo can run; without them they say what they skipped. */
export const peers = [
  { what: 'openssl', found: () => which('openssl'), packages: { apt: 'openssl' } },
  { what: 'GnuTLS', found: () => which('gnutls-serv'), packages: { apt: 'gnutls-bin' } },
  { what: 'nginx', found: () => whichDaemon('nginx'), packages: { apt: 'nginx' } },
  { what: 'curl', found: () => which('curl'), packages: { apt: 'curl' } },
  { what: 'Python', found: () => which('python3'), packages: { apt: 'python3' } },
  { what: 'mandoc', found: () => which('mandoc'), packages: { apt: 'mandoc', brew: 'mandoc' } },
  { what: 'zsh', found: () => which('zsh'), packages: { apt: 'zsh', dnf: 'zsh' } },
  {
    what: 'fish',
    found: () => which('fish'),
    packages: { apt: 'fish', dnf: 'fish', brew: 'fish' },
  },
  {
    what: 'clang-format',
    found: () => which('clang-format'),
    packages: { apt: 'clang-format', dnf: 'clang-tools-extra', brew: 'clang-format' },
  },
  {
    what: 'doctest',
    found: () => compiles('#include <doctest/doctest.h>\nint unused;'),
    packages: { apt: 'doctest-dev' },
  },
  {
    what: 'libuv',
    found: () => compiles('#include <uv.h>\nint unused;'),
    packages: { apt: 'libuv1-dev' },
  },
];

const opensslProgram = `#include <openssl/opensslv.h>
#if OPENSSL_VERSION_NUMBER < 0x30000000L
#error too old
#endif
`;

/** The places where CMakeLists.txt looks, as flags of the compiler: named, the system's, Node's. */
function opensslIncludes() {
  const brew = process.platform === 'darwin' && capture('brew', ['--prefix', 'openssl@3']);
  const prefix = process.env.OPENSSL_ROOT_DIR ?? (brew.ok ? brew.output : undefined);
  if (prefix) return [[`-I${prefix}/include`]];
  return [[], [`-I${path.resolve(process.execPath, '../../include/node')}`]];
}

function compiles(source, flags = []) {
  const compiler = process.env.CXX || ['c++', 'g++', 'clang++'].find(which);
  if (!compiler) return false;
  const [program, ...own] = compiler.split(' ');
  const args = [...own, '-std=c++17', ...flags, '-fsyntax-only', '-x', 'c++', '-'];
  return capture(program, args, { input: source }).ok;
}

/** What of `needs` is not there. */
export function missing(needs) {
  return needs.filter((need) => !need.found());
}

/** One line that tells a person what to do about `needs`. */
export function advice(needs) {
  const manager = managers.find(({ program }) => which(program));
  const names = needs.map((need) => need.packages[manager?.name]).filter(Boolean);
  const what = needs.map((need) => need.what).join(', ');
  return manager && names.length > 0 ? `${what} (${manager.hint} ${names.join(' ')})` : what;
}

/** Whether this process may install packages without asking anyone: root, on a system with apt. */
export function canInstall() {
  return process.getuid?.() === 0 && which('apt-get') !== undefined;
}

/** Installs the apt packages of `needs`; resolves to whether apt succeeded. */
export async function install(needs) {
  const names = needs.map((need) => need.packages.apt);
  const restore = keepServicesStopped();
  try {
    if (await apt('install', '--no-install-recommends', ...names)) return true;
    // Fresh containers have no index of packages, or one that is too old.
    await apt('update');
    return await apt('install', '--no-install-recommends', ...names);
  } finally {
    restore();
  }
}

async function apt(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return (await run('apt-get', ['-qq', '-y', ...args], { env, stdio: 'ignore' })) === 0;
}

/**
 * nginx is installed for the tests to run with a configuration of their own, not to be started as a
 * service on port 80. Debian's packages ask this program, and 101 means that they may not.
 */
function keepServicesStopped() {
  const policy = '/usr/sbin/policy-rc.d';
  if (existsSync(policy)) return () => {};
  try {
    writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755, flag: 'wx' });
  } catch {
    return () => {};
  }
  return () => {
    rmSync(policy, { force: true });
  };
}
