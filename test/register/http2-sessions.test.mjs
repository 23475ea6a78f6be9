// http2 over our sockets: the beginning and the end of a session. See lib/register/http2-compat.ts and lib/stream/http2-wrapper.ts.
import assert from 'node:assert/strict';
import { http2Program as program } from './http2-support.mjs';

/** Both ends' events of a session on which `act(session)` is called `at` a moment. */
const session = (version, at, act) => `
  const seen = [];
  const controller = new AbortController();
  const server = http2.createSecureServer({ ...identity('server-ec'), maxVersion: '${version}' });
  for (const event of ['tlsClientError', 'sessionError']) server.on(event, (error) => seen.push(event + ' ' + error.code));
  server.on('session', (session) => {
    seen.push('session');
    session.on('goaway', (code) => seen.push('goaway ' + code));
    session.on('close', () => seen.push('session closed'));
  });
  listen(server, async (port) => {
    const client = http2.connect('https://localhost:' + port, { ca, lookup, signal: controller.signal });
    client.on('connect', () => seen.push('connect'));
    client.on('error', (error) => seen.push('error ' + error.code));
    const act = (client) => { ${act} };
    ${at};
    await new Promise((resolve) => client.on('close', resolve));
    // The server has to have heard of it.
    while (!seen.some((each) => each === 'session closed' || each.startsWith('tlsClientError'))) await new Promise(setImmediate);
    show(seen.sort());
    server.close();
  });
`;

const BEFORE = {
  'at once': 'act(client)',
  'in the next turn': 'setImmediate(act, client)',
  'when TCP is connected': "client.socket.once('connect', () => act(client))",
};

/** Both ends' events of a session of which the client leaves `when` its socket tells of that. */
async function left(version, when, act) {
  const [seen] = await program(
    session(version, `client.socket.once('${when}', () => act(client))`, act),
  );
  // The kernel resets a connection that is aborted with something unread, which an I/O thread may have left.
  return seen.filter((each) => each !== 'sessionError ECONNRESET');
}

/** What the server hears of a client that has left in the handshake. */
const LEFT = ['tlsClientError ECONNRESET'];

