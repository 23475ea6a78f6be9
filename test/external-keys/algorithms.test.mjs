// Each kind of key signs, on both sides and in both versions, and each peer takes the signature.
import assert from 'node:assert/strict';
import { constants, createPublicKey, X509Certificate } from 'node:crypto';
import { connect, listen, secured, serve, transports, versionIs } from '../support/ends.mjs';
import { failure, once, readAll } from '../support/events.mjs';
import { fixture, identity } from '../support/fixtures.mjs';
import { builtin, tls } from '../support/subject.mjs';
import {
  externalKey,
  identityElsewhere,
  kinds,
  ofOwnsslOnly,
  selfSigned,
  signWith,
} from './support.mjs';

const versions = ['TLSv1.2', 'TLSv1.3'];

describe('an external key signs', () => {
  ofOwnsslOnly();

  for (const kind of kinds) {
    for (const version of versions) {
      it(`on both sides: ${kind}, ${version}`, async () => {
        const { cert, pem } = selfSigned(kind);
        for (const at of [{ server: builtin }, { client: builtin }]) {
          const external = externalKey(pem);
          const of = (end) => ({
            cert,
            ca: cert,
            key: at[end] ? pem : external,
            ...versionIs(version),
          });
          const { client, server } = await secured({
            server: { ...of('server'), requestCert: true },
            client: of('client'),
            at,
          });
          assert.equal(client.authorized, true);
          assert.equal(server.authorized, true);
          assert.equal(external.asked.length, 1);
          server.end('hello');
          assert.equal((await readAll(client)).toString(), 'hello');
        }
      });
    }
  }

  const { RSA_PKCS1_PADDING, RSA_PKCS1_PSS_PADDING } = constants;
  for (const [name, sigalgs, version, expected] of [
    [
      'server-rsa',
      'rsa_pkcs1_sha256',
      'TLSv1.2',
      {
        algorithm: 'RSASSA-PKCS1-v1_5',
        hash: 'sha256',
        padding: RSA_PKCS1_PADDING,
        saltLength: undefined,
      },
    ],
    [
      'server-rsa',
      'rsa_pss_rsae_sha512',
      'TLSv1.3',
      {
        algorithm: 'RSA-PSS',
        hash: 'sha512',
        padding: RSA_PKCS1_PSS_PADDING,
        saltLength: 64,
      },
    ],
    [
      'server-ec',
      'ecdsa_secp256r1_sha256',
      'TLSv1.3',
      { algorithm: 'ECDSA', hash: 'sha256', padding: undefined, saltLength: undefined },
    ],
    [
      'server-ec',
      'ECDSA+SHA384',
      'TLSv1.2',
      { algorithm: 'ECDSA', hash: 'sha384', padding: undefined, saltLength: undefined },
    ],
    [
      'server-ed25519',
      'ed25519',
      'TLSv1.3',
      { algorithm: 'Ed25519', hash: null, padding: undefined, saltLength: undefined },
    ],
  ]) {
    it(`and is told what is wanted: ${sigalgs}, ${version}`, async () => {
      const options = identityElsewhere(name);
      await secured({ server: { ...options, ...versionIs(version) }, client: { sigalgs } });
      assert.deepEqual(options.key.asked, [expected]);
    });
  }

  it('up to TLS 1.1, too', async () => {
    const options = identityElsewhere('server-rsa');
    const old = { ...versionIs('TLSv1.1'), ciphers: 'DEFAULT@SECLEVEL=0' };
    const { client } = await secured({ server: { ...options, ...old }, client: old });
    assert.equal(client.getProtocol(), 'TLSv1.1');
    assert.deepEqual(
      options.key.asked.map(({ algorithm, hash }) => [algorithm, hash]),
      [['RSASSA-PKCS1-v1_5', 'md5-sha1']],
    );
  });

  for (const over of transports) {
    it(`over ${over}`, async () => {
      const { client, server } = await secured({
        over,
        server: { ...identityElsewhere('server-rsa'), requestCert: true, ca: fixture('root.crt') },
        client: identityElsewhere('client'),
      });
      assert.equal(client.authorized, true);
      assert.equal(server.authorized, true);
    });
  }

  it('the whole message, on the object that was given', async () => {
    const options = identityElsewhere('server-ec');
    const seen = [];
    const { sign } = options.key;
    options.key.sign = function (data, ...rest) {
      seen.push([this === options.key, Buffer.isBuffer(data), data.subarray(64, 97).toString()]);
      return sign.call(this, data, ...rest);
    };
    await secured({ server: { ...options, ...versionIs('TLSv1.3') } });
    assert.deepEqual(seen, [[true, true, 'TLS 1.3, server CertificateVerify']]);
  });

  it('not when a session is resumed', async () => {
    const options = identityElsewhere('server-ec');
    const { server, port } = await serve(options, (socket) => socket.end('x'));
    const first = connect({ port });
    const [session] = await once(first, 'session');
    first.resume();
    await once(first, 'close');
    const second = connect({ port, session });
    await once(second, 'secureConnect');
    assert.equal(second.isSessionReused(), true);
    assert.equal(options.key.asked.length, 1);
    server.close();
  });

  it('in a renegotiation, too, on both sides', async () => {
    const options = identityElsewhere('server-ec');
    const own = identityElsewhere('client');
    const { client, server } = await secured({
      server: { ...options, ...versionIs('TLSv1.2'), requestCert: true, ca: fixture('root.crt') },
      client: own,
    });
    client.resume();
    server.resume();
    await new Promise((resolve, reject) => {
      client.renegotiate({}, (error) => (error ? reject(error) : resolve()));
    });
    assert.equal(options.key.asked.length, 2);
    assert.equal(own.key.asked.length, 2);
  });
});

