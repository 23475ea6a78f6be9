// What node:diagnostics_channel tells of handshakes, sessions and renegotiations, and what getStats() counts.
import assert from 'node:assert/strict';
import { channel, tracingChannel } from 'node:diagnostics_channel';
import { needs, start } from '../support/child.mjs';
import { onCleanup } from '../support/cleanup.mjs';
import { duplexPair } from '../support/duplex.mjs';
import { connect, connectPlain, serve } from '../support/ends.mjs';
import { closed, once } from '../support/events.mjs';
import { ca, fixture, identity } from '../support/fixtures.mjs';
import { subject, tls } from '../support/subject.mjs';

/** Collects what a tracing channel publishes, as [event, message]. */
function trace(name) {
  const seen = [];
  const listeners = Object.fromEntries(
    ['start', 'end', 'asyncStart', 'asyncEnd', 'error'].map((event) => [
      event,
      (message) => seen.push([event, message]),
    ]),
  );
  const traced = tracingChannel(name);
  traced.subscribe(listeners);
  onCleanup(() => traced.unsubscribe(listeners));
  return seen;
}

function collect(name) {
  const seen = [];
  const listener = (message) => seen.push(message);
  const from = channel(name);
  from.subscribe(listener);
  onCleanup(() => from.unsubscribe(listener));
  return seen;
}

const of = (seen, side) => seen.filter(([, message]) => message.side === side);
const events = (seen, side) => of(seen, side).map(([event]) => event);
const last = (seen, side) => of(seen, side).at(-1)[1];

/** Both ends are through with each other. */
async function over(server, client) {
  client.resume().end();
  await closed(client);
  await new Promise((resolve) => server.close(resolve));
}

