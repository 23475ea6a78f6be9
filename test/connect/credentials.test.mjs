import assert from 'node:assert/strict';
import { skipBecause } from '../support/child.mjs';
import { connect, secured, serve } from '../support/ends.mjs';
import { ending, once } from '../support/events.mjs';
import { ca, fixture, identity, passphrase } from '../support/fixtures.mjs';
import { isStatic } from '../openssl/support.mjs';
import { subject, tls } from '../support/subject.mjs';

/** What each end thinks of the other, client certificate asked for. */
async function trusted(client, server = {}) {
  const ends = await secured({ server: { ca, requestCert: true, ...server }, client });
  assert.equal(ends.client.authorized, true);
  assert.equal(ends.server.authorized, true);
  return {
    sent: ends.server.getPeerCertificate().subject.CN,
    got: ends.client.getPeerCertificate().subject.CN,
  };
}

describe('a PKCS#12 file that only the legacy provider opens', () => {
  const pfx = fixture('server-ec-legacy.p12');
  const names = () => tls.openssl.providers.map(({ name }) => name).sort();

  it('is refused, unless legacyPfx is set: then it is opened for this context alone', async function () {
    if (subject !== 'ownssl') skipBecause(this, 'an option of ownssl');
    if (isStatic()) skipBecause(this, 'a static OpenSSL has no legacy module here');
    const unsupported = { code: 'ERR_CRYPTO_UNSUPPORTED_OPERATION' };
    assert.throws(() => tls.createSecureContext({ pfx, passphrase }), unsupported);
    const before = names();
    const ends = await secured({
      server: { pfx, passphrase, cert: undefined, key: undefined, legacyPfx: true },
    });
    assert.equal(ends.client.getPeerCertificate().subject.CN, 'server-ec');
    assert.equal(ends.client.authorized, true);
    assert.deepEqual(names(), before);
    assert.throws(() => tls.createSecureContext({ pfx, passphrase }), unsupported);
  });

  it('says that the passphrase is wrong', function () {
    if (subject !== 'ownssl') skipBecause(this, 'an option of ownssl');
    if (isStatic()) skipBecause(this, 'a static OpenSSL has no legacy module here');
    assert.throws(() => tls.createSecureContext({ pfx, passphrase: 'x', legacyPfx: true }), {
      code: 'ERR_OSSL_PKCS12_MAC_VERIFY_FAILURE',
    });
  });

  it('takes only true and false', function () {
    if (subject !== 'ownssl') skipBecause(this, 'an option of ownssl');
    assert.throws(() => tls.createSecureContext({ pfx, passphrase, legacyPfx: 1 }), {
      code: 'ERR_INVALID_ARG_TYPE',
    });
  });
});

describe('credentials of the client', () => {
  const client = identity('client');

  it('cert and key as buffers', async () => {
    assert.deepEqual(await trusted(client), { sent: 'client', got: 'server-ec' });
  });

  it('cert and key as strings and arrays', async () => {
    assert.equal(
      (await trusted({ cert: [client.cert.toString()], key: [client.key.toString()] })).sent,
      'client',
    );
  });

  it('RSA', async () => {
    assert.equal((await trusted(identity('client-rsa'))).sent, 'client-rsa');
  });

  it("the intermediate may come from the server's ca instead of the chain", async () => {
    const server = { ca: [ca, fixture('intermediate.crt')] };
    assert.equal(
      (await trusted({ cert: fixture('client.crt'), key: client.key }, server)).sent,
      'client',
    );
  });

  it('PKCS#12 brings certificate, key and chain', async () => {
    assert.equal((await trusted({ pfx: fixture('client.p12'), passphrase })).sent, 'client');
    assert.equal(
      (await trusted({ pfx: [{ buf: fixture('client.p12'), passphrase }] })).sent,
      'client',
    );
  });

  it('PKCS#12 brings a trusted root for this context', async () => {
    const { port } = await serve();
    const secureContext = tls.createSecureContext({ pfx: fixture('server-ec.p12'), passphrase });
    const socket = connect({ port, secureContext });
    await once(socket, 'secureConnect');
    assert.equal(socket.authorized, true);
  });

  it('a secureContext takes the place of all of them', async () => {
    const secureContext = tls.createSecureContext({ ca, ...client });
    assert.equal((await trusted({ secureContext, ca: 'ignored', cert: 'ignored' })).sent, 'client');
  });

  it('one secureContext serves many connections at once', async () => {
    const { port } = await serve();
    const secureContext = tls.createSecureContext({ ca });
    await Promise.all(
      Array.from({ length: 20 }, () => once(connect({ port, secureContext }), 'secureConnect')),
    );
  });

  it('no certificate, though asked for', async () => {
    const ends = await secured({ server: { ca, requestCert: true, rejectUnauthorized: false } });
    assert.equal(ends.server.authorized, false);
    assert.deepEqual(ends.server.getPeerCertificate(), {});
  });
});

