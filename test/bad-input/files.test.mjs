import assert from 'node:assert/strict';
import { fixture, identity, passphrase } from '../support/fixtures.mjs';
import { tls } from '../support/subject.mjs';

const cert = fixture('server-ec-chain.crt');
const key = fixture('server-ec.key');
const encrypted = fixture('server-ec-encrypted.key');
const p12 = fixture('server-ec.p12');

const unreadable = /^ERR_OSSL_(PEM_NO_START_LINE|UNSUPPORTED|ASN1_|EVP_|PEM_)/;

// [what, options, code (a string, a pattern, or null where the built-in has none)]
const rows = [
  ['cert: empty file', { cert: fixture('empty'), key }, 'ERR_OSSL_PEM_NO_START_LINE'],
  ['cert: junk', { cert: fixture('junk'), key }, 'ERR_OSSL_PEM_NO_START_LINE'],
  ['cert: DER', { cert: fixture('server-ec.der'), key }, 'ERR_OSSL_PEM_NO_START_LINE'],
  ['cert: a private key', { cert: key, key }, 'ERR_OSSL_PEM_NO_START_LINE'],
  ['cert: truncated', { cert: fixture('truncated.crt'), key }, /^ERR_OSSL_PEM_/],
  ['cert: damaged base64', { cert: fixture('damaged.crt'), key }, /^ERR_OSSL_(ASN1|PEM)_/],
  [
    'cert: a chain whose second certificate is damaged',
    { cert: Buffer.concat([fixture('server-ec.crt'), fixture('damaged.crt')]), key },
    /^ERR_OSSL_/,
  ],
  ['key: empty file', { cert, key: fixture('empty') }, unreadable],
  ['key: junk', { cert, key: fixture('junk') }, unreadable],
  ['key: truncated', { cert, key: fixture('truncated.key') }, unreadable],
  ['key: a certificate', { cert, key: cert }, unreadable],
  ['key: a public key', { cert, key: fixture('server-ec.pub') }, unreadable],
  [
    'key: of another certificate',
    { cert, key: fixture('client.key') },
    'ERR_OSSL_X509_KEY_VALUES_MISMATCH',
  ],
  [
    'key: encrypted, no passphrase',
    { cert, key: encrypted },
    /^ERR_(OSSL_(BAD_DECRYPT|CRYPTO_INTERRUPTED_OR_CANCELLED)|MISSING_PASSPHRASE)$/,
  ],
  [
    'key: encrypted, empty passphrase',
    { cert, key: encrypted, passphrase: '' },
    /^ERR_(OSSL_(BAD_DECRYPT|CRYPTO_INTERRUPTED_OR_CANCELLED)|MISSING_PASSPHRASE)$/,
  ],
  [
    'key: encrypted, wrong passphrase',
    { cert, key: encrypted, passphrase: 'wrong' },
    'ERR_OSSL_BAD_DECRYPT',
  ],
  [
    'key: encrypted, a passphrase of 10,000 characters',
    { cert, key: encrypted, passphrase: 'x'.repeat(10_000) },
    /^ERR_OSSL_/,
  ],
  ['key: one good, one bad', { cert, key: [key, fixture('junk')] }, unreadable],
  ['pfx: empty file', { pfx: fixture('empty') }, null],
  ['pfx: junk', { pfx: fixture('junk') }, null],
  ['pfx: truncated', { pfx: fixture('truncated.p12'), passphrase }, null],
  ['pfx: PEM', { pfx: cert }, null],
  ['pfx: wrong passphrase', { pfx: p12, passphrase: 'wrong' }, null],
  ['pfx: no passphrase', { pfx: p12 }, null],
  ['pfx: without a key', { pfx: fixture('no-key.p12'), passphrase }, null],
  ['crl: junk', { crl: fixture('junk') }, 'ERR_CRYPTO_OPERATION_FAILED'],
  ['crl: a certificate', { crl: cert }, 'ERR_CRYPTO_OPERATION_FAILED'],
];

describe('files that are not what they should be', () => {
  for (const [what, options, code] of rows) {
    it(`${what}: ${code ?? 'an error'}`, () => {
      assert.throws(
        () => tls.createSecureContext(options),
        (error) => {
          assert(error instanceof Error);
          assert(error.message.length > 0);
          if (typeof code === 'string') assert.equal(error.code, code);
          else if (code) assert.match(error.code, code);
          return true;
        },
      );
    });
  }

  it('no message tells the passphrase', () => {
    for (const options of [{ cert, key: encrypted }, { pfx: p12 }]) {
      assert.throws(
        () => tls.createSecureContext({ ...options, passphrase: 'hunter2-secret' }),
        (error) => {
          assert(
            !JSON.stringify([error.message, error.stack, { ...error }]).includes('hunter2-secret'),
          );
          return true;
        },
      );
    }
  });

  it('an old PKCS#12 (RC2) is read, or refused with a reason', () => {
    const options = { pfx: fixture('server-ec-legacy.p12'), passphrase };
    try {
      assert.equal(typeof tls.createSecureContext(options).context, 'object');
    } catch (error) {
      assert.match(error.message, /unsupported|legacy/i);
    }
  });

  it('a failure leaves nothing behind: the next context is fine', () => {
    for (const [, options] of rows) {
      assert.throws(() => tls.createSecureContext(options));
      assert.doesNotThrow(() =>
        tls.createSecureContext({ ...identity('server-ec'), ca: fixture('root.crt') }),
      );
    }
  });

  it('tls.connect() and createServer() throw the same, at once', () => {
    for (const [, options, code] of rows) {
      for (const call of [
        () => tls.createServer(options),
        () => tls.connect({ port: 1, host: '127.0.0.1', ...options }),
      ]) {
        assert.throws(call, (error) => {
          if (typeof code === 'string') assert.equal(error.code, code);
          return error instanceof Error;
        });
      }
    }
  });
});