describe('the public half of an external key', () => {
  ofOwnsslOnly();
  const pem = fixture('server-ec.key');
  const cert = fixture('server-ec-chain.crt');
  const publicKey = createPublicKey(pem);

  for (const [what, half] of [
    ['PEM', { publicKey: publicKey.export({ type: 'spki', format: 'pem' }) }],
    ['PEM in a Buffer', { publicKey: Buffer.from(externalKey(pem).publicKey) }],
    ['DER', { publicKey: publicKey.export({ type: 'spki', format: 'der' }) }],
    ['a KeyObject', { publicKey }],
    ['a certificate', { publicKey: undefined, cert: fixture('server-ec.crt') }],
    ['a chain', { publicKey: undefined, cert: cert.toString() }],
    ['an X509Certificate', { publicKey: undefined, cert: new X509Certificate(cert) }],
    ['nothing, where there is one certificate', { publicKey: undefined }],
  ]) {
    it(`is given as ${what}`, async () => {
      const { client } = await secured({ server: { cert, key: externalKey(pem, half) } });
      assert.equal(client.authorized, true);
    });
  }

  for (const [what, half, code, message] of [
    ...Object.entries({
      PEM: { publicKey: externalKey(fixture('client.key')).publicKey },
      DER: {
        publicKey: createPublicKey(fixture('client.key')).export({ type: 'spki', format: 'der' }),
      },
      'a KeyObject': { publicKey: createPublicKey(fixture('client.key')) },
    }).map(([form, half]) => [
      `of another certificate, as ${form}`,
      half,
      'ERR_OSSL_X509_KEY_VALUES_MISMATCH',
      /\(options\.key\.publicKey is not the key of the certificate\)$/,
    ]),
    [
      'by another certificate',
      { publicKey: undefined, cert: fixture('client.crt') },
      'ERR_OSSL_X509_KEY_VALUES_MISMATCH',
      /\(options\.key\.cert has another key than the certificate of the context\)$/,
    ],
    [
      'of another kind than the certificate',
      { publicKey: externalKey(fixture('server-rsa.key')).publicKey },
      'ERR_OSSL_X509_KEY_TYPE_MISMATCH',
    ],
    [
      'that is a private key',
      { publicKey: pem },
      undefined,
      /options\.key\.publicKey is a private key, where a public key is expected/,
    ],
    ['that is empty', { publicKey: '' }, undefined, /options\.key\.publicKey is empty/],
    ['that is garbage', { publicKey: 'x' }, undefined, /has no PEM in it/],
    ['that is DER of something else', { publicKey: Buffer.of(0x30, 1, 5) }, undefined, /is DER of/],
    ['that is cut', { publicKey: externalKey(pem).publicKey.slice(0, 90) }, undefined],
    ['that is a number', { publicKey: 1 }, 'ERR_INVALID_ARG_TYPE'],
    ['that is null', { publicKey: null }, 'ERR_INVALID_ARG_TYPE'],
    ['twice', { publicKey, cert }, 'ERR_INVALID_ARG_VALUE'],
    ['and no sign()', { publicKey, sign: undefined }, 'ERR_INVALID_ARG_TYPE', /options\.key\.sign/],
    ['and a sign that is none', { publicKey, sign: 'x' }, 'ERR_INVALID_ARG_TYPE'],
    ['and a decrypt that is none', { publicKey, decrypt: 1 }, 'ERR_INVALID_ARG_TYPE', /decrypt/],
  ]) {
    it(`is refused: one ${what}`, () => {
      const key = externalKey(pem, half);
      assert.throws(
        () => tls.createSecureContext({ cert, key }),
        (error) => {
          assert.ok(error.code, error.message);
          if (code) assert.equal(error.code, code, error.message);
          if (message) assert.match(error.message, message);
          return true;
        },
      );
    });
  }

  it('is refused as a private KeyObject, whose half would have to be taken from it', async () => {
    const { createPrivateKey, generateKeyPairSync } = await import('node:crypto');
    const key = externalKey(pem, { publicKey: createPrivateKey(pem) });
    assert.throws(() => tls.createSecureContext({ cert, key }), { code: 'ERR_INVALID_ARG_VALUE' });
    const { publicKey: x25519 } = generateKeyPairSync('x25519');
    assert.throws(() => tls.createSecureContext({ key: externalKey(pem, { publicKey: x25519 }) }), {
      code: 'ERR_INVALID_ARG_VALUE',
      message: /kind that can't sign/,
    });
    const sign = signWith.bind(null, createPrivateKey(pem));
    assert.throws(
      () => tls.createSecureContext({ cert: [cert, fixture('server-rsa.crt')], key: { sign } }),
      { code: 'ERR_INVALID_ARG_TYPE', message: /options\.key\.publicKey/ },
    );
  });

  it('is told by its index in a list', () => {
    const list = [fixture('server-rsa.key'), externalKey(pem, { publicKey: 'x' })];
    assert.throws(() => tls.createSecureContext({ key: list }), /options\.key\[1\]\.publicKey/);
  });
});

