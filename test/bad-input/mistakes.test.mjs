// The mistakes that people make with files: the error says which file it is and what is wrong with it, and has
// Node's code.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { fixture, fixturePath, identity, passphrase } from '../support/fixtures.mjs';
import { subject, tls } from '../support/subject.mjs';
import { encode, explicit, integer, octets, oid, sequence } from '../certificates/support/der.mjs';

const cert = fixture('server-ec-chain.crt');
const key = fixture('server-ec.key');
const encrypted = fixture('server-ec-encrypted.key');
const rsa = identity('server-rsa');
const p12 = fixture('server-ec.p12');
const utf16 = (file) =>
  Buffer.concat([Buffer.of(0xff, 0xfe), Buffer.from(file.toString(), 'utf16le')]);
const literal = (file) => file.toString().replaceAll('\n', '\\n');
const der = (file) => Buffer.from(file.toString().split('-----')[2], 'base64');
const ssh = `-----BEGIN OPENSSH PRIVATE KEY-----\n${'AAAA'.repeat(16)}\n-----END OPENSSH PRIVATE KEY-----\n`;

const unread = /^ERR_OSSL_(UNSUPPORTED|PEM_NO_START_LINE)$/;
const noStart = 'ERR_OSSL_PEM_NO_START_LINE';
const undecrypted = /^ERR_(OSSL_(BAD_DECRYPT|CRYPTO_INTERRUPTED_OR_CANCELLED)|MISSING_PASSPHRASE)$/;

