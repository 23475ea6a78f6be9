// A server asks for a client's certificate in an established connection of TLS 1.3 (RFC 8446, 4.6.2).
import assert from 'node:assert/strict';
import { connect, secured, serve, transports, versionIs } from '../support/ends.mjs';
import { closed, failure, once, readBytes } from '../support/events.mjs';
import { ca, fixture, identity } from '../support/fixtures.mjs';
import { identityElsewhere } from '../external-keys/support.mjs';
import { subject, tls } from '../support/subject.mjs';

const good = identity('client');
const other = identity('client-rsa');
const stranger = { cert: fixture('client-unknown.crt'), key: fixture('client-unknown.key') };
const lax = { rejectUnauthorized: false };

/** Both ends of a connection whose server may ask, and read. */
async function ready(client = good, { server, ...more } = {}) {
  const ends = await secured({
    server: { ca, ...server },
    client: { postHandshakeAuth: true, ...client },
    ...more,
  });
  ends.client.resume();
  ends.server.on('error', () => {}).resume();
  return ends;
}

const rejected = (promise) =>
  promise.then(
    () => assert.fail('resolved'),
    (error) => error,
  );

describe('requestClientCertificate()', () => {
  before(function onlyOurs() {
    if (subject === 'builtin') this.skip();
  });

  for (const over of transports) {
    it(`resolves to the verdict, which is the connection's, over ${over}`, async () => {
      const { server, client } = await ready(good, { over });
      assert.equal(server.authorized, false);
      assert.deepEqual(server.getPeerCertificate(), {});
      const verdict = await server.requestClientCertificate();
      assert.deepEqual(
        { ...verdict, certificate: verdict.certificate.subject.CN },
        { authorized: true, authorizationError: null, error: null, certificate: 'client' },
      );
      assert.equal(server.authorized, true);
      assert.equal(server.authorizationError, null);
      assert.deepEqual(server.getPeerCertificate(), verdict.certificate);
      // Both ways are open.
      for (const [from, to] of [
        [server, client],
        [client, server],
      ]) {
        const text = readBytes(to, 5);
        from.write('hello');
        assert.equal(String(await text), 'hello');
      }
    });
  }

  for (const [title, certificate, code] of [
    ['an unknown one', stranger, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['none', {}, 'UNABLE_TO_GET_ISSUER_CERT'],
  ]) {
    it(`${title}: the verdict, and the connection goes on`, async () => {
      const { server, client } = await ready(certificate);
      const verdict = await server.requestClientCertificate(lax);
      assert.equal(verdict.authorized, false);
      assert.equal(verdict.authorizationError, code);
      assert.equal(verdict.error.code, code);
      assert.equal(verdict.certificate?.subject.CN, certificate.cert && 'client-unknown');
      assert.equal(server.authorized, false);
      assert.equal(server.authorizationError, code);
      const text = readBytes(client, 5);
      server.write('hello');
      assert.equal(String(await text), 'hello');
    });

    it(`${title}: the connection ends, with an alert, where that is refused`, async () => {
      for (const [options, asked] of [
        [{}, undefined],
        [lax, { rejectUnauthorized: true }],
      ]) {
        const { server, client } = await ready(certificate, { server: options });
        const alert = failure(client);
        const gone = closed(server);
        const error = await rejected(server.requestClientCertificate(asked));
        const expected = certificate.cert ? code : 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE';
        assert.equal(error.code, expected);
        assert.equal(error.phase, 'established');
        assert.match(
          (await alert).code,
          certificate.cert ? /ALERT_UNKNOWN_CA$/ : /ALERT_CERTIFICATE_REQUIRED$/,
        );
        await gone;
        assert.equal(server.errored, error);
        assert.equal(server.authorized, false);
      }
    });
  }

  it('follows the server: a lax one goes on by default', async () => {
    const { server } = await ready({}, { server: lax });
    assert.equal((await server.requestClientCertificate()).authorized, false);
    assert.equal(server.destroyed, false);
  });

  it('again and again, each time with another answer', async () => {
    const answers = [good, stranger, null, other, undefined];
    const { server } = await ready({
      ...good,
      clientCertificateCallback: async () => answers.shift(),
    });
    const found = [];
    while (answers.length > 0) {
      const { authorized, certificate } = await server.requestClientCertificate(lax);
      found.push([authorized, certificate?.subject.CN]);
      assert.equal(server.authorized, authorized);
      assert.equal(server.getPeerCertificate().subject?.CN, certificate?.subject.CN);
    }
    assert.deepEqual(found, [
      [true, 'client'],
      [false, 'client-unknown'],
      [false, undefined],
      [true, 'client-rsa'],
      [true, 'client'],
    ]);
  });

  it('where the handshake had one already, it takes its place', async () => {
    const answers = [good, other, stranger];
    const { server } = await ready(
      { clientCertificateCallback: () => answers.shift() },
      { server: { requestCert: true } },
    );
    assert.equal(server.authorized, true);
    assert.equal(server.getPeerCertificate().subject.CN, 'client');
    const { certificate } = await server.requestClientCertificate();
    assert.equal(certificate.subject.CN, 'client-rsa');
    assert.equal((await server.requestClientCertificate(lax)).authorized, false);
  });

  it('trusts whom the context of the name trusts', async () => {
    const { server: listener, port } = await serve({ ...identity('server-ec'), ca });
    listener.addContext('a.test', {
      ...identity('server-ec'),
      ca: fixture('other-root.crt'),
      requestCert: false,
    });
    const accepted = once(listener, 'secureConnection');
    const client = connect({
      port,
      servername: 'a.test',
      postHandshakeAuth: true,
      checkServerIdentity: () => undefined,
      ...stranger,
    });
    client.resume();
    const [socket] = await accepted;
    socket.resume();
    assert.equal((await socket.requestClientCertificate()).authorized, true);
  });

  it('a key that is elsewhere signs', async () => {
    const own = identityElsewhere('client');
    const { server } = await ready(own);
    assert.equal((await server.requestClientCertificate()).authorized, true);
    assert.equal(own.key.asked.length, 1);
  });

  it('what was sent before the answer comes before the verdict, what was sent after it behind', async () => {
    let answer;
    const { server, client } = await ready({
      clientCertificateCallback: () => new Promise((resolve) => (answer = resolve)),
    });
    const seen = [];
    server.on('data', (data) => seen.push(String(data)));
    client.write('before');
    const verdict = server.requestClientCertificate().then(() => seen.push('verdict'));
    while (!answer) await new Promise(setImmediate);
    client.write('after');
    answer(good);
    await verdict;
    await once(server, 'data');
    assert.equal(seen.join(' '), 'before verdict after');
  });

  it('with much data on its way, both ways', async () => {
    const size = 1_000_000;
    const { server, client } = await ready({
      clientCertificateCallback: async () => good,
    });
    const there = readBytes(server, size);
    const back = readBytes(client, size);
    const up = Buffer.alloc(size, 'up');
    const down = Buffer.alloc(size, 'down');
    client.write(up.subarray(0, size / 2));
    server.write(down.subarray(0, size / 2));
    const verdict = server.requestClientCertificate();
    client.write(up.subarray(size / 2));
    server.write(down.subarray(size / 2));
    assert.equal((await verdict).authorized, true);
    assert(up.equals(await there));
    assert(down.equals(await back));
  });

  it('a paused server asks when it reads', async () => {
    const { server, client } = await ready();
    server.pause();
    let settled = false;
    const verdict = server.requestClientCertificate().finally(() => (settled = true));
    // It sends meanwhile.
    const text = readBytes(client, 5);
    server.write('hello');
    assert.equal(String(await text), 'hello');
    // A thread reads ahead.
    if (tls.ioThreads === 'never') assert.equal(settled, false);
    server.resume();
    assert.equal((await verdict).authorized, true);
  });

  it("in 'secureConnection', to a client that is still judging the server", async () => {
    const { server: listener, port } = await serve({ ...identity('server-ec'), ca });
    const verdict = new Promise((resolve, reject) => {
      listener.on('secureConnection', (socket) => {
        socket.resume().requestClientCertificate().then(resolve, reject);
      });
    });
    const order = [];
    const client = connect({
      port,
      postHandshakeAuth: true,
      verifyInHandshake: false,
      checkServerIdentity: async () => {
        for (let i = 0; i < 50; ++i) await new Promise(setImmediate);
        order.push('judged');
      },
      clientCertificateCallback: () => {
        order.push('asked');
        return good;
      },
    });
    client.on('secureConnect', () => order.push('secureConnect')).resume();
    assert.equal((await verdict).authorized, true);
    assert.deepEqual(order, ['judged', 'secureConnect', 'asked']);
  });

  it('is no event of the client: one secureConnect, no further secure', async () => {
    const { server, client } = await ready();
    for (const socket of [server, client]) {
      for (const event of ['secure', 'secureConnect']) {
        socket.on(event, () => assert.fail(event));
      }
    }
    await server.requestClientCertificate();
    const text = readBytes(client, 5);
    server.write('hello');
    await text;
    assert.equal(client.authorized, true);
  });

  it('tickets that follow are bound to the client, who is asked again all the same', async () => {
    const { server: listener, port } = await serve({ ...identity('server-ec'), ca });
    const visit = async (options) => {
      const accepted = once(listener, 'secureConnection');
      const client = connect({ port, postHandshakeAuth: true, ...options });
      const sessions = [];
      client.on('session', (session) => sessions.push(session)).resume();
      const [socket] = await accepted;
      return { client, sessions, socket: socket.resume() };
    };
    const first = await visit(good);
    await first.socket.requestClientCertificate();
    const text = readBytes(first.client, 5);
    first.socket.write('hello');
    await text;
    const second = await visit({ ...other, session: first.sessions.at(-1) });
    assert.equal(second.client.isSessionReused(), true);
    assert.equal(second.socket.authorized, false);
    const { authorized, certificate } = await second.socket.requestClientCertificate();
    assert.deepEqual([authorized, certificate.subject.CN], [true, 'client-rsa']);
    first.client.destroy();
    second.client.destroy();
  });

  describe('refuses', () => {
    it('a client that has not offered it, which goes on', async () => {
      const { server, client } = await ready({ ...good, postHandshakeAuth: false });
      const error = await rejected(server.requestClientCertificate());
      assert.equal(error.code, 'ERR_OWNSSL_POST_HANDSHAKE_AUTH_NOT_OFFERED');
      const text = readBytes(client, 5);
      server.write('hello');
      assert.equal(String(await text), 'hello');
    });

    it('TLS 1.2', async () => {
      const { server } = await ready(good, { server: versionIs('TLSv1.2') });
      const error = await rejected(server.requestClientCertificate());
      assert.equal(error.code, 'ERR_OWNSSL_POST_HANDSHAKE_AUTH_VERSION');
    });

    it('before the handshake is over', async () => {
      const { server, port } = await serve({ ...identity('server-ec'), ca });
      const first = new Promise((resolve) => {
        server.once('connection', (raw) => {
          const socket = new tls.TLSSocket(raw, { isServer: true, ...identity('server-ec') });
          socket.on('error', () => {});
          resolve(rejected(socket.requestClientCertificate()));
        });
      });
      const client = connect({ port, postHandshakeAuth: true });
      client.on('error', () => {});
      assert.equal((await first).code, 'ERR_TLS_INVALID_STATE');
      client.destroy();
    });

    it('while the client has not answered', async () => {
      let answer;
      const { server } = await ready({
        clientCertificateCallback: () => new Promise((resolve) => (answer = resolve)),
      });
      const verdict = server.requestClientCertificate();
      const second = await rejected(server.requestClientCertificate());
      assert.equal(second.code, 'ERR_OWNSSL_POST_HANDSHAKE_AUTH_PENDING');
      while (!answer) await new Promise(setImmediate);
      const third = await rejected(server.requestClientCertificate());
      assert.equal(third.code, 'ERR_OWNSSL_POST_HANDSHAKE_AUTH_PENDING');
      answer(good);
      assert.equal((await verdict).authorized, true);
    });

    it('a closed connection', async () => {
      const { server } = await ready();
      server.destroy();
      const error = await rejected(server.requestClientCertificate());
      assert.equal(error.code, 'ERR_SOCKET_CLOSED');
    });

    it('what it has ended itself, at once', async () => {
      const { server, client } = await ready();
      client.pause();
      server.end('the last words');
      const error = await rejected(server.requestClientCertificate());
      assert.equal(error.code, 'ERR_SOCKET_CLOSED');
      assert.equal(server.destroyed, false);
      client.resume();
    });

    it('clients, and bad options', async () => {
      const { server, client } = await ready();
      assert.equal(
        (await rejected(client.requestClientCertificate())).code,
        'ERR_OWNSSL_NOT_A_SERVER',
      );
      for (const options of [1, null, [], { rejectUnauthorized: 1 }]) {
        const error = await rejected(server.requestClientCertificate(options));
        assert.equal(error.code, 'ERR_INVALID_ARG_TYPE');
      }
    });
  });

  describe('rejects where the connection ends meanwhile', () => {
    const silent = () => new Promise(() => {});

    for (const [title, end, code] of [
      ['the server is destroyed', ({ server }) => server.destroy(), 'ERR_SOCKET_CLOSED'],
      [
        'the server is destroyed with an error',
        ({ server }) => server.destroy(Object.assign(new Error(), { code: 'MINE' })),
        'MINE',
      ],
      ['the client is destroyed', ({ client }) => client.destroy(), 'ERR_SOCKET_CLOSED'],
      ['the client ends', ({ client }) => client.end(), 'ERR_SOCKET_CLOSED'],
      ['the server ends', ({ server }) => server.end(), 'ERR_SOCKET_CLOSED'],
    ]) {
      for (const when of ['at once', 'while the client is asked']) {
        // A client that waits for its own answer ends when it has one.
        if (when !== 'at once' && /ends$/.test(title)) continue;
        it(`${title} ${when}`, async () => {
          let asked;
          const wasAsked = new Promise((resolve) => (asked = resolve));
          const ends = await ready({
            clientCertificateCallback: () => {
              asked();
              return silent();
            },
          });
          ends.client.on('error', () => {});
          const error = rejected(ends.server.requestClientCertificate());
          if (when !== 'at once') await wasAsked;
          end(ends);
          ends.client.destroySoon();
          if (when === 'at once') setImmediate(() => ends.client.destroy());
          assert.match((await error).code, new RegExp(`^(${code}|ECONNRESET)$`));
        });
      }
    }

    it('nobody has to look at the promise', async () => {
      const listener = (reason) => assert.fail(reason);
      process.once('unhandledRejection', listener);
      const { server, client } = await ready({ clientCertificateCallback: silent });
      void server.requestClientCertificate();
      const gone = closed(server);
      client.destroy();
      await gone;
      await new Promise(setImmediate);
      process.off('unhandledRejection', listener);
    });
  });
});
