// clientHelloCallback: what it sees, what it chooses, how it refuses, and when it is asked.
import assert from 'node:assert/strict';
import { constants } from 'node:crypto';
import { duplexPair } from '../support/duplex.mjs';
import { tidy } from '../support/cleanup.mjs';
import { connect, listen, serve, tidyServer } from '../support/ends.mjs';
import { deferred, ending, once } from '../support/events.mjs';
import { ca, fixture, identity } from '../support/fixtures.mjs';
import { subject, tls } from '../support/subject.mjs';

const exactly = (version) => ({ minVersion: version, maxVersion: version });
const rsa = subject === 'builtin' ? null : tls.createSecureContext(identity('server-rsa'));
const accepting = { rejectUnauthorized: false };
const psk = Buffer.alloc(32, 7);
const staple = fixture('server-ec.ocsp');

/** Both ends of a handshake, as they come to be: { client, server } or the two errors. */
async function meet(options, client = {}, over = 'tcp') {
  const listener = tls.createServer({ ...identity('server-ec'), ...options });
  const refused = new Promise((resolve) => {
    listener.once('tlsClientError', (error, socket) => resolve({ error, socket }));
  });
  const accepted = new Promise((resolve) => {
    listener.once('secureConnection', (socket) => resolve({ socket: tidy(socket) }));
  });
  let socket;
  if (over === 'tcp') {
    socket = connect({ port: await listen(listener), ...accepting, ...client });
  } else {
    const [near, far] = duplexPair().map(tidy);
    tidyServer(listener).emit('connection', far);
    socket = connect({ socket: near, ...accepting, ...client });
  }
  const secure = new Promise((resolve) => {
    socket.once('error', (error) => resolve({ error }));
    socket.once('secureConnect', () => resolve({ socket }));
  });
  const [server, mine] = await Promise.all([Promise.race([refused, accepted]), secure]);
  return { server, client: mine, listener };
}

const cnOf = ({ client: { socket } }) => socket.getPeerCertificate().subject.CN;

const modes = [
  ['over TCP', 'tcp', {}],
  ['over a Duplex', 'duplex', {}],
  ['without threads for handshakes', 'tcp', { offloadHandshakes: false }],
  ['in an I/O thread', 'tcp', { ioThreads: 'always' }],
];