// [what, options, code, words of ours]
const rows = [
  ['a key in DER', { cert, key: der(key) }, unread, /options\.key is binary \(DER\)/],
  ['a certificate in DER', { cert: der(cert), key }, noStart, /options\.cert is binary \(DER\)/],
  ['a key in UTF-16', { cert, key: utf16(key) }, unread, /options\.key is text in UTF-16/],
  ['a certificate in UTF-16', { cert: utf16(cert) }, noStart, /options\.cert is text in UTF-16/],
  ['a key with \\n', { cert, key: literal(key) }, unread, /options\.key has the two char.*"\\n"/],
  ['a certificate with \\n', { cert: literal(cert) }, noStart, /options\.cert has the two char/],
  ['a key of OpenSSH', { cert, key: ssh }, unread, /options\.key is .* OpenSSH; ssh-keygen -p/],
  [
    'a file name as a key',
    { cert, key: 'a/b.key' },
    unread,
    /options\.key has no PEM.*its content/,
  ],
  ['a certificate as a key', { cert, key: cert }, unread, /options\.key is a certificate, where/],
  ['a key as a certificate', { cert: key }, noStart, /options\.cert is a private key, where/],
  ['PKCS#12 as a key', { cert, key: p12 }, unread, /options\.key is a PKCS#12 file.*"pfx"/],
  ['the second of two keys', { cert, key: [key, ssh] }, unread, /options\.key\[1\] is .*OpenSSH/],
  ['an encrypted key', { cert, key: encrypted }, undecrypted, /encrypted .*there is no passphrase/],
  [
    'a wrong passphrase',
    { cert, key: encrypted, passphrase: 'x' },
    'ERR_OSSL_BAD_DECRYPT',
    /options\.key is an encrypted private key, and the passphrase is not its own/,
  ],
  ['a CRL in DER', { crl: der(cert) }, 'ERR_CRYPTO_OPERATION_FAILED', /options\.crl is binary/],
  ['PEM as PKCS#12', { pfx: cert }, null, /options\.pfx is PEM.*"cert" and "key"/],
  ['PKCS#12 in Base64', { pfx: p12.toString('base64') }, null, /options\.pfx is Base64/],
  ['PKCS#12 without passphrase', { pfx: p12 }, null, /options\.pfx needs a passphrase/],
  ['PKCS#12, a wrong one', { pfx: p12, passphrase: 'x' }, null, /options\.pfx has another passph/],
  ['an empty PKCS#12', { pfx: '' }, null, /options\.pfx is empty/],
];

/** A key that Node's OpenSSL, too, complains of otherwise than of others. */
function keyDecryptedByChance(how, wrong) {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  for (let draws = 0; draws < 20_000; draws++) {
    const pem = privateKey.export({ ...how, format: 'pem', passphrase });
    try {
      createPrivateKey({ key: pem, passphrase: wrong });
    } catch (error) {
      if (error.code !== 'ERR_OSSL_BAD_DECRYPT') return pem;
    }
  }
  throw new Error('no key was decrypted by chance');
}

const create = (options) => tls.createSecureContext(options);
const ours = subject === 'ownssl';

describe('mistakes with files', () => {
  for (const [what, options, code, words] of rows) {
    it(`${what}: the error says so`, () => {
      assert.throws(
        () => create(options),
        (error) => {
          if (typeof code === 'string') assert.equal(error.code, code);
          else if (code) assert.match(error.code, code);
          if (ours) assert.match(error.code, /^ERR_/);
          if (ours) assert.match(error.message, words);
          return true;
        },
      );
    });
  }

  it('no message has anything of the file', () => {
    for (const [what, options] of rows)
      assert.throws(
        () => create(options),
        (error) => {
          const told = JSON.stringify([error.message, error.stack, { ...error }]);
          for (const secret of [key, encrypted].flatMap((file) => file.toString().split('\n')))
            if (secret.length > 20 && !secret.startsWith('-')) assert(!told.includes(secret), what);
          return true;
        },
      );
  });

  describe('PKCS#12 that this OpenSSL can not open', () => {
    before(function () {
      if (!ours) this.skip();
    });

    it('old: legacyPfx is named', () => {
      const pfx = fixture('server-ec-legacy.p12');
      assert.throws(() => create({ pfx, passphrase }), {
        code: 'ERR_CRYPTO_UNSUPPORTED_OPERATION',
        message: /^Unsupported PKCS12 PFX data .*RC2.*"legacyPfx"/,
      });
    });

    it('PBMAC1: the version that is needed is named (by an OpenSSL before 3.4)', function () {
      if (Number.parseFloat(tls.openssl.version) >= 3.4) this.skip();
      const data = (content) => sequence(oid('1.2.840.113549.1.7.1'), content);
      const pbmac1 = sequence(oid('1.2.840.113549.1.5.14'), sequence());
      const mac = sequence(sequence(pbmac1, octets(Buffer.alloc(32))), octets(Buffer.alloc(8)));
      const pfx = encode(sequence(integer(3), data(explicit(0, octets(encode(sequence())))), mac));
      assert.throws(() => create({ pfx, passphrase }), {
        code: 'ERR_CRYPTO_UNSUPPORTED_OPERATION',
        message: /PBMAC1, which needs OpenSSL 3\.4 or later; this is OpenSSL \d/,
      });
    });
  });

  describe('a certificate and a key of different kinds', () => {
    const type = { code: 'ERR_OSSL_X509_KEY_TYPE_MISMATCH' };

    it('are refused when they are loaded, on both sides', function () {
      if (!ours) this.skip();
      assert.throws(() => create({ cert, key: rsa.key }), type);
      assert.throws(() => create({ cert: rsa.cert, key: [key] }), type);
      assert.throws(() => tls.createServer({ cert: rsa.cert, key }), type);
      assert.throws(() => tls.connect({ port: 1, cert: rsa.cert, key }), type);
    });

    it('of the same kind, too', () => {
      const values = { code: 'ERR_OSSL_X509_KEY_VALUES_MISMATCH' };
      assert.throws(() => create({ cert, key: fixture('client.key') }), values);
    });

    it('several pairs are taken in any order, and what has no other half', () => {
      for (const options of [
        { cert: [cert, rsa.cert], key: [key, rsa.key] },
        { cert: [cert, rsa.cert], key: [rsa.key, key] },
        { cert: [cert, rsa.cert], key: rsa.key },
        { cert: rsa.cert, key: [key, rsa.key] },
        { cert: rsa.cert, key: rsa.key, pfx: p12, passphrase },
        ...[{ cert }, { key }, { cert, key: [] }, { cert: [], key }],
      ])
        create(options);
    });
  });

  // Once in 256 times the padding looks right, and what OpenSSL says then is about what it finds behind it.
  for (const [form, how] of Object.entries({
    'PKCS#8': { type: 'pkcs8', cipher: 'aes-256-cbc' },
    'the older form of PEM': { type: 'sec1', cipher: 'aes-128-cbc' },
  })) {
    for (const [what, wrong, words] of [
      [
        'without a passphrase',
        undefined,
        /is an encrypted private key, and there is no passphrase/,
      ],
      [
        'with a wrong passphrase',
        'wrong',
        /encrypted private key, and the passphrase is not its own/,
      ],
    ]) {
      it(`an encrypted key in ${form}, ${what}, that is decrypted by chance`, function () {
        if (!ours) this.skip();
        const lucky = keyDecryptedByChance(how, wrong ?? '');
        const usual = fixture('server-ec-encrypted.key');
        const said = [lucky, usual].map((pem) => {
          const options = wrong === undefined ? { key: pem } : { key: pem, passphrase: wrong };
          try {
            create(options);
            return 'it was read';
          } catch ({ code, message, reason, library, stack }) {
            assert.match(message, words);
            return { code, message, reason, library, told: stack.includes(message) };
          }
        });
        assert.equal(said[0].code, 'ERR_OSSL_BAD_DECRYPT');
        assert.deepEqual(said[0], said[1]);
        create({ key: lucky, passphrase });
      });
    }
  }

  describe('a key by its URI', () => {
    before(function () {
      if (!ours) this.skip();
    });
    const at = (name) => `file:${fixturePath(name)}`;
    const missing = fixturePath('nothing.key');
    const nobody = 'ERR_OSSL_OSSL_STORE_UNREGISTERED_SCHEME';
    const failed = 'ERR_CRYPTO_OPERATION_FAILED';
    for (const [what, options, code, words] of [
      [
        'no such file',
        { key: `file:${missing}` },
        'ENOENT',
        /at file:.*: No such file.*\(options\.key\)/,
      ],
      ['a URL, no such file', { key: pathToFileURL(missing) }, 'ENOENT', /: No such file.*/],
      ['no such file in a list', { key: [{ pem: `file:${missing}` }] }, 'ENOENT', /key\[0\]/],
      ['a folder', { key: at('..') }, failed, /^There is no private key at this file: URI/],
      ['an empty file', { key: at('empty') }, failed, /^There is no private key at this file: URI/],
      [
        'a certificate',
        { key: at('server-ec.crt') },
        failed,
        /options\.key is a certificate, where/,
      ],
      [
        'encrypted',
        { key: at('server-ec-encrypted.key') },
        'ERR_OSSL_BAD_DECRYPT',
        /no passphrase/,
      ],
      [
        'a wrong passphrase',
        { key: at('server-ec-encrypted.key'), passphrase: 'x' },
        'ERR_OSSL_BAD_DECRYPT',
        /options\.key is an encrypted private key, and the passphrase is not its own/,
      ],
      [
        'no provider',
        { key: 'nobody:object=x?pin-value=5ec4e7' },
        nobody,
        /options\.key is a nobody: URI, and no provider/,
      ],
      [
        'no provider, a URL',
        { key: new URL('nobody://x/5ec4e7') },
        nobody,
        /a nobody: URI, and no provider/,
      ],
    ]) {
      it(`${what}: ${code}, in words`, () => {
        assert.throws(
          () => create({ cert, ...options }),
          (error) => {
            assert.equal(error.code, code, error.message);
            assert.match(error.message, words);
            assert(error.stack.includes(error.message));
            assert.doesNotMatch(error.stack, /5ec4e7/);
            return true;
          },
        );
      });
    }

    it('the right ones are taken', () => {
      create({ cert, key: at('server-ec.key') });
      create({ cert, key: pathToFileURL(fixturePath('server-ec.key')) });
      create({ cert, key: at('server-ec-encrypted.key'), passphrase });
    });
  });

  it('keys that are nothing: a TypeError with a code', () => {
    for (const nothing of [null, undefined, false, 0, {}, { pem: null }])
      assert.throws(() => create({ key: [nothing] }), { code: 'ERR_INVALID_ARG_TYPE' });
    for (const nothing of ours ? [null, undefined, false, 0, {}, { buf: null }] : [])
      assert.throws(() => create({ pfx: [nothing] }), { code: 'ERR_INVALID_ARG_TYPE' });
  });

  describe('dhparam', () => {
    const dh = fixture('dh2048.pem').toString();
    const ec = execFileSync('openssl', ['ecparam', '-name', 'prime256v1']).toString();
    const dsa = execFileSync('openssl', ['dsaparam', '1024'], { stdio: 'pipe' }).toString();

    it('skips parameters of other kinds', () => {
      for (const dhparam of [ec + dh, dsa + dh, dsa + ec + dh, cert + dh, ec, dsa, dh])
        create({ dhparam });
      const short = ec + fixture('dh512.pem');
      assert.throws(() => create({ dhparam: short }), { code: 'ERR_INVALID_ARG_VALUE' });
    });

    it('says why parameters are refused', function () {
      if (!ours) this.skip();
      assert.throws(() => create({ dhparam: dh, ciphers: 'DEFAULT@SECLEVEL=5' }), {
        code: 'ERR_CRYPTO_OPERATION_FAILED',
        message: /^Error setting temp DH parameter: dh key too small$/,
      });
    });
  });
});