describe('several keys, some of them external', () => {
  ofOwnsslOnly();
  const rsa = () => externalKey(fixture('server-rsa.key'));
  const ec = () => externalKey(fixture('server-ec.key'));
  const cert = [fixture('server-rsa-chain.crt'), fixture('server-ec-chain.crt')];

  for (const [what, key] of [
    ['both', () => [rsa(), ec()]],
    ['one, beside PEM', () => [fixture('server-rsa.key'), ec()]],
    ['one, before PEM', () => [rsa(), fixture('server-ec.key')]],
    ['one, beside a key in an object', () => [{ pem: fixture('server-ec.key') }, rsa()]],
  ]) {
    for (const version of versions) {
      it(`the peer's signature algorithms choose: ${what}, ${version}`, async () => {
        const { port } = await serve({ cert, key: key(), ...versionIs(version) });
        for (const [sigalgs, name] of [
          ['RSA-PSS+SHA256:RSA+SHA256:ECDSA+SHA256', undefined],
          ['RSA-PSS+SHA256', 'server-rsa'],
          ['ECDSA+SHA256', 'server-ec'],
        ]) {
          // The signatures of the chain are ECDSA, and no matter here.
          const client = connect({ port, sigalgs, rejectUnauthorized: false });
          await once(client, 'secureConnect');
          if (name) assert.equal(client.getPeerCertificate().subject.CN, name);
          client.destroy();
        }
      });
    }
  }

  it('a later key takes the place of an earlier one of its kind', async () => {
    const [first, second] = [ec(), ec()];
    await secured({ server: { cert: cert[1], key: [first, second] } });
    assert.deepEqual([first.asked.length, second.asked.length], [0, 1]);
    await secured({ server: { cert: cert[1], key: [first, fixture('server-ec.key')] } });
    assert.equal(first.asked.length, 0);
  });
});

