// What a person can name by mistake, on any Linux and on macOS, in one process, since an emulator starts no others:
// `node libraries.cjs <ownssl> <OpenSSL> <work>`, with a folder that has libssl and libcrypto of OpenSSL 3, and an empty one.
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
const mac = process.platform === 'darwin';
const named = (name, version) => (mac ? `${name}.${version}.dylib` : `${name}.so.${version}`);
const SSL = named('libssl', 3);
const CRYPTO = named('libcrypto', 3);
const old = [named('libssl', '1.1'), named('libcrypto', '1.1')];
const format = mac ? 'macOS' : 'ELF';

const made = folders(openssl, work, [SSL, CRYPTO]);
const mapped = (place) =>
  mac
    ? process.report.getReport().sharedObjects.some((file) => file.startsWith(place))
    : fs.readFileSync('/proc/self/maps', 'latin1').includes(place);
/** A reason of a file: its name, and what is said of it. */
const saysOf = (file, text) => new RegExp(`${file.replaceAll('.', '\\.')}: ${text}`);

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

/** Changes of the header: what it is for, how many bits, which order of bytes. */
const elf = {
  wide: (bytes) => bytes[4] === 2,
  machines: { x64: 62, other: 22 },
  forMachine: (number) => (bytes) => {
    if (bytes[5] === 2) bytes.writeUInt16BE(number, 18);
    else bytes.writeUInt16LE(number, 18);
    return bytes;
  },
  ofBits: (bits) => (bytes) => {
    bytes[4] = bits / 32;
    return bytes;
  },
  swapped: (bytes) => {
    bytes[5] = 3 - bytes[5];
    for (const at of [16, 18]) bytes.subarray(at, at + 2).reverse();
    return bytes;
  },
};
/** Of Mach-O: the magic number tells the bits, and the processor follows. */
const machO = {
  wide: () => true,
  machines: { x64: 0x01000007, other: 0x0100000c },
  forMachine: (number) => (bytes) => {
    bytes.writeUInt32LE(number, 4);
    return bytes;
  },
  ofBits: () => (bytes) => {
    bytes.writeUInt32LE(0xfeedface, 0);
    return bytes;
  },
};
const header = mac ? machO : elf;
const wide = header.wide(fs.readFileSync(path.join(openssl, SSL)));
const other = header.machines[process.arch === 'x64' ? 'other' : 'x64'];
const forOther = 'is for (x64|s390|arm64)';

async function all() {
  await check('for another processor', () =>
    refused(made('processor', { both: header.forMachine(other) }), saysOf(CRYPTO, forOther)),
  );
  await check('a libssl for another processor than its libcrypto', () =>
    refused(made('mixed', { [SSL]: header.forMachine(other) }), saysOf(SSL, forOther)),
  );
  await check(`for ${wide ? 32 : 64} bits`, () => {
    const bits = wide ? 32 : 64;
    const place = made('bits', { both: header.ofBits(bits) });
    return refused(place, new RegExp(`\\(${bits} bits, ${format}\\), and this`));
  });
  if (header.swapped)
    await check('of the other order of bytes', () => {
      const place = made('order', { both: header.swapped });
      return refused(place, /is for (\w+, (big|little)-endian|ppc64) /);
    });
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
      return refused(place, saysOf(CRYPTO, "can't be read: "));
    } finally {
      if (user === 0 && process.geteuid() !== 0) process.seteuid(0);
    }
  });
  await check('a libssl whose libcrypto has another name', () => {
    const place = made('renamed', { both: null });
    const suffix = mac ? 'dylib' : 'so';
    const file = path.join(place, `libssl-x.${suffix}`);
    fs.copyFileSync(path.join(openssl, SSL), file);
    return refused(file, new RegExp(`has no libcrypto-x\\.${suffix} beside it`));
  });
  await check('1.1.1', () => {
    const place = made('old', { both: null });
    for (const name of old) fs.writeFileSync(path.join(place, name), '');
    return refused(place, new RegExp(`but ${old[0]}, which is older than OpenSSL 3\\.0`));
  });
  await check('1.1.1 and 3.x side by side, of which 3.x is taken', () => {
    const place = made('both', { both: mac ? null : undefined });
    for (const name of old) fs.copyFileSync(path.join(openssl, SSL), path.join(place, name));
    // A libssl of macOS names the libcrypto that it was installed with, by its whole path.
    if (mac)
      for (const name of [SSL, CRYPTO])
        fs.symlinkSync(path.join(openssl, name), path.join(place, name));
    if (process.config.variables.node_shared_openssl) {
      // A copy's libssl would get the libcrypto that Node has loaded by the same name.
      assert.throws(() => own.useOpenSSL({ path: place }), { code: 'ERR_OWNSSL_NOT_ISOLATED' });
      return 'refused, since Node has loaded a shared libcrypto itself';
    }
    own.useOpenSSL({ path: contained ? 'static' : place });
    const { libssl, version, isolation } = own.openssl;
    assert.equal(libssl, contained ? null : fs.realpathSync(path.join(place, SSL)));
    assert.equal(isolation.bindings.toExecutable + isolation.bindings.elsewhere, 0);
    return version;
  });
  finish();
}

all().catch((error) => {
  console.log(`FAIL  ${error.stack}`);
  process.exitCode = 1;
});
