import assert from 'node:assert/strict';
import { connect, serve } from '../support/ends.mjs';
import { ending, once, readAll, record } from '../support/events.mjs';
import { fixture } from '../support/fixtures.mjs';

const tls12 = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' };
const noTickets = { ...tls12, secureOptions: 1 << 14 };

/** Connects, and gives the session that a client would keep, of the first `tickets`. */
async function visit(port, session = undefined, options = {}, tickets = 1) {
  const client = connect({ port, session, ...options });
  const given = new Promise((resolve) => {
    const sessions = [];
    client.on('session', (each) => {
      if (sessions.push(each) === tickets) resolve(sessions);
    });
  });
  await once(client, 'secureConnect');
  const reused = client.isSessionReused();
  const kept = reused ? session : (await given)[0];
  client.destroy();
  return { reused, session: kept };
}

describe('sessions of the server', () => {
  describe('newSession and resumeSession', () => {
    for (const version of ['TLSv1.2', 'TLSv1.3']) {
      // Of both ends: a client that speaks TLS 1.3, too, sends an ID where it has no session.
      const protocol = { minVersion: version, maxVersion: version };
      const options = { ...noTickets, ...protocol };

      /** A server with a store of its own, which looks things up in a later turn. */
      async function storing(lookUp = (store, id) => store.get(id.toString('hex')) ?? null) {
        const store = new Map();
        const lookUps = [];
        const { server, port } = await serve({ ...options });
        server.on('tlsClientError', () => {});
        let heard = () => {};
        server.on('newSession', (id, data, callback) => {
          store.set(id.toString('hex'), data);
          setImmediate(callback);
          heard();
        });
        /** A client may have its session before a server in a thread hears of it. */
        const stored = async (count) => {
          while (store.size < count) await new Promise((resolve) => (heard = resolve));
        };
        server.on('resumeSession', (id, callback) => {
          lookUps.push(id.toString('hex'));
          setImmediate(() => callback(null, lookUp(store, id)));
        });
        return { server, port, store, stored, lookUps };
      }

      it(`a stored session is resumed, ${version}`, async () => {
        const { port, store, stored, lookUps } = await storing();
        const tickets = version === 'TLSv1.2' ? 1 : 2;
        const { session, reused } = await visit(port, undefined, protocol, tickets);
        assert.equal(reused, false);
        // One for each ticket.
        await stored(tickets);
        assert.equal(store.size, tickets);
        assert.deepEqual(lookUps, []);
        assert.equal((await visit(port, session, protocol)).reused, true);
        assert.equal(lookUps.length, 1);
        assert(store.has(lookUps[0]));
      });

      it(`an unknown session: a full handshake, ${version}`, async () => {
        const { port } = await storing(() => null);
        const { session } = await visit(port, undefined, protocol);
        assert.equal((await visit(port, session, protocol)).reused, false);
      });

      it(`garbage from the store: a full handshake, ${version}`, async () => {
        const { port } = await storing(() => Buffer.from('garbage'));
        const { session } = await visit(port, undefined, protocol);
        assert.equal((await visit(port, session, protocol)).reused, false);
      });

      for (const nothing of ['a string', 1, {}, '', false]) {
        it(`resumeSession gives ${JSON.stringify(nothing)}: a full handshake, ${version}`, async () => {
          const { port } = await storing(() => nothing);
          const { session } = await visit(port, undefined, protocol);
          assert.equal((await visit(port, session, protocol)).reused, false);
        });
      }

      it(`sessions in tickets are not looked up, ${version}`, async () => {
        const { server, port } = await serve(protocol);
        server.on('newSession', (id, data, callback) => callback());
        server.on('resumeSession', () => assert.fail('asked'));
        const { session } = await visit(port, undefined, protocol);
        assert.equal((await visit(port, session, protocol)).reused, true);
      });

      it(`an error of resumeSession ends the connection, by an alert, ${version}`, async () => {
        const { server, port } = await serve(options);
        server.on('newSession', (id, data, callback) => callback());
        const { session } = await visit(port, undefined, protocol);
        const refused = once(server, 'tlsClientError');
        server.on('resumeSession', (id, callback) => callback(new Error('store is down')));
        const client = connect({ port, session, ...protocol });
        assert.equal((await ending(client)).code, 'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR');
        assert.equal((await refused)[0].message, 'store is down');
      });
    }

    it('the handshake waits for the answer of newSession', async () => {
      const { server, port } = await serve({ ...noTickets });
      const order = record(server, ['secureConnection']);
      server.on('newSession', (id, data, callback) => {
        order.push('newSession');
        setImmediate(() => {
          order.push('stored');
          callback();
        });
      });
      const accepted = once(server, 'secureConnection');
      await once(connect({ port }), 'secureConnect');
      await accepted;
      assert.deepEqual(order, ['newSession', 'stored', 'secureConnection']);
    });

    for (const [how, listen] of [
      ['once()', (server, listener) => server.once('newSession', listener)],
      [
        'a listener that removes itself',
        (server, listener) =>
          server.on('newSession', function self(id, data, callback) {
            server.removeListener('newSession', self);
            listener(id, data, callback);
          }),
      ],
    ]) {
      for (const options of [{ minVersion: 'TLSv1.3' }, noTickets]) {
        const version = options.minVersion;

        it(`${how}: who comes later does not wait, ${version}`, async () => {
          const { server, port } = await serve(options, (socket) => socket.end('hello'));
          let asked = 0;
          listen(server, (id, data, callback) => {
            asked += 1;
            setImmediate(callback);
          });
          // Both have been told to ask before either does.
          const clients = [connect({ port }), connect({ port })];
          const texts = await Promise.all(clients.map(readAll));
          assert.deepEqual(texts.map(String), ['hello', 'hello']);
          assert.equal(asked, 1);
        });
      }
    }

    it('a listener of newSession that fails ends the connection', async () => {
      const cause = new Error('store is down');
      for (const fail of [
        () => {
          throw cause;
        },
        () => Promise.reject(cause),
      ]) {
        for (const options of [{ minVersion: 'TLSv1.3' }, noTickets]) {
          const { server, port } = await serve(options, () => assert.fail('secureConnection'));
          server.on('newSession', fail);
          const refused = once(server, 'tlsClientError');
          connect({ port }).on('error', () => {});
          assert.equal((await refused)[0], cause);
        }
      }
    });

    it('the callback of newSession takes no arguments, and may be called again', async () => {
      const { server, port } = await serve(noTickets, (socket) => socket.end('hello'));
      server.on('newSession', (id, data, callback) => {
        callback(new Error('not looked at'));
        setImmediate(callback);
      });
      assert.equal((await readAll(connect({ port }))).toString(), 'hello');
    });
  });

  describe('ticket keys', () => {
    for (const version of ['TLSv1.2', 'TLSv1.3']) {
      const options = { minVersion: version, maxVersion: version };

      it(`two servers with the same keys take each other's tickets, ${version}`, async () => {
        const ticketKeys = Buffer.alloc(48, 3);
        const sessionIdContext = 'shared';
        const [one, two] = await Promise.all([
          serve({ ...options, ticketKeys, sessionIdContext }),
          serve({ ...options, ticketKeys, sessionIdContext }),
        ]);
        const { session } = await visit(one.port);
        assert.equal((await visit(two.port, session)).reused, true);
      });

      it(`setTicketKeys() makes old tickets useless, ${version}`, async () => {
        const { server, port } = await serve(options);
        const { session } = await visit(port);
        assert.equal((await visit(port, session)).reused, true);
        server.setTicketKeys(Buffer.alloc(48, 9));
        assert.equal((await visit(port, session)).reused, false);
      });

      it(`another sessionIdContext: a full handshake, ${version}`, async () => {
        const ticketKeys = Buffer.alloc(48, 3);
        const one = await serve({ ...options, ticketKeys, sessionIdContext: 'one' });
        const two = await serve({ ...options, ticketKeys, sessionIdContext: 'two' });
        const { session } = await visit(one.port);
        assert.equal((await visit(two.port, session)).reused, false);
      });
    }
  });

  describe('keylog', () => {
    for (const [version, labels] of [
      ['TLSv1.2', ['CLIENT_RANDOM']],
      [
        'TLSv1.3',
        [
          'SERVER_HANDSHAKE_TRAFFIC_SECRET',
          'CLIENT_HANDSHAKE_TRAFFIC_SECRET',
          'EXPORTER_SECRET',
          'SERVER_TRAFFIC_SECRET_0',
          'CLIENT_TRAFFIC_SECRET_0',
        ],
      ],
    ]) {
      it(`lines of both ends are the same, ${version}`, async () => {
        const { server, port } = await serve({ minVersion: version, maxVersion: version });
        const lines = { client: [], server: [] };
        server.on('keylog', (line, socket) => {
          assert.equal(socket.server, server);
          lines.server.push(line.toString());
        });
        const accepted = once(server, 'secureConnection');
        const client = connect({ port });
        client.on('keylog', (line) => {
          assert(Buffer.isBuffer(line));
          lines.client.push(line.toString());
        });
        await once(client, 'secureConnect');
        await accepted;
        assert.deepEqual(lines.client.toSorted(), lines.server.toSorted());
        for (const line of lines.client)
          assert.match(line, /^[A-Z_0-9]+ [0-9a-f]{64} [0-9a-f]+\n$/);
        assert.deepEqual(
          lines.client.map((line) => line.split(' ')[0]).toSorted(),
          labels.toSorted(),
        );
      });
    }
  });

  describe('OCSP', () => {
    it('the staple of OCSPRequest reaches the client', async () => {
      const { server, port } = await serve();
      const staple = fixture('server-ec.ocsp');
      server.on('OCSPRequest', (cert, issuer, callback) => {
        assert(Buffer.isBuffer(cert));
        setImmediate(callback, null, staple);
      });
      const client = connect({ port, requestOCSP: true });
      const [response] = await once(client, 'OCSPResponse');
      assert.deepEqual(response, staple);
    });

    it('no staple: null', async () => {
      const { server, port } = await serve();
      server.on('OCSPRequest', (cert, issuer, callback) => callback(null, null));
      const client = connect({ port, requestOCSP: true });
      assert.deepEqual(await once(client, 'OCSPResponse'), [null]);
    });
  });
});