describe('contexts with external keys', () => {
  ofOwnsslOnly();

  it('are chosen by addContext(), SNICallback, setSecureContext() and setKeyCert()', async () => {
    const own = identityElsewhere('server-ec');
    const added = identityElsewhere('wrong-host');
    const { server, port } = await serve(own);
    server.addContext('added.example', added);
    const meet = async (servername, more) => {
      const client = connect({ port, servername, checkServerIdentity: () => undefined, ...more });
      await once(client, 'secureConnect');
      const name = client.getPeerCertificate().subject.CN;
      client.destroy();
      return name;
    };
    assert.equal(await meet('localhost'), 'server-ec');
    assert.equal(await meet('added.example'), 'wrong-host');
    assert.deepEqual([own.key.asked.length, added.key.asked.length], [1, 1]);
    const later = identityElsewhere('server-rsa');
    server.setSecureContext(later);
    assert.equal(await meet('localhost'), 'server-rsa');

    const chosen = identityElsewhere('server-rsa');
    const options = { ...own, SNICallback: async () => tls.createSecureContext(chosen) };
    const { client } = await secured({ server: options });
    assert.equal(client.getPeerCertificate().subject.CN, 'server-rsa');
    assert.equal(chosen.key.asked.length, 1);

    const set = identityElsewhere('server-ed25519');
    const changing = {
      ...own,
      ALPNCallback({ protocols }) {
        this.setKeyCert(set);
        return protocols[0];
      },
    };
    const pair = await secured({ server: changing, client: { ALPNProtocols: ['x'] } });
    assert.equal(pair.client.getPeerCertificate().subject.CN, 'server-ed25519');
    assert.equal(set.key.asked.length, 1);
  });

  it('are not shared: equal options with other functions are another key', async () => {
    const { port } = await serve({ requestCert: true, ca: fixture('root.crt') }, (socket) =>
      socket.end('x'),
    );
    const ends = [identityElsewhere('client'), identityElsewhere('client')];
    for (const [index, { cert, key }] of ends.entries()) {
      for (const form of [key, [key]]) {
        const client = connect({ port, cert, key: form });
        client.resume();
        await once(client, 'close');
      }
      assert.deepEqual(
        ends.map((end) => end.key.asked.length),
        index === 0 ? [2, 0] : [2, 2],
      );
    }
  });

  it('ask what was given when they were made', async () => {
    const options = identityElsewhere('server-ec');
    const context = tls.createSecureContext(options);
    const { sign } = options.key;
    options.key.sign = () => assert.fail('the other function');
    const { client } = await secured({
      server: { ...identity('server-ec'), secureContext: context },
    });
    assert.equal(client.authorized, true);
    assert.notEqual(sign, options.key.sign);
  });
});