describe('the channels of diagnostics_channel', () => {
  before(function () {
    if (subject !== 'ownssl') this.skip();
  });

  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    it(`tell of a handshake on both sides (${version})`, async () => {
      const seen = trace('ownssl:handshake');
      const { server, port } = await serve(
        { maxVersion: version, ALPNProtocols: ['a'] },
        (socket) => socket.end(),
      );
      const client = connect({ port, ALPNProtocols: ['a'] });
      await once(client, 'secureConnect');
      await over(server, client);
      for (const side of ['client', 'server']) {
        assert.deepEqual(events(seen, side), ['start', 'end', 'asyncStart', 'asyncEnd']);
        const message = last(seen, side);
        assert.equal(message.protocol, version);
        assert.equal(message.serverName, 'localhost');
        assert.equal(message.alpnProtocol, 'a');
        assert.equal(message.resumed, false);
        assert.equal(message.error, undefined);
        assert.equal(typeof message.group, 'string');
        assert.match(message.cipher, /AES|CHACHA/);
        assert.ok(message.worked > 0 && message.duration >= message.worked);
        assert.equal(message.authorized, side === 'client');
        // Each is one object from its beginning to its end.
        assert.equal(new Set(of(seen, side).map(([, each]) => each)).size, 1);
      }
      assert.equal(last(seen, 'client').socket, client);
    });
  }

  it('tell of a resumed one', async () => {
    const { server, port } = await serve({}, (socket) => socket.end('x'));
    const first = connect({ port });
    const [session] = await once(first, 'session');
    first.resume();
    await closed(first);
    const seen = trace('ownssl:handshake');
    const before = tls.getStats().handshakes.client.resumed;
    const client = connect({ port, session });
    await once(client, 'secureConnect');
    await over(server, client);
    assert.equal(last(seen, 'client').resumed, true);
    assert.equal(last(seen, 'server').resumed, true);
    assert.equal(tls.getStats().handshakes.client.resumed, before + 1);
  });

  it('tell what failed, by code, on both sides', async () => {
    const seen = trace('ownssl:handshake');
    const before = tls.getStats().handshakes;
    const { server, port } = await serve();
    const refused = once(server, 'tlsClientError');
    const client = connect({ port, ca: fixture('other-root.crt') });
    const errors = [];
    await closed(client, errors);
    await refused;
    await new Promise((resolve) => server.close(resolve));
    for (const side of ['client', 'server']) {
      assert.deepEqual(events(seen, side), ['start', 'end', 'error', 'asyncStart', 'asyncEnd']);
      const { error } = last(seen, side);
      const now = tls.getStats().handshakes[side];
      assert.equal(now.failed, before[side].failed + 1);
      assert.equal(now.errors[error.code], (before[side].errors[error.code] ?? 0) + 1);
    }
    assert.equal(last(seen, 'client').error, errors[0]);
    assert.equal(last(seen, 'client').authorizationError, errors[0].code);
  });

  it('tell of a client that leaves without a word', async () => {
    const seen = trace('ownssl:handshake');
    const { server, port } = await serve();
    const left = once(server, 'tlsClientError');
    const client = connectPlain(port);
    await once(client, 'connect');
    client.end();
    await Promise.all([left, closed(client)]);
    await new Promise((resolve) => server.close(resolve));
    assert.equal(events(seen, 'server').at(-1), 'asyncEnd');
    assert.equal(last(seen, 'server').protocol, null);
    assert.equal(tls.getStats().handshakes.server.underWay, 0);
  });

  it('tell how long the application was waited for, and getStats() that it is', async () => {
    const seen = trace('ownssl:handshake');
    let go;
    const asked = new Promise((resolve) => {
      go = resolve;
    });
    let answer;
    const { server, port } = await serve({
      ...identity('server-ec'),
      SNICallback: () => {
        go();
        return new Promise((resolve) => {
          answer = resolve;
        });
      },
    });
    server.on('secureConnection', (socket) => socket.end());
    const client = connect({ port });
    await asked;
    const { waiting, underWay } = tls.getStats().handshakes.server;
    assert.deepEqual([waiting, underWay], [1, 1]);
    answer(tls.createSecureContext(identity('server-ec')));
    await once(client, 'secureConnect');
    await over(server, client);
    const message = last(seen, 'server');
    assert.ok(message.waited > 0 && message.waited <= message.duration);
    assert.equal(tls.getStats().handshakes.server.waiting, 0);
  });

  it('tell of handshakes over a Duplex, and of bare sockets', async () => {
    const seen = trace('ownssl:handshake');
    const [left, right] = duplexPair();
    const server = new tls.TLSSocket(left, { isServer: true, ...identity('server-ec') });
    const client = connect({ socket: right, host: 'localhost', ca });
    await once(client, 'secureConnect');
    server.resume().end();
    client.resume().end();
    await Promise.all([closed(client), closed(server)]);
    for (const side of ['client', 'server']) assert.equal(events(seen, side).length, 4);
  });

  it('are told to nobody who has left, and a listener who comes late hears of no half', async () => {
    const seen = [];
    const { server, port } = await serve({}, (socket) => socket.end());
    const client = connect({ port });
    const traced = tracingChannel('ownssl:handshake');
    const listeners = { asyncEnd: (message) => seen.push(message) };
    await once(client, 'connect');
    await new Promise(setImmediate);
    traced.subscribe(listeners);
    onCleanup(() => traced.unsubscribe(listeners));
    await once(client, 'secureConnect');
    await over(server, client);
    assert.equal(
      seen.some(({ socket }) => socket === client),
      false,
    );
  });

  it('tell of sessions: stored, looked up, and received', async () => {
    const seen = trace('ownssl:session');
    const store = new Map();
    const { server, port } = await serve(
      { maxVersion: 'TLSv1.2', secureOptions: 1 << 14 },
      (socket) => socket.end('x'),
    );
    server.on('newSession', (id, data, callback) => {
      store.set(id.toString('hex'), data);
      setImmediate(callback);
    });
    server.on('resumeSession', (id, callback) =>
      setImmediate(callback, null, store.get(id.toString('hex')) ?? null),
    );
    const first = connect({ port });
    const [session] = await once(first, 'session');
    first.resume();
    await closed(first);
    const client = connect({ port, session });
    await once(client, 'secureConnect');
    assert.equal(client.isSessionReused(), true);
    await over(server, client);
    const told = seen.map(([event, { side, operation }]) => `${side} ${operation} ${event}`);
    for (const event of ['start', 'end', 'asyncStart', 'asyncEnd'])
      for (const operation of ['newSession', 'resumeSession'])
        assert.ok(told.includes(`server ${operation} ${event}`), `${operation} ${event}`);
    assert.ok(told.includes('client session start'));
    const lookUp = seen.findLast(([, { operation }]) => operation === 'resumeSession')[1];
    assert.equal(lookUp.found, true);
  });

  it('tell of renegotiations, and of those that are refused', async () => {
    const seen = collect('ownssl:renegotiation');
    const { server, port } = await serve({ maxVersion: 'TLSv1.2' }, (socket) => {
      socket.on('error', () => {});
      socket.resume();
    });
    const client = connect({ port });
    await once(client, 'secureConnect');
    await new Promise((resolve) => client.renegotiate({}, resolve));
    assert.deepEqual(
      seen.map(({ side, own, refusal }) => [side, own, refusal]).sort(),
      [
        ['client', true, null],
        ['server', false, null],
      ].sort(),
    );
    await over(server, client);
  });

  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    it(`tell of alerts, on both sides (${version})`, async () => {
      const seen = collect('ownssl:alert');
      const { server, port } = await serve({ maxVersion: version });
      const refused = once(server, 'tlsClientError');
      const client = connect({ port, ca: fixture('other-root.crt') });
      await closed(client);
      await refused;
      const told = seen.map(({ side, direction, name, code, fatal }) =>
        [side, direction, name, code, fatal].join(' '),
      );
      assert.ok(told.includes('client sent unknown_ca 48 true'), told.join(', '));
      assert.ok(told.includes('server received unknown_ca 48 true'), told.join(', '));
      assert.equal(seen.find(({ side }) => side === 'client').socket, client);
      server.close();
    });

    it(`tell of goodbyes (${version})`, async () => {
      const seen = collect('ownssl:alert');
      const { server, port } = await serve({ maxVersion: version }, (socket) =>
        socket.resume().end(),
      );
      const client = connect({ port });
      await once(client, 'secureConnect');
      await over(server, client);
      const received = seen.filter(({ direction }) => direction === 'received');
      for (const { name, fatal } of received)
        assert.deepEqual([name, fatal], ['close_notify', false]);
      assert.ok(received.some(({ side }) => side === 'client'));
    });
  }

  it('tell of updates of keys', async function () {
    const openssl = needs(this, 'openssl');
    const seen = collect('ownssl:keyUpdate');
    const { server, port } = await serve({ minVersion: 'TLSv1.3' });
    const connected = once(server, 'secureConnection');
    const peer = start(openssl, ['s_client', '-connect', `127.0.0.1:${port}`]);
    const [socket] = await connected;
    socket.resume();
    const told = new Promise((resolve) => {
      const listener = (message) => message.direction === 'received' && resolve(message);
      channel('ownssl:keyUpdate').subscribe(listener);
      onCleanup(() => channel('ownssl:keyUpdate').unsubscribe(listener));
    });
    // A line with K asks for new keys in both directions.
    peer.process.stdin.write('K\n');
    const { side, requested } = await told;
    assert.deepEqual([side, requested], ['server', true]);
    assert.ok(seen.length >= 1);
    peer.process.kill();
  });

  it('tell of connections that are turned away', async () => {
    const seen = collect('ownssl:drop');
    const { server, port } = await serve({ maxPendingHandshakes: 1 });
    server.on('tlsClientError', () => {});
    const first = connectPlain(port);
    await once(server, 'connection');
    const second = connectPlain(port);
    await closed(second);
    assert.equal(seen.length, 1);
    assert.equal(seen[0].server, server);
    assert.equal(seen[0].remoteAddress, '127.0.0.1');
    first.destroy();
  });

  it('may have listeners that throw, and the connection goes on', async () => {
    const caught = [];
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => caught.push(error.message));
    onCleanup(() => {
      process.removeAllListeners('uncaughtException');
      for (const listener of listeners) process.on('uncaughtException', listener);
    });
    const traced = tracingChannel('ownssl:handshake');
    const bad = {
      start: () => {
        throw new Error('bad listener');
      },
    };
    traced.subscribe(bad);
    onCleanup(() => traced.unsubscribe(bad));
    const { server, port } = await serve({}, (socket) => socket.end());
    const client = connect({ port });
    await once(client, 'secureConnect');
    await over(server, client);
    assert.deepEqual(new Set(caught), new Set(['bad listener']));
  });
});

