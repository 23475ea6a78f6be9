// Which OpenSSL a process uses is decided once: so every case here is a process of its own.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { skipBecause } from '../support/child.mjs';

export { builtOpenSSL } from '../../scripts/support/cache.mjs';

export const root = fileURLToPath(new URL('../..', import.meta.url));
/** What `ownssl` is in the new processes. */
export const library = join(root, 'dist', 'native', 'openssl.js');

const processor = process.arch === 'arm64' ? 'arm64' : 'x64';
const byPlatform = {
  win32: {
    ssl: `libssl-3-${processor}.dll`,
    crypto: `libcrypto-3-${processor}.dll`,
    folders: ['bin', 'lib', ''],
  },
  darwin: { ssl: 'libssl.3.dylib', crypto: 'libcrypto.3.dylib', folders: ['lib', ''] },
};
/** What OpenSSL 3's libraries are called here, and the folders of a prefix that are searched for them. */
export const names = byPlatform[process.platform] ?? {
  ssl: 'libssl.so.3',
  crypto: 'libcrypto.so.3',
  folders: ['lib', 'lib64', ''],
};

/** Folders that vanish after the suite that asked for them. */
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'ownssl-openssl-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * Runs a script in a new process, with `ownssl` (the module under test) and `attempt(fn)` (returns what
 * fn returns, or {error}) in scope. What the script returns comes back.
 */
export function inNewProcess(script, { env = {}, prelude = '' } = {}) {
  const source = `
    ${prelude}
    const ownssl = require(${JSON.stringify(library)});
    const attempt = (fn) => {
      try { return fn(); } catch (error) {
        return { error: { name: error.name, code: error.code, message: error.message, tried: error.tried } };
      }
    };
    Promise.resolve((async () => { ${script} })()).then((value) => {
      require('node:fs').writeSync(1, '\\nRESULT' + JSON.stringify(value ?? null));
    });`;
  const clean = { ...process.env };
  for (const name of ['OWNSSL_OPENSSL', 'OWNSSL_FIPS', 'OPENSSL_CONF', 'OPENSSL_MODULES'])
    delete clean[name];
  const child = spawnSync(process.execPath, ['-e', source], {
    encoding: 'utf8',
    env: { ...clean, ...env },
    maxBuffer: 1 << 28,
  });
  const at = child.stdout.lastIndexOf('\nRESULT');
  if (at < 0 || child.status !== 0) {
    throw new Error(
      `status ${child.status}, signal ${child.signal}\n${child.stdout}${child.stderr}`,
    );
  }
  return JSON.parse(child.stdout.slice(at + '\nRESULT'.length));
}

let contained;
/** Whether the addon contains its OpenSSL, as in the sanitizers' build. */
export function isStatic() {
  contained ??= inNewProcess("return ownssl.openssl.source === 'static'");
  return contained;
}

/** Skips a suite about OpenSSL's own files where the addon contains it. */
export function needsSharedOpenSSL() {
  before(function () {
    if (!isStatic()) return;
    this.test.parent.eachTest((test) => {
      test.title += ' [the addon contains its OpenSSL]';
    });
    this.skip();
  });
}

/** Skips the test, visibly, where there is no C compiler. */
export function needsCompiler(context) {
  const { error } = spawnSync(process.env.CC || 'cc', ['--version']);
  if (error) skipBecause(context, 'no C compiler');
}

/** Builds a shared library from C source, for libraries that aren't OpenSSL. */
export function compileLibrary(file, source) {
  const compiler = process.env.CC || 'cc';
  const args = ['-shared', '-fPIC', '-x', 'c', '-', '-o', file];
  const { status, stderr } = spawnSync(compiler, args, { input: source, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}