describe('the RSA key exchange of TLS 1.2', () => {
  ofOwnsslOnly();
  const old = versionIs('TLSv1.2');

  for (const clientTls of [builtin, tls]) {
    const peer = clientTls === tls ? 'ownssl' : "Node's own tls";
    it(`with decrypt(): ${peer}`, async () => {
      const options = identityElsewhere('server-rsa', { decrypts: true });
      const seen = [];
      const { decrypt } = options.key;
      let block;
      options.key.decrypt = async (data, wanted) => {
        seen.push(wanted);
        block = decrypt(data, wanted);
        return block;
      };
      const { client } = await secured({
        server: { ...options, ...old, ciphers: 'AES128-GCM-SHA256' },
        client: old,
        at: { client: clientTls },
      });
      assert.equal(client.getCipher().name, 'AES128-GCM-SHA256');
      assert.deepEqual(seen, [
        {
          algorithm: 'RSA',
          hash: null,
          padding: constants.RSA_NO_PADDING,
          saltLength: undefined,
        },
      ]);
      assert.equal(options.key.asked.length, 0);
      assert.deepEqual(block, Buffer.alloc(256), 'the block is overwritten');
    });
  }

  it('without decrypt() another key exchange is chosen, whatever the client prefers', async () => {
    const options = identityElsewhere('server-rsa');
    const ciphers = 'AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256';
    for (const chosen of [false, true]) {
      const server = chosen
        ? {
            ...identity('server-ec'),
            SNICallback: (name, callback) => callback(null, tls.createSecureContext(options)),
          }
        : options;
      const { client } = await secured({
        server: { ...server, ...old, ciphers, honorCipherOrder: true },
        client: { ...old, ciphers },
      });
      assert.equal(client.getCipher().name, 'ECDHE-RSA-AES128-GCM-SHA256');
    }
    // A key in PEM that takes its place does decrypt.
    const key = [options.key, fixture('server-rsa.key')];
    const { client } = await secured({
      server: { ...options, key, ...old, ciphers, honorCipherOrder: true },
      client: old,
    });
    assert.equal(client.getCipher().name, 'AES128-GCM-SHA256');
  });

  it('without decrypt(), and where there is no other, the fault is named', async () => {
    const { server, port } = await serve({
      ...identityElsewhere('server-rsa'),
      ...old,
      ciphers: 'AES128-GCM-SHA256',
    });
    const client = connect({ port, ...old });
    const [atServer] = await Promise.all([once(server, 'tlsClientError'), failure(client)]);
    assert.equal(atServer[0].code, 'ERR_OWNSSL_NO_DECRYPTION');
  });

  // Whoever can tell these apart can decrypt (RFC 5246, 7.4.7.1).
  const harm = {
    'another type of padding': (block) => (block[1] = 1),
    'a first byte that is not zero': (block) => (block[0] = 1),
    'a zero in the padding': (block) => (block[5] = 0),
    'no zero after the padding': (block) => (block[block.length - 49] = 1),
    'another version': (block) => (block[block.length - 47] ^= 1),
    'zeros alone': (block) => block.fill(0),
  };
  /** The codes that both ends fail with when `change` was made to the block. */
  async function afterHarm(change) {
    const options = identityElsewhere('server-rsa', { decrypts: true });
    const { decrypt } = options.key;
    options.key.decrypt = (data, wanted) => {
      const block = decrypt(data, wanted);
      change(block);
      return block;
    };
    const server = builtinOrOwn(options);
    const port = await listen(server);
    const client = connect({ port, ...old });
    const [[atServer], atClient] = await Promise.all([
      once(server, 'tlsClientError'),
      failure(client),
    ]);
    return [atServer.code, atClient.code];
  }
  for (const [what, change] of Object.entries(harm)) {
    it(`ends at Finished, as with another secret: ${what}`, async () => {
      const expected = await afterHarm((block) => block.fill(7, block.length - 46));
      assert.match(expected[1], /BAD_RECORD_MAC/);
      assert.deepEqual(await afterHarm(change), expected);
    });
  }

  const builtinOrOwn = (options) =>
    tls.createServer({ ...options, ...old, ciphers: 'AES128-GCM-SHA256' });

  for (const [what, answer] of [
    ['too short', () => Buffer.alloc(48)],
    ['too long', () => Buffer.alloc(257)],
    ['empty', () => Buffer.alloc(0)],
  ]) {
    it(`names the fault of a block that is ${what}`, async () => {
      const options = identityElsewhere('server-rsa', { decrypts: true });
      options.key.decrypt = answer;
      const server = builtinOrOwn(options);
      const port = await listen(server);
      const client = connect({ port, ...old });
      const [[atServer]] = await Promise.all([once(server, 'tlsClientError'), failure(client)]);
      assert.equal(atServer.code, 'ERR_OWNSSL_DECRYPTION_INVALID');
    });
  }
});