describe('getStats()', () => {
  before(function () {
    if (subject !== 'ownssl') this.skip();
  });

  it('counts bytes, contexts, threads and native objects', async () => {
    const before = tls.getStats();
    const { server, port } = await serve({}, (socket) => socket.end(Buffer.alloc(1000)));
    const client = connect({ port });
    await once(client, 'secureConnect');
    assert.ok(tls.getStats().native.sessions >= 2);
    await over(server, client);
    const now = tls.getStats();
    assert.ok(now.bytes.encrypted >= before.bytes.encrypted + 1000);
    assert.ok(now.bytes.decrypted >= before.bytes.decrypted + 1000);
    assert.ok(now.contexts.made > before.contexts.made);
    assert.equal(now.handshakes.client.started, before.handshakes.client.started + 1);
    assert.equal(now.handshakes.client.completed, before.handshakes.client.completed + 1);
    assert.ok(now.threads.steps >= before.threads.steps);
    for (const value of Object.values(now.threads)) assert.equal(typeof value, 'number');
  });

  it('shares contexts of equal options, and says so', async () => {
    const { server, port } = await serve({}, (socket) => socket.end());
    const { shared } = tls.getStats().contexts;
    for (let i = 0; i < 2; i += 1) {
      const client = connect({ port });
      await once(client, 'secureConnect');
      client.resume().end();
      await closed(client);
    }
    assert.ok(tls.getStats().contexts.shared > shared);
    assert.ok(tls.getStats().contexts.kept > 0);
    server.close();
  });

  it('is a snapshot that nobody else can change', () => {
    const one = tls.getStats();
    one.handshakes.client.errors.ERR_OF_THIS_SNAPSHOT = 7;
    assert.equal(tls.getStats().handshakes.client.errors.ERR_OF_THIS_SNAPSHOT, undefined);
  });
});