describe('register: sessions of http2', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    for (const [when, at] of Object.entries(BEFORE)) {
      for (const how of ['close', 'destroy']) {
        it(`${how}() before 'connect', ${when}, ${version}: no 'connect', and the server hears that a client has left`, async () => {
          const [seen] = await program(session(version, at, `client.${how}();`));
          // In an I/O thread the handshake may be over by the time that JavaScript has heard of its beginning.
          const late = ['session', 'session closed'];
          const allowed = process.env.OWNSSL_IO === 'always' && seen.length > 1 ? late : LEFT;
          assert.deepEqual(seen, allowed);
        });
      }
    }

    // docs/moving-from-node-tls.md tells of these. In TLS 1.2 the first line of the log is written with the client's Finished, in
    // TLS 1.3 when it has the ServerHello.
    for (const [how, act, error] of [
      ['close()', 'client.close()', []],
      ['destroy()', 'client.destroy()', []],
      ['its signal', 'controller.abort()', ['error ABORT_ERR']],
    ]) {
      it(`a client that leaves in 'keylog', by ${how}, ${version}: the server sees ${version === 'TLSv1.2' ? 'a session that ends' : 'no session'}`, async () => {
        const seen = await left(version, 'keylog', act);
        const ends = [...error, 'session', 'session closed'];
        const inThread = process.env.OWNSSL_IO === 'always' && seen.includes('session');
        assert.deepEqual(seen, version === 'TLSv1.2' || inThread ? ends : [...error, ...LEFT]);
      });

      it(`a client that leaves in 'secure', by ${how}, ${version}: the server sees a session that ends`, async () => {
        const seen = await left(version, 'secure', act);
        const told = error.length > 0 ? error : ['goaway 0'];
        assert.deepEqual(seen, ['connect', ...told, 'session', 'session closed']);
      });
    }

    it(`close() of a session with a request before 'connect' lets it connect, ${version}`, async () => {
      const [seen] = await program(`
        const server = http2.createSecureServer({ ...identity('server-ec'), maxVersion: '${version}' });
        listen(server, (port) => {
          const seen = [];
          const client = http2.connect('https://localhost:' + port, { ca, lookup });
          client.on('connect', () => seen.push('connect', client.closed, client.destroyed));
          client.request().on('error', ({ code }) => seen.push(code));
          client.close();
          client.on('close', () => {
            show(seen);
            server.close();
          });
        });
      `);
      assert.deepEqual(seen, ['connect', true, false, 'ERR_HTTP2_GOAWAY_SESSION']);
    });

    it(`destroy() in 'connect' is told by its GOAWAY, and is no error of the server's session, ${version}`, async () => {
      const [seen] = await program(
        session(version, "client.once('connect', () => act(client))", 'client.destroy();'),
      );
      assert.deepEqual(seen, ['connect', 'goaway 0', 'session', 'session closed']);
    });

    it(`a session that is closed in the 'end' of its last stream closes, ${version}`, async () => {
      const [seen] = await program(`
        const server = http2.createSecureServer({ ...identity('server-ec'), maxVersion: '${version}' }, (request, response) => response.end());
        listen(server, (port) => {
          const socket = tls.connect({ port, host: '127.0.0.1', servername: 'localhost', ca, ALPNProtocols: ['h2'] });
          // What the server has said before there is a session is in the stream.
          socket.once('readable', () => {
            const client = http2.connect('https://localhost:' + port, { createConnection: () => socket });
            client.once('remoteSettings', () => {
              const request = client.request().resume();
              request.on('end', () => {
                client.close();
                request.close();
                server.close();
              });
            });
            client.on('close', () => show([socket.destroyed]));
          });
        });
      `);
      assert.deepEqual(seen, [true]);
    });

    it(`a server that destroys a session with a code says so, though it has just written, ${version}`, async () => {
      const [seen] = await program(`
        const server = http2.createSecureServer({ ...identity('server-ec'), maxVersion: '${version}' });
        server.on('sessionError', () => {});
        server.on('stream', (stream) => {
          stream.on('error', () => {});
          const { session } = stream;
          stream.respond();
          stream.end('body');
          setImmediate(() => session.destroy(2));
        });
        listen(server, (port) => {
          const seen = [];
          const client = http2.connect('https://localhost:' + port, { ca, lookup });
          client.on('goaway', (code) => seen.push('goaway ' + code));
          client.on('error', (error) => seen.push(error.code));
          const request = client.request();
          for (const event of ['response', 'data', 'end']) request.on(event, () => seen.push(event));
          client.on('close', () => {
            show(seen.sort());
            server.close();
          });
        });
      `);
      assert.deepEqual(seen, ['ERR_HTTP2_SESSION_ERROR', 'data', 'end', 'goaway 2', 'response']);
    });
  }

  it("session.socket is the TLSSocket that it hides: a client's tells of each step, and is connecting", async () => {
    const [early, events, late] = await program(`
      const server = http2.createSecureServer(identity('server-ec'));
      listen(server, (port) => {
        const client = http2.connect('https://localhost:' + port, { ca, lookup: (...values) => setImmediate(lookup, ...values) });
        const { socket } = client;
        const about = () => [
          socket.constructor.name, socket instanceof tls.TLSSocket,
          socket.connecting, socket.pending, socket.readyState, socket.secureConnecting,
          typeof socket.renegotiate, typeof socket.setServername, typeof socket.ssl, socket._tlsOptions !== undefined,
        ];
        show(about());
        const seen = [];
        for (const event of ['lookup', 'connect', 'ready', 'secureConnect', 'secure']) socket.once(event, () => seen.push(event));
        client.on('connect', () => {
          show(seen);
          show(about());
          client.destroy();
          server.close();
        });
      });
    `);
    const common = ['function', 'function', 'object', true];
    assert.deepEqual(early, ['bound TLSSocket', true, true, true, 'opening', true, ...common]);
    assert.deepEqual(events, ['lookup', 'connect', 'ready', 'secureConnect', 'secure']);
    assert.deepEqual(late, ['bound TLSSocket', true, false, false, 'open', false, ...common]);
  });

  it("session.socket has the methods of a class derived from TLSSocket, and a server's its server", async () => {
    const [client, server] = await program(`
      class Mine extends tls.TLSSocket {
        #secret = 'secret';
        reveal() { return this.#secret; }
      }
      const server = http2.createSecureServer(identity('server-ec'));
      server.on('session', (session) => show([session.socket.constructor.name, session.socket.server === server]));
      listen(server, (port) => {
        const raw = net.connect(port, '127.0.0.1');
        const mine = new Mine(raw, { ALPNProtocols: ['h2'] });
        const client = http2.connect('https://localhost:' + port, { createConnection: () => mine });
        client.on('remoteSettings', () => {
          show([client.socket.constructor.name, client.socket instanceof Mine, client.socket.reveal()]);
          client.destroy();
          server.close();
        });
        client.socket.once('secure', () => mine.emit('secureConnect'));
        mine._start();
      });
    `).then((shown) => shown.reverse());
    assert.deepEqual(client, ['bound Mine', true, 'secret']);
    assert.deepEqual(server, ['bound TLSSocket', true]);
  });
});
