// Encrypted ClientHello (RFC 9849). Where the OpenSSL in use has none, the specs run in a process of their own, on
// the one that `npm run openssl:build -- 4.0` has made.
import assert from 'node:assert/strict';
import { sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { fileURLToPath } from 'node:url';
import builtin from 'node:tls';
import fc from 'fast-check';
import { authority, leaf, pem } from '../certificates/support/certificate.mjs';
import { builtOpenSSL } from '../../scripts/support/cache.mjs';
import { ownssl } from '../cli/support.mjs';
import { run, skipBecause, start } from '../support/child.mjs';
import { duplexPair } from '../support/duplex.mjs';
import { connect, secured, serve, transports, tidyServer } from '../support/ends.mjs';
import { ending, failure, once, readAll } from '../support/events.mjs';
import { ca, fixture, fixturePath, identity } from '../support/fixtures.mjs';
import { temporaryFolder } from '../support/paths.mjs';
import { subject, tls } from '../support/subject.mjs';

const has = subject === 'ownssl' && tls.openssl.features.encryptedClientHello;
const describeWhere = (condition, ...rest) => condition && describe(...rest);

/** The server is for the first name as all can see it, and hides the other. */
const PUBLIC = 'b.example.net';
const HIDDEN = 'hidden.example.test';
/** It is for the public name, and does not say that it is a server's. */
const root = authority('the root of an unfit certificate');
const made = leaf({ by: root, names: [PUBLIC] });
const unfit = {
  cert: pem(made.der),
  key: made.key.privateKey.export({ type: 'pkcs8', format: 'pem' }),
};
const front = { cert: fixture('server-b.crt'), key: fixture('server-b.key') };

describeWhere(subject === 'ownssl' && !has, 'Encrypted ClientHello', function () {
  this.timeout(120_000);

  it('needs an OpenSSL that has it, and says so', () => {
    const expected = { code: 'ERR_OWNSSL_FEATURE_UNAVAILABLE', message: /needs OpenSSL 4\.0/ };
    const list = Buffer.from('0008fe0d000400000000', 'hex');
    assert.throws(() => tls.connect({ port: 1, echConfigList: list }), expected);
    assert.throws(() => tls.connect({ port: 1, echGrease: true }), expected);
    assert.throws(() => tls.createServer({ echKeys: 'PEM' }), expected);
    assert.throws(() => tls.generateEchKeys({ publicName: PUBLIC }), expected);
    assert.throws(() => tls.createServer(front).setEchKeys('PEM'), expected);
    tls.createServer({ ...front, echKeys: null }).setEchKeys(null);
  });

  it('is nothing to a connection without it', async () => {
    const { client, server } = await secured();
    assert.deepEqual([client.ech, server.ech], [null, null]);
  });

  it('works with OpenSSL 4.0', async function () {
    if (tls.openssl.source === 'static') skipBecause(this, 'the addon contains its OpenSSL');
    const prefix = builtOpenSSL('4.0');
    if (!prefix) skipBecause(this, 'npm run openssl:build -- 4.0 has not been run');
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const hooks = join(root, 'test/support/hooks.mjs');
    const args = [
      ...[join(root, 'node_modules/mocha/bin/mocha.js'), '--no-config', '--timeout=30000'],
      ...['--require', hooks, fileURLToPath(import.meta.url)],
    ];
    const result = await run(process.execPath, args, { env: { OWNSSL_OPENSSL: prefix } });
    assert.equal(result.code, 0, result.stdout);
    assert.match(result.stdout, /\d\d passing/);
  });
});

describeWhere(has, 'Encrypted ClientHello', () => {
  let keys;
  let others;
  before(() => {
    keys = tls.generateEchKeys({ publicName: PUBLIC });
    others = tls.generateEchKeys({ publicName: PUBLIC });
  });

  const contexts = () => ({ [HIDDEN]: tls.createSecureContext(identity('server-ec')) });
  /** A server with both certificates; `names` gets those that it is asked for. */
  const hiding = (options, names = []) => ({
    ...front,
    echKeys: keys.pem,
    SNICallback(name, callback) {
      names.push(name);
      callback(null, contexts()[name]);
    },
    ...options,
  });
  const asks = (options) => ({ servername: HIDDEN, echConfigList: keys.configList, ...options });
  const accepted = { status: 'accepted', innerServername: HIDDEN, outerServername: PUBLIC };

  /** A connection that the server refuses: what each end has come to. */
  async function refused(server, client) {
    const secure = [];
    const { server: listener, port } = await serve(server, (socket) => {
      secure.push(socket);
      socket.on('error', () => {});
    });
    const alerts = [];
    listener.on('tlsClientError', (error, socket) => alerts.push([error, socket]));
    const socket = connect({ port, ...client });
    socket.on('secureConnect', () => secure.push(socket));
    const error = await ending(socket);
    while (alerts.length === 0) await once(listener, 'tlsClientError');
    assert.equal(secure.length, 0, 'nobody may take the connection for secure');
    return { error, socket, alert: alerts[0][0], theirs: alerts[0][1] };
  }

  for (const ioThreads of ['never', 'always']) {
    for (const over of transports) {
      it(`hides the name, over ${over}, with ioThreads: '${ioThreads}'`, async () => {
        const names = [];
        const hellos = [];
        const { client, server } = await secured({
          over,
          server: hiding(
            {
              ioThreads,
              async clientHelloCallback(hello, socket) {
                hellos.push([hello, socket.ech]);
              },
            },
            names,
          ),
          client: asks({ ioThreads }),
        });
        assert.deepEqual([client.ech, server.ech], [accepted, accepted]);
        assert.deepEqual([client.authorized, client.servername], [true, HIDDEN]);
        assert.equal(client.getPeerCertificate().subject.CN, 'server-ec');
        assert.equal(server.servername, HIDDEN);
        assert.deepEqual(names, [HIDDEN]);
        const [[hello, ech]] = hellos;
        assert.deepEqual([hello.servername, hello.malformed], [HIDDEN, []]);
        assert.deepEqual(hello.versions, [0x0304]);
        assert.equal(ech.status, 'accepted');
        server.end('hello');
        assert.equal((await readAll(client)).toString(), 'hello');
        client.destroy();
        server.destroy();
        assert.deepEqual([client.ech, server.ech], [accepted, accepted]);
      });
    }
  }

  it('leaves nothing of the name and the protocols on the wire but the outer ones', async () => {
    const sent = [];
    const [near, far] = duplexPair();
    const tap = new Transform({
      transform(chunk, _, callback) {
        sent.push(chunk);
        callback(null, chunk);
      },
    });
    far.pipe(tap);
    const listener = tidyServer(tls.createServer(hiding()));
    const seen = Object.assign(tap, {
      write: tap.write.bind(tap),
    });
    const duplex = (await import('node:stream')).Duplex.from({ readable: seen, writable: far });
    listener.emit('connection', duplex);
    const client = connect({ socket: near, ...asks() });
    await once(client, 'secureConnect');
    const bytes = Buffer.concat(sent);
    assert.ok(bytes.includes(PUBLIC));
    assert.ok(!bytes.includes(HIDDEN));
    assert.deepEqual(client.ech, accepted);
  });

  it('goes on after a HelloRetryRequest', async () => {
    const { client, server } = await secured({
      server: hiding({ ecdhCurve: 'secp384r1' }),
      client: asks({ ecdhCurve: 'X25519:secp384r1' }),
    });
    assert.deepEqual([client.ech, server.ech], [accepted, accepted]);
    assert.equal(client.getEphemeralKeyInfo().name, 'secp384r1');
  });

  it('goes on while the application of either end thinks', async () => {
    const key = fixture('server-ec.key');
    const { client } = await secured({
      server: hiding({
        SNICallback: async () =>
          tls.createSecureContext({
            ca,
            cert: fixture('server-ec-chain.crt'),
            key: {
              cert: fixture('server-ec.crt'),
              sign: async (data, { hash }) => sign(hash, data, key),
            },
          }),
        clientHelloCallback: async () => undefined,
        requestCert: true,
        ca,
      }),
      client: asks({
        cert: fixture('client-chain.crt'),
        key: fixture('client.key'),
        checkServerIdentity: async () => undefined,
      }),
    });
    assert.deepEqual(client.ech, accepted);
  });

  it('ends quietly with a client that goes away while the server thinks', async () => {
    const { server, port } = await serve(
      hiding({
        SNICallback(name, callback) {
          client.destroy();
          server.once('tlsClientError', () => callback(null, contexts()[name]));
        },
      }),
    );
    const over = once(server, 'tlsClientError');
    const client = connect({ port, ...asks() });
    await over;
    assert.equal(client.ech, null);
    const { port: again } = await serve(hiding());
    const next = connect({ port: again, ...asks() });
    await once(next, 'secureConnect');
  });

  describe('the list of a client', () => {
    const open = async (echConfigList) => {
      const { port } = await serve(hiding());
      const client = connect({ port, ...asks({ echConfigList }) });
      await once(client, 'secureConnect');
      return client.ech.status;
    };
    const listOf = (...configs) => {
      const all = Buffer.concat(configs);
      return Buffer.concat([Buffer.of(all.length >> 8, all.length & 255), all]);
    };
    const config = () => keys.configList.subarray(2);
    const changed = (at, value) => {
      const copy = Buffer.from(config());
      copy[at] = value;
      return copy;
    };
    // Of a configuration: version 0, length 2, number 4, KEM 5, key 7, suites 41, …
    const cases = {
      'as bytes': () => keys.configList,
      'as a DataView': () => {
        const { buffer, byteOffset, byteLength } = keys.configList;
        return new DataView(buffer, byteOffset, byteLength);
      },
      'in Base64': () => keys.configList.toString('base64'),
      'in Base64, as a line of a file': () => `${keys.configList.toString('base64')}\n`,
      'with another version before it': () => listOf(changed(1, 0x0e), config()),
      'with an unknown KEM before it': () => listOf(changed(6, 0x7f), config()),
      'with an unknown suite before it': () => listOf(changed(46, 0x7f), config()),
      'with another name behind it': () =>
        listOf(
          config(),
          tls.generateEchKeys({ publicName: 'c.example.net' }).configList.subarray(2),
        ),
    };
    for (const [what, list] of Object.entries(cases)) {
      it(`is taken ${what}`, async () => assert.equal(await open(list()), 'accepted'));
    }

    it('has to be one', () => {
      const connected = (options) => () => tls.connect({ port: 1, ...options });
      for (const list of [42, {}, [keys.configList], true]) {
        assert.throws(connected({ echConfigList: list }), { code: 'ERR_INVALID_ARG_TYPE' });
      }
      const malformed = ['', ' ', 'no-base64', 'AAAA', Buffer.alloc(0), Buffer.alloc(2)];
      malformed.push(keys.configList.subarray(1), keys.configList.subarray(0, -1));
      malformed.push(
        Buffer.concat([keys.configList, Buffer.alloc(1)]),
        listOf(config().subarray(1)),
      );
      for (const list of malformed) {
        assert.throws(connected({ echConfigList: list }), { code: 'ERR_INVALID_ARG_VALUE' });
      }
      for (const list of [listOf(changed(1, 0x0e)), listOf(changed(6, 0x7f))]) {
        assert.throws(connected({ echConfigList: list }), { code: 'ERR_OWNSSL_ECH_UNUSABLE' });
      }
      const echConfigList = keys.configList;
      for (const [options, code] of [
        [{ echConfigList, echOuterServername: 1 }, 'ERR_INVALID_ARG_TYPE'],
        [{ echConfigList, echOuterServername: true }, 'ERR_INVALID_ARG_TYPE'],
        [{ echConfigList, echOuterServername: '' }, 'ERR_INVALID_ARG_VALUE'],
        [{ echConfigList, echOuterServername: 'a\0b' }, 'ERR_INVALID_ARG_VALUE'],
        [{ echGrease: 1 }, 'ERR_INVALID_ARG_TYPE'],
        [{ echConfigList, maxVersion: 'TLSv1.2' }, 'ERR_TLS_PROTOCOL_VERSION_CONFLICT'],
      ]) {
        assert.throws(connected(options), { code });
      }
    });

    it('may be any bytes', () => {
      const codes = ['ERR_INVALID_ARG_VALUE', 'ERR_OWNSSL_ECH_UNUSABLE'];
      const one = (list) => {
        const [socket] = duplexPair();
        try {
          connect({ socket, ...asks({ echConfigList: list }) }).destroy();
        } catch ({ code, message }) {
          assert.ok(codes.includes(code), message);
        }
      };
      fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), one), { numRuns: 300 });
      const place = fc.nat(keys.configList.length - 1);
      fc.assert(
        fc.property(fc.array(fc.tuple(place, fc.nat(255)), { maxLength: 4 }), (changes) => {
          const copy = Buffer.from(keys.configList);
          for (const [at, value] of changes) copy[at] = value;
          one(copy);
        }),
        { numRuns: 300 },
      );
    });
  });

  describe('a server that has other keys', () => {
    it('says which, and the next connection has them', async () => {
      const names = [];
      const { error, socket, alert, theirs } = await refused(
        hiding({ echKeys: others.pem }, names),
        asks(),
      );
      assert.equal(error.code, 'ERR_OWNSSL_ECH_REFUSED');
      assert.deepEqual(error.echRetryConfigList, others.configList);
      assert.deepEqual(error.alert, { name: 'ech_required', code: 121, direction: 'sent' });
      assert.deepEqual(socket.ech, { ...accepted, status: 'refused' });
      assert.deepEqual(names, [PUBLIC]);
      assert.match(alert.code, /ALERT/);
      assert.equal(theirs.ech.status, 'refused');
      const echConfigList = error.echRetryConfigList;
      const { client } = await secured({
        server: hiding({ echKeys: others.pem }),
        client: asks({ echConfigList }),
      });
      assert.deepEqual(client.ech, accepted);
    });

    it('does not get what was written', async () => {
      const { server, port } = await serve(hiding({ echKeys: others.pem }), assert.fail);
      server.on('tlsClientError', () => {});
      const client = connect({ port, ...asks() });
      const written = new Promise((resolve) => client.write('secret', resolve));
      assert.equal((await failure(client, 'secureConnect')).code, 'ERR_OWNSSL_ECH_REFUSED');
      assert.equal((await written).code, 'ERR_OWNSSL_ECH_REFUSED');
    });

    it('is not told from one that cheats after a HelloRetryRequest', async () => {
      // It answers with eight bytes of GREASE, which OpenSSL takes for an acceptance that is taken back.
      const { error } = await refused(
        hiding({ echKeys: others.pem, ecdhCurve: 'secp384r1' }),
        asks({ ecdhCurve: 'X25519:secp384r1' }),
      );
      assert.equal(error.code, 'ERR_SSL_ECH_REQUIRED');
      assert.equal(error.alert.name, 'illegal_parameter');
      assert.equal(error.echRetryConfigList, undefined);
    });

    for (const over of ['tcp in an I/O thread', 'duplex']) {
      it(`is refused over ${over}`, async () => {
        const server = tls.createServer(hiding({ echKeys: others.pem, ioThreads: 'always' }));
        server.on('tlsClientError', () => {});
        let target;
        if (over === 'duplex') {
          const [near, far] = duplexPair();
          tidyServer(server).emit('connection', far);
          target = { socket: near };
        } else {
          tidyServer(server).listen(0, '127.0.0.1');
          await once(server, 'listening');
          target = { port: server.address().port, ioThreads: 'always' };
        }
        const client = connect({ ...target, ...asks() });
        client.write('secret');
        const error = await ending(client);
        assert.equal(error.code, 'ERR_OWNSSL_ECH_REFUSED');
        assert.deepEqual(error.echRetryConfigList, others.configList);
      });
    }

    const lax = { checkServerIdentity: () => undefined };
    const mislead = { ...identity('server-ec'), SNICallback: undefined };
    for (const [what, server, client, code] of [
      ['has no certificate for the public name', mislead, {}, 'ERR_TLS_CERT_ALTNAME_INVALID'],
      [
        'the same, whatever the program says of names',
        mislead,
        lax,
        'ERR_TLS_CERT_ALTNAME_INVALID',
      ],
      [
        'the same, with a late verdict',
        mislead,
        { verifyInHandshake: false },
        'ERR_TLS_CERT_ALTNAME_INVALID',
      ],
      ['is not trusted', {}, { ca: fixture('other-root.crt') }, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
      [
        'is not trusted, with a late verdict',
        {},
        { ca: fixture('other-root.crt'), verifyInHandshake: false },
        'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      ],
      [
        'has a certificate that the profile refuses',
        unfit,
        { ca: pem(root.der), certificateProfile: 'webpki' },
        'ERR_TLS_CERT_PROFILE_EXTENDED_KEY_USAGE',
      ],
      [
        'shows a raw public key',
        { rawPublicKey: { present: true } },
        { rawPublicKey: { accept: () => true } },
        /./,
      ],
    ]) {
      it(`is not believed where it ${what}`, async () => {
        const { error, socket } = await refused(
          hiding({ echKeys: others.pem, ...server }),
          asks(client),
        );
        if (code instanceof RegExp) assert.match(error.code, code);
        else assert.equal(error.code, code, error.message);
        assert.equal(error.echRetryConfigList, undefined);
        assert.equal(socket.authorized, false);
        assert.equal(socket.ech.status, 'refused');
      });
    }

    for (const verifyInHandshake of [true, false]) {
      it(`is not believed with rejectUnauthorized: false, verifyInHandshake: ${verifyInHandshake}`, async () => {
        const { error } = await refused(
          hiding({ echKeys: others.pem }),
          asks({ ca: fixture('other-root.crt'), rejectUnauthorized: false, verifyInHandshake }),
        );
        assert.equal(error.code, 'ERR_OWNSSL_ECH_REFUSED');
        assert.equal(error.echRetryConfigList, undefined);
      });
    }

    it('is judged by the outer name that the client has chosen', async () => {
      const outer = { echOuterServername: 'localhost' };
      const server = hiding({
        ...identity('server-ec'),
        echKeys: others.pem,
        SNICallback: undefined,
      });
      const { error, socket } = await refused(server, asks(outer));
      assert.deepEqual(error.echRetryConfigList, others.configList);
      assert.equal(socket.ech.outerServername, 'localhost');
      const wrong = await refused({ ...server, ...front }, asks(outer));
      assert.equal(wrong.error.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
    });

    it('is judged by the public name where none is sent', async () => {
      const names = [];
      const silent = asks({ echOuterServername: false });
      const { error, socket } = await refused(hiding({ echKeys: others.pem }, names), silent);
      assert.deepEqual(error.echRetryConfigList, others.configList);
      assert.deepEqual([names, socket.ech.outerServername], [[], null]);
      const { client } = await secured({ server: hiding(), client: silent });
      assert.deepEqual(client.ech, { ...accepted, outerServername: null });
    });
  });

  for (const ecdhCurve of ['X25519', 'secp384r1']) {
    it(`a server that has none refuses without configurations, with ${ecdhCurve}`, async () => {
      const { error, theirs } = await refused(
        hiding({ echKeys: undefined, ecdhCurve }),
        asks({ ecdhCurve: 'X25519:secp384r1' }),
      );
      assert.equal(error.code, 'ERR_OWNSSL_ECH_REFUSED');
      assert.ok(!('echRetryConfigList' in error));
      assert.equal(theirs.ech, null);
    });
  }

  it('the built-in module as a server refuses without configurations', async () => {
    const { port } = await serve(front, undefined, builtin);
    const error = await ending(connect({ port, ...asks() }));
    assert.equal(error.code, 'ERR_OWNSSL_ECH_REFUSED');
    assert.ok(!('echRetryConfigList' in error));
  });

  for (const [what, echKeys] of [
    ['and keys', () => keys.pem],
    ['or keys', () => undefined],
  ]) {
    it(`a server without TLS 1.3 ${what} ends the handshake`, async () => {
      const { error } = await refused(
        hiding({ maxVersion: 'TLSv1.2', echKeys: echKeys() }),
        asks(),
      );
      assert.match(error.code, /^ERR_SSL_.*ALERT/);
      assert.equal(error.alert.direction, 'received');
    });
  }

  describe('GREASE', () => {
    for (const version of ['TLSv1.2', 'TLSv1.3']) {
      it(`changes nothing, ${version}`, async () => {
        const names = [];
        const { client, server } = await secured({
          server: hiding({ maxVersion: version }, names),
          client: { servername: HIDDEN, echGrease: true, clientHello: true },
        });
        assert.deepEqual(names, [HIDDEN]);
        assert.equal(client.ech.status, 'grease');
        assert.equal(server.ech.status, 'refused');
        assert.ok(client.clientHello.extensions.some(({ type }) => type === 0xfe0d));
      });
    }

    it('changes nothing to the built-in module', async () => {
      const { client } = await secured({ at: { server: builtin }, client: { echGrease: true } });
      assert.equal(client.ech.status, 'grease');
    });

    it('gives way to a list', async () => {
      const { client } = await secured({ server: hiding(), client: asks({ echGrease: true }) });
      assert.deepEqual(client.ech, accepted);
    });
  });

  it('a server that has keys says that a client has none', async () => {
    const { client, server } = await secured({ server: hiding(), client: { servername: PUBLIC } });
    assert.equal(client.ech, null);
    assert.equal(server.ech.status, 'none');
  });

  it("a client makes nothing of a server's keys in its context", async () => {
    const { client } = await secured({
      server: hiding(),
      client: { servername: PUBLIC, echKeys: keys.pem },
    });
    assert.equal(client.ech, null);
  });

  it('sends other protocols than the outer hello has', async () => {
    const { client } = await secured({
      server: hiding({ ALPNProtocols: ['h2', 'http/1.1'] }),
      client: asks({ ALPNProtocols: ['http/1.1'] }),
    });
    assert.deepEqual([client.alpnProtocol, client.ech], ['http/1.1', accepted]);
  });

  describe("a server's keys", () => {
    /** What a client with these configurations comes to at a server. */
    const fate = async (port, configList) => {
      const client = connect({ port, ...asks({ echConfigList: configList }) });
      try {
        await once(client, 'secureConnect');
        return client.ech.status;
      } catch (error) {
        return error;
      } finally {
        client.destroy();
      }
    };

    it('are several while they change, and the first is what clients are told', async () => {
      const { server, port } = await serve(
        hiding({ echKeys: [others.pem, Buffer.from(keys.pem)] }),
      );
      server.on('tlsClientError', () => {});
      assert.equal(await fate(port, keys.configList), 'accepted');
      assert.equal(await fate(port, others.configList), 'accepted');
      const third = tls.generateEchKeys({ publicName: PUBLIC });
      assert.deepEqual((await fate(port, third.configList)).echRetryConfigList, others.configList);

      server.setEchKeys(third.pem);
      assert.equal(await fate(port, third.configList), 'accepted');
      assert.deepEqual((await fate(port, keys.configList)).echRetryConfigList, third.configList);

      server.setSecureContext(front);
      assert.equal((await fate(port, keys.configList)).code, 'ERR_OWNSSL_ECH_REFUSED');
      assert.notEqual((await fate(port, third.configList)).code, 'ERR_OWNSSL_ECH_REFUSED');

      server.setEchKeys(null);
      assert.ok(!('echRetryConfigList' in (await fate(port, third.configList))));
    });

    it('may have the same number', async () => {
      // Clients name a key by one byte.
      const numbered = (pem) => {
        const [, base64] = /ECHCONFIG-----([^-]+)/.exec(pem);
        const bytes = Buffer.from(base64, 'base64');
        bytes[6] = 7;
        return {
          pem: pem.replace(base64, `\n${bytes.toString('base64').replace(/.{64}/g, '$&\n')}\n`),
          configList: bytes,
        };
      };
      const [first, second] = [numbered(keys.pem), numbered(others.pem)];
      const { port } = await serve(hiding({ echKeys: [first.pem, second.pem] }));
      assert.equal(await fate(port, first.configList), 'accepted');
      assert.equal(await fate(port, second.configList), 'accepted');
    });

    it('have to be keys; those that were stay', async () => {
      const { server, port } = await serve(hiding());
      const [key, config] = keys.pem.split(/(?=-----BEGIN ECHCONFIG)/);
      const [, another] = others.pem.split(/(?=-----BEGIN ECHCONFIG)/);
      const cut = config.replace(/\n[^\n]+\n-----END/, '\n-----END');
      const encrypted = fixture('server-ec-encrypted.key');
      for (const [bad, code, message] of [
        [42, 'ERR_INVALID_ARG_TYPE'],
        [{}, 'ERR_INVALID_ARG_TYPE'],
        [[keys.pem, null], 'ERR_INVALID_ARG_TYPE', /echKeys\[1\]|keys\[1\]/],
        [[], 'ERR_INVALID_ARG_VALUE'],
        ['no PEM', 'ERR_OWNSSL_ECH_KEYS', /no private key/],
        [Buffer.alloc(100), 'ERR_OWNSSL_ECH_KEYS', /no private key/],
        [key, 'ERR_OWNSSL_ECH_KEYS', /no configuration/],
        [config, 'ERR_OWNSSL_ECH_KEYS', /no private key/],
        [key + another, 'ERR_OWNSSL_ECH_KEYS', /another key/],
        [key + cut, 'ERR_OWNSSL_ECH_KEYS', /can not use/],
        [fixture('server-ec.key'), 'ERR_OWNSSL_ECH_KEYS', /no configuration/],
        [fixture('server-ec.key') + config, 'ERR_OWNSSL_ECH_KEYS', /another key/],
        [encrypted + config, 'ERR_OWNSSL_ECH_KEYS', /no private key/],
        [
          [keys.pem, key + another],
          'ERR_OWNSSL_ECH_KEYS',
          /eys\[1\] has a configuration for another/,
        ],
      ]) {
        const expected = { code, message: message ?? /./ };
        assert.throws(() => server.setEchKeys(bad), expected);
        assert.throws(() => tls.createServer({ ...front, echKeys: bad }), expected);
      }
      assert.throws(() => server.setEchKeys(undefined), { code: 'ERR_INVALID_ARG_TYPE' });
      assert.equal(await fate(port, keys.configList), 'accepted');
    });

    it('are not in the message of an error', () => {
      const [key] = keys.pem.split(/(?=-----BEGIN ECHCONFIG)/);
      const secret = key.split('\n')[1];
      for (const bad of [key, [key], [[keys.pem]]]) {
        assert.throws(
          () => tls.createServer({ ...front, echKeys: bad }),
          ({ message }) => !message.includes(secret),
        );
      }
    });

    it('are made for a name', () => {
      for (const [options, code] of [
        [undefined, 'ERR_INVALID_ARG_TYPE'],
        [{}, 'ERR_INVALID_ARG_TYPE'],
        [{ publicName: '' }, 'ERR_INVALID_ARG_VALUE'],
        [{ publicName: '127.0.0.1' }, 'ERR_INVALID_ARG_VALUE'],
        [{ publicName: 'a..b' }, 'ERR_INVALID_ARG_VALUE'],
        [{ publicName: 'a\0b' }, 'ERR_INVALID_ARG_VALUE'],
        [{ publicName: 'x'.repeat(300) }, 'ERR_INVALID_ARG_VALUE'],
        [{ publicName: PUBLIC, maxNameLength: 256 }, 'ERR_OUT_OF_RANGE'],
        [{ publicName: PUBLIC, maxNameLength: '9' }, 'ERR_INVALID_ARG_TYPE'],
      ]) {
        assert.throws(() => tls.generateEchKeys(options), { code });
      }
      const { configList } = tls.generateEchKeys({ publicName: PUBLIC, maxNameLength: 77 });
      // Behind the name there are only the extensions.
      const name = configList.indexOf(PUBLIC);
      assert.deepEqual([...configList.subarray(name - 2, name)], [77, PUBLIC.length]);
      assert.equal(configList.length, name + PUBLIC.length + 2);
    });
  });

  describe('sessions', () => {
    it('are resumed under it', async () => {
      const { port } = await serve(hiding());
      const first = connect({ port, ...asks() });
      const [session] = await once(first.resume(), 'session');
      const second = connect({ port, ...asks({ session }) });
      await once(second, 'secureConnect');
      assert.deepEqual([second.isSessionReused(), second.authorized], [true, true]);
      assert.deepEqual(second.ech, accepted);
    });

    it('carry early data under it', async () => {
      const { server, port } = await serve(hiding({ maxEarlyData: 1000 }));
      const heard = [];
      server.on('earlyData', (data, socket) => heard.push([String(data), socket.ech?.status]));
      const first = connect({ port, ...asks() });
      const [session] = await once(first.resume(), 'session');
      const second = connect({ port, ...asks({ session, earlyData: 'early' }) });
      await once(second, 'secureConnect');
      assert.deepEqual([second.earlyDataAccepted, second.ech], [true, accepted]);
      assert.deepEqual(heard, [['early', 'accepted']]);
    });

    it('that were hidden are not shown by sessionCache, and resumed where they are hidden again', async () => {
      const sessionCache = new tls.SessionCache();
      const { port } = await serve(hiding());
      const reused = async (options) => {
        const client = connect({ port, servername: HIDDEN, sessionCache, ...options });
        client.resume();
        await once(client, 'secureConnect');
        const resumed = client.isSessionReused();
        if (!resumed) await once(client, 'session');
        client.destroy();
        return resumed;
      };
      const hidden = { echConfigList: keys.configList };
      assert.equal(await reused(hidden), false);
      assert.equal(await reused({}), false);
      assert.equal(await reused(hidden), true);
    });

    it('are of no use to a server that refuses', async () => {
      const { port } = await serve(hiding());
      const first = connect({ port, ...asks() });
      const [session] = await once(first.resume(), 'session');
      const { error } = await refused(
        hiding({ echKeys: others.pem }),
        asks({ session, earlyData: 'early' }),
      );
      assert.equal(error.code, 'ERR_OWNSSL_ECH_REFUSED');
      assert.deepEqual(error.echRetryConfigList, others.configList);
    });
  });

  describe('ownssl connect --ech', () => {
    const ca = ['--ca', fixturePath('root.crt')];
    const target = (port) => [...ca, '--servername', HIDDEN, `127.0.0.1:${port}`];
    const list = (from) => ['--ech', from.configList.toString('base64')];

    it('hides the name, and says so', async () => {
      const { port } = await serve(hiding());
      const told = await ownssl(['connect', '--probe', ...list(keys), ...target(port)]);
      assert.match(told.stderr, /ECH +accepted; all can see b\.example\.net/);
      assert.equal(told.code, 0, told.stderr);
      const { stdout } = await ownssl(['connect', '--json', ...list(keys), ...target(port)]);
      assert.deepEqual(JSON.parse(stdout).ech, accepted);
      const seeming = await ownssl(['connect', '--probe', '--ech', 'grease', ...target(port)]);
      assert.match(seeming.stderr, /ECH +grease: nothing was hidden/);
    });

    it('tells what the server wants that refuses', async () => {
      const { server, port } = await serve(hiding({ echKeys: others.pem }));
      server.on('tlsClientError', () => {});
      const { code, stderr } = await ownssl(['connect', ...list(keys), ...target(port)]);
      assert.equal(code, 3);
      const wanted = others.configList.toString('base64');
      assert.ok(stderr.replace(/\s/g, '').includes(`itwants${wanted}`), stderr);
      assert.match(stderr, /ERR_OWNSSL_ECH_REFUSED/);
    });

    it('has to be a list', async () => {
      const { port } = await serve(hiding());
      for (const bad of ['no list', 'AAAA']) {
        const { code, stderr } = await ownssl(['connect', '--ech', bad, ...target(port)]);
        assert.equal(code, 2);
        assert.match(stderr, /--ech/);
      }
    });
  });

  describe('with openssl of that version', () => {
    const prefix = process.env.OWNSSL_OPENSSL;
    const openssl = (context) => {
      if (!prefix || prefix !== builtOpenSSL('4.0')) {
        skipBecause(context, 'the openssl program of this OpenSSL is not known');
      }
      return {
        command: join(prefix, 'bin/openssl'),
        env: { LD_LIBRARY_PATH: join(prefix, 'lib') },
      };
    };
    const file = (name, content) => {
      const path = join(temporaryFolder(), name);
      writeFileSync(path, content);
      return path;
    };
    const trusts = ['-CAfile', fixturePath('root.crt')];

    it('openssl ech makes keys', async function () {
      const { command, env } = openssl(this);
      const path = join(temporaryFolder(), 'ech.pem');
      const made = await run(command, ['ech', '-public_name', PUBLIC, '-out', path], { env });
      assert.equal(made.code, 0, made.stderr);
      const { readFileSync } = await import('node:fs');
      const pem = readFileSync(path, 'utf8');
      const echConfigList = /ECHCONFIG-----([^-]+)/.exec(pem)[1].replace(/\s/g, '');
      const { client } = await secured({
        server: hiding({ echKeys: pem }),
        client: asks({ echConfigList }),
      });
      assert.deepEqual(client.ech, accepted);
    });

    it('s_client hides the name', async function () {
      const { command, env } = openssl(this);
      const seen = [];
      const { port } = await serve(hiding({}, seen), (socket) => {
        seen.push(socket.ech);
        socket.end('hello');
      });
      const args = [
        's_client',
        '-connect',
        `127.0.0.1:${port}`,
        '-servername',
        HIDDEN,
        '-ign_eof',
        ...trusts,
      ];
      const list = keys.configList.toString('base64');
      const { stdout, stderr } = await run(command, [...args, '-ech_config_list', list], { env });
      assert.match(stdout, /hello/, stderr);
      assert.match(stdout, /ECH: success/);
      assert.deepEqual(seen, [HIDDEN, accepted]);
    });

    it('s_client takes our retry configurations', async function () {
      const { command, env } = openssl(this);
      const { server, port } = await serve(hiding({ echKeys: others.pem }), assert.fail);
      const over = once(server, 'tlsClientError');
      const args = ['s_client', '-connect', `127.0.0.1:${port}`, '-servername', HIDDEN, ...trusts];
      const list = keys.configList.toString('base64');
      const { stdout, stderr } = await run(command, [...args, '-ech_config_list', list], { env });
      await over;
      const text = (stdout + stderr).replace(/\s/g, '');
      assert.ok(
        text.includes(others.configList.toString('base64').replace(/\s/g, '')) ||
          /retry/i.test(text),
        text,
      );
    });

    it('s_client sends GREASE', async function () {
      const { command, env } = openssl(this);
      const seen = [];
      const { port } = await serve(hiding(), (socket) => {
        seen.push(socket.ech.status, socket.servername);
        socket.end('hello');
      });
      const args = [
        's_client',
        '-connect',
        `127.0.0.1:${port}`,
        '-servername',
        HIDDEN,
        '-ign_eof',
        ...trusts,
      ];
      const { stdout, stderr } = await run(command, [...args, '-ech_grease'], { env });
      assert.match(stdout, /hello/, stderr);
      assert.deepEqual(seen, ['refused', HIDDEN]);
    });

    const server = async (context, pem) => {
      const { command, env } = openssl(context);
      const args = [
        ...['s_server', '-accept', '127.0.0.1:0', '-tls1_3', '-ech_key', file('ech.pem', pem)],
        ...['-cert', fixturePath('server-b.crt'), '-key', fixturePath('server-b.key')],
        ...['-servername', HIDDEN, '-cert2', fixturePath('server-ec.crt')],
        ...['-key2', fixturePath('server-ec.key'), '-cert_chain', fixturePath('intermediate.crt')],
      ];
      const theirs = start(command, args, { env, ready: /^ACCEPT \S*:(\d+)/m });
      const [, port] = await theirs.ready;
      return { theirs, port: Number(port) };
    };
    // s_server sends no chain for its second name.
    const chain = { ca: Buffer.concat([fixture('root.crt'), fixture('intermediate.crt')]) };

    it('s_server finds the name', async function () {
      const { theirs, port } = await server(this, keys.pem);
      const client = connect({ port, ...asks(chain) });
      await once(client, 'secureConnect');
      assert.deepEqual([client.ech, client.authorized], [accepted, true]);
      client.write('hello\n');
      await theirs.shows(/hello/);
      client.destroy();
    });

    it('s_server says which configurations it wants', async function () {
      const { port } = await server(this, others.pem);
      const error = await ending(connect({ port, ...asks(chain) }));
      assert.equal(error.code, 'ERR_OWNSSL_ECH_REFUSED', error.message);
      assert.deepEqual(error.echRetryConfigList, others.configList);
    });
  });
});