describe('credentials of the server', () => {
  const cases = [
    [
      'an encrypted PKCS#8 key',
      { cert: fixture('server-ec-chain.crt'), key: fixture('server-ec-encrypted.key'), passphrase },
      'server-ec',
    ],
    [
      'an encrypted traditional key',
      {
        cert: fixture('server-rsa-chain.crt'),
        key: fixture('server-rsa-traditional-encrypted.key'),
        passphrase,
      },
      'server-rsa',
    ],
    [
      'a key with a passphrase of its own',
      {
        cert: fixture('server-ec-chain.crt'),
        key: [{ pem: fixture('server-ec-encrypted.key'), passphrase }],
        passphrase: 'not this one',
      },
      'server-ec',
    ],
    ['PKCS#12 with a chain', { pfx: fixture('server-ec.p12'), passphrase }, 'server-ec'],
    [
      'PKCS#12 with an empty passphrase',
      { pfx: fixture('server-ec-no-passphrase.p12'), passphrase: '' },
      'server-ec',
    ],
    [
      'the root sent along',
      { cert: fixture('server-ec-full.crt'), key: fixture('server-ec.key') },
      'server-ec',
    ],
    [
      'the intermediate as ca',
      {
        cert: fixture('server-ec.crt'),
        key: fixture('server-ec.key'),
        ca: fixture('intermediate.crt'),
      },
      'server-ec',
    ],
  ];
  for (const [what, options, name] of cases) {
    it(what, async () => {
      const { port } = await serve(options);
      const socket = connect({ port });
      await once(socket, 'secureConnect');
      assert.equal(socket.getPeerCertificate().subject.CN, name);
    });
  }

  it('ECDSA and RSA side by side: the cipher decides', async () => {
    const { port } = await serve({
      cert: [fixture('server-ec-chain.crt'), fixture('server-rsa-chain.crt')],
      key: [fixture('server-ec.key'), fixture('server-rsa.key')],
    });
    for (const [ciphers, name] of [
      ['ECDHE-ECDSA-AES128-GCM-SHA256', 'server-ec'],
      ['ECDHE-RSA-AES128-GCM-SHA256', 'server-rsa'],
    ]) {
      const socket = connect({ port, ciphers, maxVersion: 'TLSv1.2' });
      await once(socket, 'secureConnect');
      assert.equal(socket.getPeerCertificate().subject.CN, name);
    }
  });

  it('without a certificate no certificate cipher can be agreed on', async () => {
    const { port } = await serve({ SNICallback: (name, callback) => callback(null, undefined) });
    const error = await ending(connect({ port }));
    assert.match(error.code, /HANDSHAKE_FAILURE$/);
  });
});

describe('several trust anchors', () => {
  it('ca as a list, and as one file', async () => {
    const { port } = await serve();
    const roots = [fixture('other-root.crt'), ca];
    await once(connect({ port, ca: roots }), 'secureConnect');
    await once(connect({ port, ca: Buffer.concat(roots) }), 'secureConnect');
    await once(connect({ port, ca: roots.map(String) }), 'secureConnect');
  });

  it('ca replaces the default: another root alone is not enough', async () => {
    const { port } = await serve();
    const error = await ending(connect({ port, ca: fixture('other-root.crt') }));
    assert.match(error.code, /^UNABLE_TO_GET_ISSUER_CERT/);
  });
});
