// What a person can name by mistake, on any Linux, in one process, since an emulator starts no others:
// `node libraries.cjs <ownssl> <OpenSSL> <work>`, with a folder that has libssl.so.3 and libcrypto.so.3, and an empty one.
// Nothing of a library that was refused may be in the process; in the end the right one is loaded all the same. Where the
// addon contains its OpenSSL none of them is even opened.
'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');

const { commonMistakes, folders } = require('./mistakes.cjs');
const { check, finish } = require('./report.cjs');

const [subject, openssl, work] = process.argv.slice(2);
const own = require(subject);
const SSL = 'libssl.so.3';
const CRYPTO = 'libcrypto.so.3';

const made = folders(openssl, work, [SSL, CRYPTO]);
const mapped = (place) => fs.readFileSync('/proc/self/maps', 'latin1').includes(place);

function refused(place, reason) {
  let error;
  try {
    own.useOpenSSL({ path: place });
  } catch (thrown) {
    error = thrown;
  }
  assert.equal(error?.code, 'ERR_OWNSSL_LOAD_FAILED');
  const tried = error.tried.map((each) => `${each.candidate}: ${each.reason}`);
  assert.match(tried.join('\n'), contained ? /contains its OpenSSL/ : reason);
  for (const each of tried) assert.ok(error.message.includes(each), error.message);
  assert.equal(mapped(place), false, 'part of it is in the process');
  return error.tried.at(-1).reason;
}

/** Whether the addon has its OpenSSL inside, which it says of whatever file is named. */
const contained = (() => {
  try {
    own.useOpenSSL({ path: '/nowhere' });
  } catch (error) {
    return /contains its OpenSSL/.test(error.message);
  }
  return false;
})();

// In the header of ELF 4 is the class (1: 32 bits, 2: 64), 5 the order of bytes (2: big-endian), 18 the machine.
const wide = fs.readFileSync(path.join(openssl, SSL))[4] === 2;
const forMachine = (number) => (bytes) => {
  if (bytes[5] === 2) bytes.writeUInt16BE(number, 18);
  else bytes.writeUInt16LE(number, 18);
  return bytes;
};
const patched = (offset, change) => (bytes) => {
  bytes[offset] = change(bytes[offset]);
  return bytes;
};
const swapped = (bytes) => {
  bytes[5] = 3 - bytes[5];
  for (const at of [16, 18]) bytes.subarray(at, at + 2).reverse();
  return bytes;
};
const x64 = 62;
const s390x = 22;
const other = process.arch === 'x64' ? s390x : x64;

async function all() {
  await check('for another processor', () =>
    refused(made('processor', { both: forMachine(other) }), /libcrypto\.so\.3: is for (x64|s390)/),
  );
  await check('a libssl for another processor than its libcrypto', () =>
    refused(made('mixed', { [SSL]: forMachine(other) }), /libssl\.so\.3: is for (x64|s390)/),
  );
  await check(`for ${wide ? 32 : 64} bits`, () => {
    const place = made('bits', { both: patched(4, () => (wide ? 1 : 2)) });
    return refused(place, wide ? /\(32 bits, ELF\), and this/ : /\(64 bits, ELF\), and this/);
  });
  await check('of the other order of bytes', () =>
    refused(made('order', { both: swapped }), /is for (\w+, (big|little)-endian|ppc64) /),
  );
  await commonMistakes(made, [SSL, CRYPTO], refused);
  await check('that may not be read', () => {
    const place = made('unreadable');
    fs.chmodSync(path.join(place, CRYPTO), 0);
    const user = process.geteuid();
    try {
      if (user === 0) process.seteuid(65534);
    } catch {
      // A Node that may use io_uring lets nobody become another user; this not even root can read.
      fs.rmSync(path.join(place, CRYPTO));
      fs.symlinkSync('/proc/self/mem', path.join(place, CRYPTO));
    }
    try {
      return refused(place, /libcrypto\.so\.3: can't be read: /);
    } finally {
      if (user === 0 && process.geteuid() !== 0) process.seteuid(0);
    }
  });
  await check('a libssl whose libcrypto has another name', () => {
    const place = made('renamed', { both: null });
    fs.copyFileSync(path.join(openssl, SSL), path.join(place, 'libssl-x.so'));
    return refused(path.join(place, 'libssl-x.so'), /has no libcrypto-x\.so beside it/);
  });
  await check('1.1.1', () => {
    const place = made('old', { both: null });
    for (const name of ['libssl.so.1.1', 'libcrypto.so.1.1'])
      fs.writeFileSync(path.join(place, name), '');
    return refused(place, /but libssl\.so\.1\.1, which is older than OpenSSL 3\.0/);
  });
  await check('1.1.1 and 3.x side by side, of which 3.x is taken', () => {
    const place = made('both');
    for (const name of ['libssl.so.1.1', 'libcrypto.so.1.1'])
      fs.copyFileSync(path.join(openssl, SSL), path.join(place, name));
    if (process.config.variables.node_shared_openssl) {
      // A copy's libssl would get the libcrypto that Node has loaded by the same name.
      assert.throws(() => own.useOpenSSL({ path: place }), { code: 'ERR_OWNSSL_NOT_ISOLATED' });
      return 'refused, since Node has loaded a shared libcrypto itself';
    }
    own.useOpenSSL({ path: contained ? 'static' : place });
    const { libssl, version, isolation } = own.openssl;
    assert.equal(libssl, contained ? null : path.join(place, SSL));
    assert.equal(isolation.bindings.toExecutable + isolation.bindings.elsewhere, 0);
    return version;
  });
  finish();
}

all().catch((error) => {
  console.log(`FAIL  ${error.stack}`);
  process.exitCode = 1;
});
