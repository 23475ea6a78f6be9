// What the errors of connections say beyond their codes: alert, phase, chain and depth, at both ends.
import assert from 'node:assert/strict';
import net from 'node:net';
import { tidy } from '../support/cleanup.mjs';
import { duplexPair } from '../support/duplex.mjs';
import { connect, connectPlain, listen, servePlain, serve, tidyServer } from '../support/ends.mjs';
import { ending, once } from '../support/events.mjs';
import { ca, fixture, identity } from '../support/fixtures.mjs';
import { subject, tls } from '../support/subject.mjs';

const exactly = (version) => ({ minVersion: version, maxVersion: version });
const DISCONNECTED =
  'Client network socket disconnected before secure TLS connection was established';

/** The errors of both ends: { client, server }. */
async function fail(options, { early, ...client }, over = 'tcp') {
  const listener = tls.createServer({ ...identity('server-ec'), ...options });
  listener.on('secureConnection', (socket) => tidy(socket).on('error', () => {}));
  const atServer = new Promise((resolve) => listener.once('tlsClientError', resolve));
  let target;
  if (over === 'tcp') {
    target = { port: await listen(listener) };
  } else {
    const [near, far] = duplexPair().map(tidy);
    tidyServer(listener).emit('connection', far);
    target = { socket: near };
  }
  const socket = connect({ ...target, ...client });
  if (early) socket.write(early);
  const [mine, theirs] = await Promise.all([ending(socket.resume()), atServer]);
  return { client: mine, server: theirs };
}

const modes = [
  ['over TCP', 'tcp', {}],
  ['over a Duplex', 'duplex', {}],
  ['in an I/O thread', 'tcp', { ioThreads: 'always' }],
];

