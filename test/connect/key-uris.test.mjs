import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { secured } from '../support/ends.mjs';
import { fixture, fixturePath, passphrase } from '../support/fixtures.mjs';
import { temporaryFolder } from '../support/paths.mjs';
import { subject, tls } from '../support/subject.mjs';
import { runScript } from '../support/child.mjs';

const cert = fixture('server-ec-chain.crt');
const uri = (name) => `file:${fixturePath(name)}`;
const url = (name) => pathToFileURL(fixturePath(name));
const create = (key, options = {}) => tls.createSecureContext({ cert, key, ...options });

// The built-in has no keys by URI.
(subject === 'builtin' ? describe.skip : describe)('a key by URI', () => {
  const good = [
    ['a string', uri('server-ec.key')],
    ['a string with an empty authority', String(url('server-ec.key'))],
    ['a URL', url('server-ec.key')],
    ['a list', [url('server-rsa.key'), uri('server-ec.key')]],
    ['with a passphrase', uri('server-ec-encrypted.key'), { passphrase }],
    ['with a passphrase of its own', [{ pem: url('server-ec-encrypted.key'), passphrase }]],
    ['PKCS#12', url('server-ec.p12'), { passphrase }],
  ];
  for (const [what, key, options] of good) {
    it(`${what}: a server signs with it`, async () => {
      const { client } = await secured({ server: { cert, key, ...options } });
      assert.equal(client.authorized, true);
    });
  }

  it('a client signs with it', async () => {
    const { server } = await secured({
      server: { requestCert: true, ca: fixture('root.crt') },
      client: { cert: fixture('client-chain.crt'), key: url('client.key') },
    });
    assert.equal(server.authorized, true);
    assert.equal(server.getPeerCertificate().subject.CN, 'client');
  });

  it('a URL is decoded, for OpenSSL does not do that', () => {
    const file = join(temporaryFolder(), 'a key%20.pem');
    copyFileSync(fixturePath('server-ec.key'), file);
    create(pathToFileURL(file));
    create(`file:${file}`);
  });

  it('a PEM text is no URI, whatever is written before it', () => {
    create(`file:/nowhere says who made this\n${fixture('server-ec.key')}`);
  });

  const bad = [
    ['no file', 'file:/nowhere/key.pem', 'ENOENT'],
    ['a file that holds no key', uri('server-ec.crt'), 'ERR_CRYPTO_OPERATION_FAILED'],
    ['a truncated file', uri('truncated.key')],
    ['another key', uri('wrong-host.key'), 'ERR_OSSL_X509_KEY_VALUES_MISMATCH'],
    ['a scheme that no provider has', 'nonsense:key'],
    ['the same as a URL', new URL('https://localhost/key.pem')],
  ];
  for (const [what, key, code] of bad) {
    it(`${what}: an error with a code`, () => {
      assert.throws(
        () => create(key),
        (error) => {
          if (code) assert.equal(error.code, code);
          else assert.match(error.code, /^ERR_(OSSL|CRYPTO)_/);
          return true;
        },
      );
    });
  }

  for (const [what, options] of [
    ['no passphrase', {}],
    ['an empty one', { passphrase: '' }],
    ['a wrong one', { passphrase: 'wrong' }],
    ['one that is longer than OpenSSL can take', { passphrase: 'x'.repeat(5000) }],
  ]) {
    it(`an encrypted key with ${what}: an error with OpenSSL's code`, () => {
      assert.throws(() => create(uri('server-ec-encrypted.key'), options), { code: /^ERR_OSSL_/ });
    });
  }

  it('an encrypted key without a passphrase does not ask on the terminal', async () => {
    const key = JSON.stringify(uri('server-ec-encrypted.key'));
    const { stdout, stderr } = await runScript(
      `try { tls.createSecureContext({ key: ${key} }); } catch (error) { console.log(error.code); }`,
    );
    assert.match(stdout, /^ERR_OSSL_\w+\n$/);
    assert.equal(stderr, '');
  });

  it('a token without a provider for it: the error says so, and keeps the PIN to itself', () => {
    assert.throws(
      () => create('pkcs11:object=key?pin-value=secret'),
      (error) => {
        assert.match(error.code, /^ERR_(OSSL|CRYPTO)_/);
        assert.doesNotMatch(`${error.stack}${error.opensslErrorStack}`, /secret/);
        return true;
      },
    );
  });

  it('what is neither is an error of its type', () => {
    for (const key of [1, {}, [{}], [{ pem: 1 }]]) {
      assert.throws(() => create(key), { code: 'ERR_INVALID_ARG_TYPE' });
    }
    assert.throws(() => create('junk'), { code: 'ERR_OSSL_UNSUPPORTED' });
  });
});