(subject === 'builtin' ? describe.skip : describe)('clientHelloCallback', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    for (const [title, over, mode] of modes) {
      describe(`${version} ${title}`, () => {
        const options = { ...exactly(version), ...mode };

        it('sees the ClientHello and the socket, which keeps it', async () => {
          const seen = [];
          const both = await meet(
            {
              ...options,
              ALPNProtocols: ['b'],
              clientHelloCallback(hello, socket) {
                seen.push([hello, socket, this]);
              },
            },
            { servername: 'a.test', ALPNProtocols: ['a', 'b'], clientHello: true },
            over,
          );
          const { socket } = both.server;
          assert.equal(seen.length, 1);
          const [[hello, given, self]] = seen;
          assert.equal(given, socket);
          assert.equal(self, socket);
          assert.equal(socket.clientHello, hello);
          assert.equal(hello.servername, 'a.test');
          assert.deepEqual(hello.protocols, ['a', 'b']);
          assert.deepEqual(hello.malformed, []);
          assert.equal(hello.direction, 'received');
          assert.equal(both.client.socket.alpnProtocol, 'b');
          const sent = both.client.socket.clientHello;
          assert.equal(sent.direction, 'sent');
          assert.deepEqual(sent.raw, hello.raw);
          assert.equal(sent.ja4, hello.ja4);
        });

        it('chooses the context; SNICallback and addContext() are not asked', async () => {
          const clientHelloCallback = async () => ({ secureContext: rsa });
          const SNICallback = () => assert.fail('asked');
          for (const more of [{}, { SNICallback }]) {
            const both = await meet({ ...options, clientHelloCallback, ...more }, {}, over);
            assert.equal(cnOf(both), 'server-rsa');
            assert.equal(both.server.socket.servername, 'localhost');
          }
        });

        it('chooses nothing: SNICallback is asked as ever', async () => {
          const both = await meet(
            {
              ...options,
              clientHelloCallback: () => undefined,
              SNICallback: (_name, callback) => callback(null, rsa),
            },
            {},
            over,
          );
          assert.equal(cnOf(both), 'server-rsa');
        });

        it('the ciphers of the context are in force', async () => {
          const ciphers =
            version === 'TLSv1.3' ? 'TLS_CHACHA20_POLY1305_SHA256' : 'ECDHE-RSA-CHACHA20-POLY1305';
          const secureContext = tls.createSecureContext({ ...identity('server-rsa'), ciphers });
          const both = await meet(
            { ...options, clientHelloCallback: () => ({ secureContext }) },
            {},
            over,
          );
          assert.equal(both.server.socket.getCipher().name, ciphers);
        });

        it("the context's trust judges the client", async () => {
          const good = tls.createSecureContext({ ...identity('server-rsa'), ca });
          const trusting = { ...options, ca: fixture('other-root.crt'), requestCert: true };
          const withCertificate = identity('client');
          const none = await meet(trusting, withCertificate, over);
          assert(none.server.error, 'the server itself does not trust it');
          const both = await meet(
            { ...trusting, clientHelloCallback: () => ({ secureContext: good }) },
            withCertificate,
            over,
          );
          assert.equal(both.server.error, undefined);
          assert.equal(both.server.socket.authorized, true);
        });

        it('chooses the protocols, and ALPNCallback is not asked', async () => {
          const ALPNCallback = () => assert.fail('asked');
          const client = { ALPNProtocols: ['a', 'b'] };
          for (const more of [{ ALPNProtocols: ['a'] }, { ALPNCallback }]) {
            const clientHelloCallback = () => ({ ALPNProtocols: ['x', 'b'] });
            const both = await meet({ ...options, ...more, clientHelloCallback }, client, over);
            assert.equal(both.client.socket.alpnProtocol, 'b');
            assert.equal(both.server.socket.alpnProtocol, 'b');
          }
          const none = await meet(
            {
              ...options,
              ALPNProtocols: ['a'],
              clientHelloCallback: () => ({ ALPNProtocols: [] }),
            },
            client,
            over,
          );
          assert.equal(none.client.socket.alpnProtocol, false);
        });

        for (const alert of ['unrecognized_name', 112]) {
          it(`refuses with an alert of its choice: ${alert}`, async () => {
            const { server, client } = await meet(
              { ...options, clientHelloCallback: () => ({ alert }) },
              {},
              over,
            );
            assert.equal(server.error.code, 'ERR_OWNSSL_CLIENT_HELLO_REFUSED');
            assert.match(server.error.message, /unrecognized_name \(112\)/);
            assert.match(client.error.code, /UNRECOGNIZED_NAME/);
            assert.equal(server.socket.clientHello.servername, 'localhost');
          });
        }

        for (const how of ['thrown', 'rejected', 'called back with']) {
          it(`refuses with the alert of an error that is ${how}`, async () => {
            const cause = Object.assign(new Error('not you'), { alert: 'access_denied' });
            const clientHelloCallback = {
              thrown() {
                throw cause;
              },
              rejected: async () => {
                throw cause;
              },
              'called back with': (_hello, _socket, callback) => void setImmediate(callback, cause),
            }[how];
            const { server, client } = await meet({ ...options, clientHelloCallback }, {}, over);
            assert.equal(server.error, cause);
            assert.match(client.error.code, /ACCESS_DENIED/);
          });
        }
      });
    }

    it(`what throws without an alert is an internal error, ${version}`, async () => {
      for (const alert of [undefined, 'no such alert', 0, 90, 1000, 1.5, {}]) {
        const cause = Object.assign(new Error('thrown'), { alert });
        const { server, client } = await meet({
          ...exactly(version),
          clientHelloCallback() {
            throw cause;
          },
        });
        assert.equal(server.error, cause);
        assert.match(client.error.code, /INTERNAL_ERROR/);
      }
    });

    it(`sessions of clients with certificates are resumed, ${version}`, async () => {
      const clientHelloCallback = () => ({
        secureContext: tls.createSecureContext({ ...identity('server-rsa'), ca }),
      });
      const { server, port } = await serve(
        {
          ...identity('server-ec'),
          ca,
          ...exactly(version),
          requestCert: true,
          clientHelloCallback,
        },
        (socket) => socket.end('hello'),
      );
      const failed = new Promise((_resolve, reject) => server.once('tlsClientError', reject));
      failed.catch(() => {});
      let session;
      for (const reused of [false, true]) {
        const client = connect({ port, ...identity('client'), session });
        client.on('session', (given) => (session = given));
        await Promise.race([once(client.resume(), 'end'), failed]);
        assert.equal(client.isSessionReused(), reused);
        client.destroy();
      }
    });

    it(`OCSPRequest is asked for the certificate that was chosen, ${version}`, async () => {
      const { server, port } = await serve({
        ...identity('server-rsa'),
        ...exactly(version),
        clientHelloCallback: () => ({
          secureContext: tls.createSecureContext(identity('server-ec')),
        }),
      });
      const asked = [];
      server.on('OCSPRequest', (certificate, _issuer, callback) => {
        asked.push(certificate);
        callback(null, staple);
      });
      const client = connect({ port, requestOCSP: true });
      const [stapled] = await once(client, 'OCSPResponse');
      assert.deepEqual(stapled, staple);
      assert.equal(asked.length, 1);
      await once(client, 'secureConnect');
      assert.deepEqual(asked[0], client.getPeerCertificate().raw);
    });

    it(`an answer after the client has gone is ignored, ${version}`, async () => {
      const asked = deferred();
      const { server, port } = await serve({
        ...exactly(version),
        clientHelloCallback: (_hello, _socket, callback) => asked.resolve(callback),
      });
      const gone = once(server, 'tlsClientError');
      const client = connect({ port });
      const answer = await asked.promise;
      client.destroy();
      await gone;
      answer(null, { secureContext: rsa });
      answer(new Error('again'));
    });

    it(`a silence ends with the time for the handshake, ${version}`, async () => {
      const { server, client } = await meet({
        ...exactly(version),
        handshakeTimeout: 100,
        clientHelloCallback: () => new Promise(() => {}),
      });
      assert.equal(server.error.code, 'ERR_TLS_HANDSHAKE_TIMEOUT');
      assert(client.error);
      assert.equal(server.socket.clientHello.servername, 'localhost');
    });

    it(`pskCallback is asked after it, ${version}`, async () => {
      const order = [];
      const ciphers = version === 'TLSv1.3' ? 'TLS_AES_128_GCM_SHA256' : 'PSK';
      const { server } = await meet(
        {
          ...exactly(version),
          ciphers,
          cert: undefined,
          key: undefined,
          clientHelloCallback: () => void order.push('hello'),
          pskCallback: () => (order.push('psk'), psk),
        },
        {
          ciphers,
          pskCallback: () => ({ psk, identity: 'me' }),
          checkServerIdentity: () => undefined,
        },
      );
      assert.equal(server.error, undefined);
      assert.deepEqual(order, ['hello', 'psk']);
    });
  }

  it('asks once in spite of a HelloRetryRequest, and keeps the first hello', async () => {
    const seen = [];
    const both = await meet(
      {
        ...exactly('TLSv1.3'),
        ecdhCurve: 'secp521r1',
        clientHelloCallback: (hello) => void seen.push(hello),
      },
      { ecdhCurve: 'X25519:secp521r1', clientHello: true },
    );
    assert.equal(seen.length, 1);
    const { socket } = both.server;
    assert.equal(socket.clientHello, seen[0]);
    assert.deepEqual(
      seen[0].keyShares.map(({ group }) => group),
      [29],
    );
    assert.deepEqual(both.client.socket.clientHello.raw, seen[0].raw);
  });

  it('is the first that is asked', async () => {
    const order = [];
    const note = (what, answer) => (order.push(what), answer);
    const { server, port } = await serve({
      ...identity('server-ec'),
      ...exactly('TLSv1.2'),
      secureOptions: constants.SSL_OP_NO_TICKET,
      clientHelloCallback: () => note('clientHelloCallback'),
      ALPNCallback: () => note('ALPNCallback', 'a'),
      SNICallback: (_name, callback) => callback(null, note('SNICallback')),
    });
    server.on('newSession', (_id, _data, callback) => callback());
    server.on('resumeSession', (_id, callback) => callback(null, note('resumeSession', null)));
    server.on('OCSPRequest', (_certificate, _issuer, callback) => callback(note('OCSPRequest')));
    const options = { port, ALPNProtocols: ['a'], requestOCSP: true };
    const first = connect(options);
    const [session] = await once(first, 'session');
    first.destroy();
    order.length = 0;
    await once(connect({ ...options, session }), 'secureConnect');
    assert.deepEqual(order, [
      ...['clientHelloCallback', 'ALPNCallback', 'resumeSession', 'SNICallback', 'OCSPRequest'],
    ]);
  });

  it('chooses versions in place of the limits of the server', async () => {
    const chosen = async (answer, limits = {}) => {
      const { client, server } = await meet({ ...limits, clientHelloCallback: () => answer });
      return client.error?.code ?? server.error?.code ?? client.socket.getProtocol();
    };
    assert.equal(await chosen({ maxVersion: 'TLSv1.2' }), 'TLSv1.2');
    assert.equal(await chosen({ minVersion: 'TLSv1.3' }), 'TLSv1.3');
    assert.equal(await chosen({ maxVersion: 'TLSv1.3' }, { maxVersion: 'TLSv1.2' }), 'TLSv1.3');
    const wide = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' };
    assert.equal(await chosen(wide, exactly('TLSv1.3')), 'TLSv1.2');
    assert.match(
      await chosen({ minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' }),
      /PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|INTERNAL_ERROR/,
    );
  });

  it("a context's limits narrow those of the server, and widen none", async () => {
    const chosen = async (context, limits = {}) => {
      const secureContext = tls.createSecureContext({ ...identity('server-rsa'), ...context });
      const both = await meet({ ...limits, clientHelloCallback: () => ({ secureContext }) });
      return both.client.error?.code ?? both.client.socket.getProtocol();
    };
    assert.equal(await chosen({}), 'TLSv1.3');
    assert.equal(await chosen({ maxVersion: 'TLSv1.2' }), 'TLSv1.2');
    assert.equal(await chosen({}, { maxVersion: 'TLSv1.2' }), 'TLSv1.2');
    assert.match(await chosen({ maxVersion: 'TLSv1.2' }, exactly('TLSv1.3')), /PROTOCOL_VERSION/);
  });

  it('is asked again in a renegotiation, with the hello of that one', async () => {
    const seen = [];
    const both = await meet({
      ...exactly('TLSv1.2'),
      clientHelloCallback: (hello) => void seen.push(hello),
    });
    const { socket } = both.client;
    await new Promise((resolve, reject) => {
      socket.renegotiate({}, (error) => (error ? reject(error) : resolve()));
    });
    assert.equal(seen.length, 2);
    assert.notDeepEqual(seen[0].random, seen[1].random);
    assert.equal(both.server.socket.clientHello, seen[1]);
  });

  it('refuses a renegotiation', async () => {
    let count = 0;
    const both = await meet({
      ...exactly('TLSv1.2'),
      clientHelloCallback: () => (++count > 1 ? { alert: 'handshake_failure' } : undefined),
    });
    const failed = ending(both.client.socket.resume());
    both.server.socket.on('error', () => {});
    both.client.socket.renegotiate({}, () => {});
    assert.match((await failed).code, /HANDSHAKE_FAILURE/);
  });

  const nonsense = [
    ['a string', 'rsa', 'ERR_INVALID_ARG_TYPE'],
    ['a list', [], 'ERR_INVALID_ARG_TYPE'],
    ['a context itself', rsa, 'ERR_INVALID_ARG_VALUE'],
    ['a misspelt refusal', { alrt: 40 }, 'ERR_INVALID_ARG_VALUE'],
    ['an unknown alert', { alert: 'nobody' }, 'ERR_INVALID_ARG_VALUE'],
    ['an alert that is none of a refusal', { alert: 'close_notify' }, 'ERR_INVALID_ARG_VALUE'],
    ['an alert without a name', { alert: 7 }, 'ERR_INVALID_ARG_VALUE'],
    ['what is no context', { secureContext: {} }, 'ERR_TLS_INVALID_CONTEXT'],
    ['an unknown version', { minVersion: 'TLSv1.4' }, 'ERR_TLS_INVALID_PROTOCOL_VERSION'],
    ['an empty name of a protocol', { ALPNProtocols: [''] }, 'ERR_INVALID_ARG_VALUE'],
    ['what is no list of protocols', { ALPNProtocols: 'h2' }, 'ERR_INVALID_ARG_VALUE'],
  ];
  for (const [title, answer, code] of nonsense) {
    it(`an answer that makes no sense refuses: ${title}`, async () => {
      const { server, client } = await meet({ clientHelloCallback: () => answer });
      assert.equal(server.error.code, code);
      assert.match(client.error.code, /INTERNAL_ERROR/);
    });
  }

  it('takes a bound function by its length', async () => {
    class Policy {
      count = 0;
      check(_hello) {
        this.count += 1;
      }
    }
    const policy = new Policy();
    const { server } = await meet({ clientHelloCallback: policy.check.bind(policy) });
    assert.equal(server.error, undefined);
    assert.equal(policy.count, 1);
  });

  it('has to be a function, and the option clientHello a boolean', () => {
    const type = { code: 'ERR_INVALID_ARG_TYPE' };
    assert.throws(() => tls.createServer({ clientHelloCallback: 1 }), type);
    assert.throws(() => tls.createServer({ clientHello: 'yes' }), type);
    assert.throws(() => tls.connect({ port: 1, clientHello: 1 }), type);
  });
});