(subject === 'builtin' ? describe.skip : describe)('errors of connections', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    for (const [title, over, mode] of modes) {
      describe(`${version} ${title}`, () => {
        const options = { ...exactly(version), ...mode };
        // What this end refuses in an I/O thread is told before the thread has sent the alert.
        const knowsOwn = !mode.ioThreads;

        it('a certificate that is not trusted: alert, phase, depth and chain', async () => {
          const { client, server } = await fail(
            options,
            { ca: fixture('other-root.crt'), ...mode },
            over,
          );
          assert.equal(client.code, 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY');
          assert.equal(client.phase, 'certificate');
          if (knowsOwn) {
            assert.deepEqual(client.alert, { name: 'unknown_ca', code: 48, direction: 'sent' });
          }
          assert.equal(client.depth, 1);
          assert.deepEqual(
            client.chain.map(({ subject: { CN } }) => CN),
            ['server-ec', 'intermediate'],
          );
          assert(!Object.keys(client).includes('chain'));
          assert.equal(server.code, 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA');
          assert.deepEqual(server.alert, { name: 'unknown_ca', code: 48, direction: 'received' });
          assert.equal(server.phase, 'certificate');
        });

        it('with a write that waits for the handshake: the same', async () => {
          const early = 'before the handshake';
          const { client } = await fail(
            options,
            { ca: fixture('other-root.crt'), early, ...mode },
            over,
          );
          assert.equal(client.phase, 'certificate');
          if (knowsOwn) assert.equal(client.alert.name, 'unknown_ca');
          const nothing = { sigalgs: 'RSA-PSS+SHA256' };
          const refused = await fail({ ...options, ...nothing }, { early, ...mode }, over);
          assert.equal(refused.client.code, 'EPROTO');
          assert.equal(refused.client.phase, 'hello');
          assert.equal(refused.client.alert.name, 'handshake_failure');
        });

        it('another name: the chain of the error', async () => {
          const { client, server } = await fail(options, { servername: 'a.test', ...mode }, over);
          assert.equal(client.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
          assert.equal(client.depth, 0);
          assert.equal(client.chain[0].subject.CN, 'server-ec');
          assert.equal(client.phase, 'certificate');
          assert.equal(server.alert.direction, 'received');
          if (knowsOwn) assert.deepEqual(client.alert, { ...server.alert, direction: 'sent' });
        });

        it('nothing in common: handshake_failure, in the hello', async () => {
          const version13 = version === 'TLSv1.3';
          const { client, server } = await fail(
            { ...options, ciphers: version13 ? 'TLS_AES_128_GCM_SHA256' : 'AES128-SHA' },
            { ciphers: version13 ? 'TLS_AES_256_GCM_SHA384' : 'AES256-SHA', ...mode },
            over,
          );
          assert.equal(server.code, 'ERR_SSL_NO_SHARED_CIPHER');
          assert.equal(server.phase, 'hello');
          assert.deepEqual(server.alert, {
            name: 'handshake_failure',
            code: 40,
            direction: 'sent',
          });
          assert.deepEqual(client.alert, { ...server.alert, direction: 'received' });
          assert.equal(client.phase, 'hello');
        });

        it('a client certificate that is not trusted', async () => {
          const unknown = {
            cert: fixture('client-unknown.crt'),
            key: fixture('client-unknown.key'),
          };
          const { client, server } = await fail(
            { ...options, ca, requestCert: true },
            { ...unknown, ...mode },
            over,
          );
          assert.equal(server.code, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
          assert.equal(server.depth, 0);
          assert.equal(server.chain[0].subject.CN, 'client-unknown');
          assert.equal(server.phase, 'certificate');
          assert.equal(client.alert.direction, 'received');
          if (knowsOwn) assert.deepEqual(server.alert, { ...client.alert, direction: 'sent' });
          // In TLS 1.3 a client is through before the server has seen its certificate.
          assert.equal(client.phase, version === 'TLSv1.3' ? 'established' : 'finished');
        });
      });
    }
  }

  it('what the application throws keeps what it has, and gets the rest', async () => {
    const cause = Object.assign(new Error('mine'), { alert: 'access_denied' });
    const { server, client } = await fail(
      {
        clientHelloCallback() {
          throw cause;
        },
      },
      {},
    );
    assert.equal(server, cause);
    assert.equal(cause.alert, 'access_denied');
    assert.equal(cause.phase, 'hello');
    assert.equal(client.alert.name, 'access_denied');
    const frozen = Object.freeze(new Error('frozen'));
    const again = await fail({ SNICallback: (_name, callback) => callback(frozen) }, {});
    assert.equal(again.server, frozen);
  });

  it('one error object of the application, for two connections', async () => {
    const cause = new Error('the same each time');
    const SNICallback = (_name, callback) => callback(cause);
    for (let i = 0; i < 2; i++) {
      const { server } = await fail({ SNICallback }, {});
      assert.equal(server.phase, 'hello');
      assert.deepEqual(server.alert, { name: 'internal_error', code: 80, direction: 'sent' });
    }
  });

  it('nobody listens: connecting, without an alert', async () => {
    const { server, port } = await servePlain(() => {});
    await new Promise((resolve) => server.close(resolve));
    const error = await ending(connect({ port }));
    assert.equal(error.code, 'ECONNREFUSED');
    assert.equal(error.phase, 'connecting');
    assert(!('alert' in error));
  });

  it('a server that leaves at once: how far it came stands behind the words of Node', async () => {
    const { port } = await servePlain((socket) => socket.once('data', () => socket.end()));
    const error = await ending(connect({ port }));
    assert.equal(error.code, 'ECONNRESET');
    assert.equal(error.message, `${DISCONNECTED}: the server has not answered the ClientHello`);
    assert.equal(error.phase, 'hello');
  });

  it('a server that leaves in the middle: what it has said last', async () => {
    const { server, port } = await serve(exactly('TLSv1.2'));
    server.on('tlsClientError', () => {});
    // The first answer of the server passes, and then the end.
    const between = await servePlain((near) => {
      const far = tidy(net.connect(port, '127.0.0.1'));
      near.pipe(far);
      far.once('data', (chunk) => near.end(chunk));
      near.on('error', () => {});
    });
    const error = await ending(connect({ port: between.port, ...exactly('TLSv1.2') }));
    assert.equal(error.code, 'ECONNRESET');
    assert(error.message.startsWith(DISCONNECTED));
    assert.match(error.message, /in the phase 'finished', after the server's ServerHelloDone$/);
    assert.equal(error.phase, 'finished');
  });

  it('a client that leaves: the phase of the server', async () => {
    const { server, port } = await serve();
    const failed = once(server, 'tlsClientError');
    const socket = connectPlain(port);
    socket.on('error', () => {}).once('connect', () => socket.end());
    const [error] = await failed;
    assert.equal(error.code, 'ECONNRESET');
    assert.equal(error.phase, 'hello');
  });

  it('a connection that breaks afterwards: established', async () => {
    const { server, port } = await serve();
    server.on('secureConnection', (socket) => socket.resetAndDestroy());
    const client = connect({ port });
    await once(client, 'secureConnect');
    const error = await ending(client.resume());
    assert.equal(error.code, 'ECONNRESET');
    assert.equal(error.phase, 'established');
  });

  it('the timeout of a handshake says in which phase', async () => {
    const { server } = await fail({ handshakeTimeout: 50, SNICallback: () => {} }, {});
    assert.equal(server.code, 'ERR_TLS_HANDSHAKE_TIMEOUT');
    assert.equal(server.phase, 'hello');
  });
});
