import assert from 'node:assert/strict';
import net from 'node:net';
import { tidy } from '../support/cleanup.mjs';
import { duplexPair, oneByteAtATime } from '../support/duplex.mjs';
import { connect, connectPlain, listen, serve } from '../support/ends.mjs';
import { closed, deferred, ending, once, readAll, record } from '../support/events.mjs';
import { ca, fixture, identity } from '../support/fixtures.mjs';
import { faultyProxy } from '../support/proxy.mjs';
import { subject, tls } from '../support/subject.mjs';

const EARLY = 'GET /early';

describe('early data', function () {
  before(function () {
    if (subject === 'builtin') this.skip(); // The built-in module has none.
  });

  /** A server that takes early data: { server, port, early, plain, sockets }, with what it got. */
  async function taking(options = {}, onEarly = () => {}) {
    const got = { early: [], plain: [], sockets: [] };
    const { server, port } = await serve({ maxEarlyData: 16_384, ...options }, (socket) => {
      got.sockets.push(socket);
      socket
        .on('error', () => {})
        .on('data', (data) => {
          got.plain.push(String(data));
          if (String(data).endsWith('\n')) socket.end('ordinary answer');
        });
    });
    server.on('earlyData', (data, socket) => {
      got.early.push(String(data));
      onEarly(data, socket);
    });
    return { server, port, ...got };
  }

  /** A connection with early data that runs to its end: what the client knows of it, and the answer. */
  async function visit(options) {
    const client = connect(options);
    assert.equal(client.earlyDataAccepted, null);
    const answer = readAll(client);
    await once(client, 'secureConnect');
    const { authorized, earlyDataAccepted: accepted } = client;
    const reused = client.isSessionReused();
    client.write('ordinary\n');
    return { reused, accepted, authorized, answer: String(await answer) };
  }

  /** The same with a cache, which has a session of the server then. */
  async function known(port, options = {}) {
    const base = { port, sessionCache: new tls.SessionCache(), ...options };
    const { reused, accepted } = await visit(base);
    assert.deepEqual([reused, accepted], [false, false]);
    return { earlyData: EARLY, ...base };
  }

  /** The first session that a server gives. */
  async function sessionOf(options) {
    const client = connect(options);
    const given = once(client, 'session');
    await once(client.resume(), 'secureConnect');
    const [session] = await given;
    client.destroy();
    return session;
  }

  it('reaches the server before the handshake is over, by an event of its own, and never as data', async () => {
    const { server, port, early, plain, sockets } = await taking();
    const options = await known(port);
    const order = record(server, ['earlyData', 'secureConnection']);
    const result = await visit(options);
    assert.deepEqual(result, {
      ...{ reused: true, accepted: true, authorized: true },
      answer: 'ordinary answer',
    });
    assert.deepEqual(order, ['earlyData', 'secureConnection']);
    assert.deepEqual(early, [EARLY]);
    assert.deepEqual(plain, ['ordinary\n', 'ordinary\n']);
    assert.deepEqual(
      sockets.map((each) => each.earlyDataAccepted),
      [false, true],
    );
  });

  it('is answered before the client has said anything else', async () => {
    const seen = deferred();
    const { port, sockets } = await taking({}, (data, socket) => {
      assert.equal(socket.secureConnecting, true);
      socket.write(`early answer to ${data}`, () => seen.resolve());
    });
    // What follows the first flight is held back: the handshake can't end at the server.
    let first = true;
    const proxy = net.createServer((near) => {
      const far = tidy(net.connect(port, '127.0.0.1'));
      near
        .on('error', () => {})
        .on('data', (chunk) => {
          if (first) far.write(chunk);
          first = false;
        });
      far.on('data', (chunk) => near.write(chunk)).on('error', () => {});
    });
    const socket = tidy(net.connect(await listen(proxy), '127.0.0.1'));
    await once(socket, 'connect');
    const session = await sessionOf({ port });
    const secured = sockets.length;
    const client = connect({ socket, session, earlyData: EARLY });
    const [answer] = await once(client, 'data');
    assert.equal(String(answer), `early answer to ${EARLY}`);
    await seen.promise;
    assert.equal(sockets.length, secured, 'the server has not had the end of the handshake');
  });

  it('is answered and ended by the listener', async () => {
    const { port } = await taking({}, (data, socket) => socket.end('all there is'));
    const options = await known(port);
    const client = connect(options);
    assert.equal(String(await readAll(client)), 'all there is');
    assert.equal(client.earlyDataAccepted, true);
  });

  it('that was recorded is not taken again', async () => {
    const { server, port, early } = await taking();
    const options = await known(port);
    const flights = [];
    const proxy = net.createServer((near) => {
      const far = tidy(net.connect(port, '127.0.0.1'));
      near
        .on('error', () => {})
        .on('data', (chunk) => {
          flights.push(chunk);
          far.write(chunk);
        });
      far.on('data', (chunk) => near.write(chunk)).on('error', () => {});
      far.on('end', () => near.end());
    });
    const client = connect({ port, sessionCache: options.sessionCache });
    const given = once(client, 'session');
    client.resume();
    await once(client, 'secureConnect');
    client.write('ordinary\n');
    const [session] = await given;
    const through = await listen(proxy);
    const { accepted } = await visit({ port: through, session, earlyData: EARLY });
    assert.equal(accepted, true);
    assert.deepEqual(early, [EARLY]);
    // The same bytes once more, as many connections.
    for (let i = 0; i < 5; ++i) {
      const replay = connectPlain(port);
      replay.write(flights[0]);
      await once(replay, 'data'); // A full handshake begins, which the recorder can't end.
      replay.destroy();
    }
    assert.deepEqual(early, [EARLY]);
    assert.equal(server.listening, true);
  });

  it('of connections at the same time with the same session, one is taken', async () => {
    const { port, early } = await taking();
    const session = await sessionOf({ port });
    const results = await Promise.all(
      [1, 2, 3].map(() => visit({ port, session, earlyData: EARLY })),
    );
    assert.equal(results.filter(({ accepted }) => accepted).length, 1);
    assert.equal(results.filter(({ reused }) => reused).length, 1);
    assert.deepEqual(early, [EARLY]);
  });

  describe('that the server refuses', () => {
    const sessionIdContext = 'same';
    const ticketKeys = Buffer.alloc(48, 1);
    const without = {
      'has no maxEarlyData': async () => {
        const { port, plain } = await taking({ maxEarlyData: 0, sessionIdContext, ticketKeys });
        return { port, plain };
      },
      'has nobody who listens': async () => {
        const { port, plain, server } = await taking({ sessionIdContext });
        server.removeAllListeners('earlyData');
        return { port, plain };
      },
      'wants another group': async () => {
        const { port, plain, early } = await taking({ sessionIdContext, ecdhCurve: 'P-384' });
        return { port, plain, early };
      },
      'does not know the session (another process, or a new context)': async () => {
        const { port, plain, early } = await taking({ sessionIdContext });
        return { port, plain, early };
      },
    };
    for (const [why, start] of Object.entries(without)) {
      it(`as it ${why}: is lost, or sent again in front of all else`, async () => {
        const first = await taking({ sessionIdContext });
        for (const resendEarlyData of [false, true]) {
          const session = await sessionOf({ port: first.port });
          const { port, plain, early = [] } = await start();
          const socket = connect({ port, session, earlyData: EARLY, resendEarlyData });
          socket.write('; ordinary\n');
          const answer = readAll(socket);
          await once(socket, 'secureConnect');
          assert.equal(socket.earlyDataAccepted, false);
          await answer;
          assert.equal(plain.join(''), `${resendEarlyData ? EARLY : ''}; ordinary\n`);
          assert.deepEqual(early, []);
        }
      });
    }
  });

  describe('is not sent', () => {
    const cases = {
      'without a session': () => ({}),
      'beyond what the session allows': () => ({ earlyData: 'x'.repeat(16_385) }),
      'with TLS 1.2': () => ({ maxVersion: 'TLSv1.2' }),
      'for another name': () => ({ servername: 'a.example.test' }),
      'for another protocol': () => ({ ALPNProtocols: ['b'] }),
      'under other trust': () => ({ ca: [ca, fixture('other-root.crt')] }),
      'if it is empty': () => ({ earlyData: '' }),
    };
    for (const [when, change] of Object.entries(cases)) {
      it(when, async () => {
        const { port, early, plain } = await taking({ ALPNProtocols: ['a', 'b'] });
        const base = { port, ALPNProtocols: ['a'] };
        const session = await sessionOf(base);
        const options = { ...base, earlyData: EARLY, resendEarlyData: true, ...change() };
        if (when !== 'without a session') options.session = session;
        const { accepted, answer } = await visit(options);
        assert.equal(accepted, false);
        assert.equal(answer, 'ordinary answer');
        assert.deepEqual(early, []);
        assert.equal(plain.join(''), `${options.earlyData}ordinary\n`);
      });
    }

    for (const [what, size] of [
      ['beyond 65,536 bytes', 65_537],
      ['but 65,536 bytes are', 65_536],
    ]) {
      it(what, async () => {
        const { port, early, plain } = await taking({ maxEarlyData: 1_000_000 });
        const earlyData = 'x'.repeat(size);
        const session = await sessionOf({ port });
        const { accepted } = await visit({ port, session, earlyData, resendEarlyData: true });
        assert.equal(accepted, size === 65_536);
        assert.equal(early.join(''), accepted ? earlyData : '');
        assert.equal(plain.join(''), `${accepted ? '' : earlyData}ordinary\n`);
      });
    }

    it('under a session that was not verified', async () => {
      const { port, early } = await taking();
      const lax = connect({
        port,
        rejectUnauthorized: false,
        checkServerIdentity: () => undefined,
        ca: [],
      });
      const given = once(lax, 'session');
      await once(lax.resume(), 'secureConnect');
      const [session] = await given;
      lax.destroy();
      assert.equal((await visit({ port, session, earlyData: EARLY })).accepted, false);
      assert.deepEqual(early, []);
    });
  });

  it('with a ClientHello in pieces, up to the maximum, over a Duplex', async () => {
    const { server, port, early } = await taking({ maxEarlyData: 40_000 });
    const options = await known(port);
    const session = await sessionOf({ port });
    const [near, far] = duplexPair().map(tidy);
    server.emit('connection', tidy(oneByteAtATime(far)));
    const earlyData = Buffer.alloc(40_000, 'early ');
    const { accepted } = await visit({ ...options, socket: near, session, earlyData });
    assert.equal(accepted, true);
    assert.equal(early.join(''), String(earlyData));
  });

  it('the connection that breaks in the middle of it is an error, and the server goes on', async () => {
    const { server, port, early } = await taking();
    server.on('tlsClientError', () => {});
    const options = await known(port);
    for (const after of [5, 400, 700, 2000]) {
      const session = await sessionOf({ port });
      const end = ({ near, far }) => {
        near.destroy();
        far.destroy();
      };
      const proxy = await faultyProxy(port, { toServer: { after, act: end } });
      const earlyData = Buffer.alloc(8000, 'x');
      assert((await ending(connect({ port: proxy.port, session, earlyData }))).code);
    }
    assert.equal((await visit(options)).accepted, true);
    assert.equal(early.at(-1), EARLY);
  });

  it('the listener may destroy the socket', async () => {
    const { server, port } = await taking({}, (data, socket) => socket.destroy());
    server.on('tlsClientError', () => {});
    const client = connect(await known(port));
    await closed(client.resume());
    assert.equal(server.listening, true);
  });

  it('questions that are answered later do not get in its way', async () => {
    const { port, early } = await taking({
      ALPNCallback: async ({ protocols }) => {
        await new Promise(setImmediate);
        return protocols[0];
      },
      SNICallback: async () => {
        await new Promise(setImmediate);
        return tls.createSecureContext({ ...identity('server-ec'), ca });
      },
      requestCert: true,
      ca,
    });
    const options = await known(port, { ALPNProtocols: ['a'], ...identity('client') });
    assert.equal((await visit(options)).accepted, true);
    assert.deepEqual(early, [EARLY]);
  });

  it('a session of another name opens nothing (SNI)', async () => {
    const { server, port, early } = await taking();
    server.addContext('b.example.test', tls.createSecureContext(identity('server-rsa')));
    const lax = { port, rejectUnauthorized: false };
    const session = await sessionOf({ ...lax, servername: 'a.example.test' });
    const bare = session.subarray(23 + session.readUInt16BE(21));
    const other = await visit({
      ...lax,
      servername: 'b.example.test',
      session: bare,
      earlyData: EARLY,
    });
    assert.deepEqual([other.reused, other.accepted], [false, false]);
    assert.deepEqual(early, []);
  });

  it('nobody who hears it: a bare TLSSocket fails with an error', async () => {
    const context = tls.createSecureContext({ ...identity('server-ec'), sessionIdContext: 'bare' });
    const failed = deferred();
    const server = net.createServer((raw) => {
      const socket = new tls.TLSSocket(raw, {
        isServer: true,
        secureContext: context,
        maxEarlyData: 1000,
      });
      socket.resume().on('_tlsError', (error) => {
        if (error.code !== 'ECONNRESET') failed.resolve(error); // The client leaves like that.
      });
      socket.on('error', () => {});
    });
    const port = await listen(server);
    const session = await sessionOf({ port });
    connect({ port, session, earlyData: EARLY }).on('error', () => {});
    assert.equal((await failed.promise).code, 'ERR_OWNSSL_EARLY_DATA_UNHEARD');
  });

  it('bad options are errors', () => {
    const T = { code: 'ERR_INVALID_ARG_TYPE' };
    for (const bad of [{ earlyData: 1 }, { earlyData: {} }, { resendEarlyData: 'yes' }])
      assert.throws(() => connect({ port: 1, ...bad }), T);
    assert.throws(() => tls.createServer({ maxEarlyData: '1' }), T);
    for (const maxEarlyData of [-1, 1.5, 2 ** 32])
      assert.throws(() => tls.createServer({ maxEarlyData }), { code: 'ERR_OUT_OF_RANGE' });
  });
});
