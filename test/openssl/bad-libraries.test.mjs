// What a person can name by mistake, made of the real libraries: each is a clear error that says what was tried, and
// nothing of it is in the process afterwards.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { skipBecause } from '../support/child.mjs';
import { inNewProcess, library, needsSharedOpenSSL, root, temporaryFolder } from './support.mjs';

const SSL = 'libssl.so.3';
const CRYPTO = 'libcrypto.so.3';

describe("libraries that can't be used", function () {
  if (process.platform !== 'linux') {
    it('are made of ELF files', function () {
      skipBecause(this, 'npm run test:windows has them of DLLs');
    });
    return;
  }
  needsSharedOpenSSL();
  const folder = temporaryFolder();
  const real = {};
  before(function () {
    const { libssl, libcrypto } = inNewProcess('return { ...ownssl.openssl }');
    if (!libssl?.endsWith(SSL)) skipBecause(this, `the system has no ${SSL}`);
    real[SSL] = libssl;
    real[CRYPTO] = libcrypto;
  });

  /** A folder with both libraries, of which `changes` maps the names to what is made of their bytes. */
  function made(name, changes) {
    const place = path.join(folder, name);
    mkdirSync(place);
    for (const file of [SSL, CRYPTO]) {
      const change = changes[file] ?? changes.both;
      const bytes = readFileSync(real[file]);
      writeFileSync(path.join(place, file), change ? change(bytes) : bytes);
    }
    return place;
  }
  const patched = (offset, value) => (bytes) => {
    bytes.writeUInt8(value, offset);
    return bytes;
  };

  function refused(place, reason) {
    const { error, mapped } = inNewProcess(`
      const result = attempt(() => ownssl.useOpenSSL({ path: ${JSON.stringify(place)} }));
      const maps = require('node:fs').readFileSync('/proc/self/maps', 'latin1');
      return { ...result, mapped: maps.includes(${JSON.stringify(place)}) };`);
    assert.equal(error.code, 'ERR_OWNSSL_LOAD_FAILED');
    const reasons = error.tried.map((tried) => `${tried.candidate}: ${tried.reason}`).join('\n');
    assert.match(reasons, reason);
    assert.ok(error.message.includes(reasons.split('\n').at(-1)), error.message);
    assert.equal(mapped, false, 'part of it is in the process');
  }

  // Offsets in the header of ELF: 4 is the class, 18 the machine. 62 is x64, 183 arm64.
  const machine = process.arch === 'arm64' ? 62 : 183;
  const low = process.arch === 's390x' ? 19 : 18;

  it('for another processor', () => {
    refused(
      made('processor', { both: patched(low, machine) }),
      /libcrypto\.so\.3: is for (x64|arm64)(, big-endian)? \(64 bits, ELF\), and this process is/,
    );
  });
  it('a libssl for another processor than its libcrypto', () => {
    refused(made('mixed', { [SSL]: patched(low, machine) }), /libssl\.so\.3: is for (x64|arm64)/);
  });
  it('for 32 bits', function () {
    if (process.arch === 'arm') skipBecause(this, 'this process has 32 bits itself');
    refused(made('narrow', { both: patched(4, 1) }), /is for \w+ \(32 bits, ELF\)/);
  });
  for (const part of [0.001, 0.1, 0.5, 0.9, 0.9999]) {
    it(`cut after ${part} of it`, () => {
      const cut = (bytes) => bytes.subarray(0, Math.floor(bytes.length * part));
      for (const file of [SSL, CRYPTO]) {
        // What is behind the last segment is for debuggers: a library without it is whole.
        const place = made(`cut-${part}-${file}`, { [file]: cut });
        const { error } = inNewProcess(
          `return attempt(() => ownssl.useOpenSSL({ path: ${JSON.stringify(place)} }));`,
        ) ?? { error: undefined };
        if (part < 0.9) assert.equal(error?.code, 'ERR_OWNSSL_LOAD_FAILED');
        if (error) assert.match(error.message, /is damaged|is not a shared library/);
      }
    });
  }
  it('empty', () => {
    refused(
      made('empty', { [CRYPTO]: () => Buffer.alloc(0) }),
      /libcrypto\.so\.3: is an empty file/,
    );
  });
  it('a program', () => {
    const place = made('program', {});
    copyFileSync(process.execPath, path.join(place, CRYPTO));
    refused(place, /is a program|is not OpenSSL|executable/);
  });
  it('that may not be read', function () {
    const place = made('unreadable', {});
    chmodSync(path.join(place, CRYPTO), 0);
    chmodSync(folder, 0o755);
    const script = `try { require(${JSON.stringify(library)}).useOpenSSL({ path: ${JSON.stringify(place)} }) }
      catch (error) { console.log(error.code, error.message) }`;
    const user = process.getuid() === 0 ? { uid: 65534, gid: 65534 } : {};
    const { stdout, error } = spawnSync(process.execPath, ['-e', script], {
      encoding: 'utf8',
      ...user,
    });
    if (error || stdout === '') skipBecause(this, 'another user can not start this Node');
    assert.match(stdout, /^ERR_OWNSSL_LOAD_FAILED /);
    assert.match(stdout, /libcrypto\.so\.3: can't be read: Permission denied/);
  });
  it('a libssl whose libcrypto is not there', () => {
    const place = made('alone', {});
    spawnSync('rm', [path.join(place, CRYPTO)]);
    refused(place, /libcrypto\.so\.3: missing, the other of the two libraries is there/);
  });
  it('1.1.1, of which the error tells', () => {
    const place = path.join(folder, 'old');
    mkdirSync(place);
    for (const name of ['libssl.so.1.1', 'libcrypto.so.1.1'])
      writeFileSync(path.join(place, name), '');
    refused(place, /contains no .*, but libssl\.so\.1\.1, which is older than OpenSSL 3\.0/);
  });
  it('but of 1.1.1 and 3.x side by side, 3.x is taken', () => {
    const place = made('both', {});
    for (const name of ['libssl.so.1.1', 'libcrypto.so.1.1'])
      copyFileSync(real[SSL], path.join(place, name));
    const { libssl } = inNewProcess(
      `ownssl.useOpenSSL({ path: ${JSON.stringify(place)} }); return { ...ownssl.openssl };`,
    );
    assert.equal(libssl, path.join(place, SSL));
  });
  it('one after the other in one process, as emulators have it (test/platforms/libraries.cjs)', () => {
    const place = path.join(folder, 'one-process');
    mkdirSync(place);
    chmodSync(folder, 0o755);
    const program = path.join(root, 'test/platforms/libraries.cjs');
    const args = [program, path.join(root, 'dist'), path.dirname(real[SSL]), place];
    const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    assert.equal(status, 0, stdout);
    assert.match(stdout, /^14 passed, 0 failed$/m);
  });
});
