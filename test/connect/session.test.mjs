import assert from 'node:assert/strict';
import { connect, listen, serve } from '../support/ends.mjs';
import { ending, once, readBytes, record } from '../support/events.mjs';
import { identity } from '../support/fixtures.mjs';
import { tls } from '../support/subject.mjs';

describe('session resumption by the client', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    describe(version, () => {
      const options = { minVersion: version, maxVersion: version };

      /** A server that greets, and one connection to it: { port, session } with the last session it gave. */
      async function first(server = {}) {
        const { port } = await serve({ ...options, ...server }, (socket) => {
          socket.on('error', () => {}).write('hello');
        });
        const client = connect({ port });
        const given = once(client, 'session');
        const hello = readBytes(client, 5);
        await once(client, 'secureConnect');
        assert.equal(client.isSessionReused(), false);
        await hello;
        const [session] = await given;
        client.destroy();
        return { port, session };
      }

      async function again(port, session) {
        const client = connect({ port, session });
        const hello = readBytes(client, 5);
        await once(client, 'secureConnect');
        assert.equal((await hello).toString(), 'hello');
        return client;
      }

      it("the buffer of 'session' resumes", async () => {
        const { port, session } = await first();
        assert(Buffer.isBuffer(session));
        const client = await again(port, session);
        assert.equal(client.isSessionReused(), true);
        assert.equal(client.authorized, true);
      });

      it('getSession() resumes', async () => {
        const { port } = await serve(options);
        const client = connect({ port });
        await once(client, 'session');
        const session = client.getSession();
        assert(Buffer.isBuffer(session));
        const resumed = connect({ port, session });
        await once(resumed, 'secureConnect');
        assert.equal(resumed.isSessionReused(), true);
      });

      it('a latin1 string resumes', async () => {
        const { port, session } = await first();
        assert.equal((await again(port, session.toString('latin1'))).isSessionReused(), true);
      });

      it('getTLSTicket() is there with tickets', async () => {
        const { port } = await serve(options);
        const client = connect({ port });
        await once(client, 'session');
        assert(Buffer.isBuffer(client.getTLSTicket()));
        assert.equal(client.getTLSTicket().length > 0, true);
      });

      it('garbage is ignored', async () => {
        const { port } = await first();
        for (const garbage of [Buffer.from('garbage'), Buffer.alloc(0), Buffer.alloc(5000, 0x30)]) {
          assert.equal((await again(port, garbage)).isSessionReused(), false);
        }
      });

      it('a session that the server does not know any more: a full handshake', async () => {
        const { session } = await first();
        const { port } = await first();
        const client = await again(port, session);
        assert.equal(client.isSessionReused(), false);
        assert.equal(client.authorized, true);
      });

      it('a truncated session: a full handshake', async () => {
        const { port, session } = await first();
        assert.equal(
          (await again(port, session.subarray(0, session.length / 2))).isSessionReused(),
          false,
        );
      });

      it('does not let another name in: the certificate is checked against the new one', async () => {
        const { port, session } = await first();
        const error = await ending(connect({ port, session, servername: 'other.test' }));
        assert.equal(error.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
      });

      it('a session got without verification is not a pass for a verified connection', async () => {
        const { port } = await serve({ ...options, ...identity('wrong-host') }, (socket) => {
          socket.on('error', () => {}).write('hello');
        });
        const lax = connect({ port, rejectUnauthorized: false });
        const given = once(lax, 'session');
        const hello = readBytes(lax, 5);
        await hello;
        const [session] = await given;
        lax.destroy();
        const error = await ending(connect({ port, session }));
        assert.equal(error.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
      });
    });
  }

  it('TLS 1.3 gives a session per ticket, each of them only after the handshake', async () => {
    const { port } = await serve();
    const client = connect({ port });
    const order = record(client, ['secureConnect', 'session']);
    const sessions = [];
    await new Promise((resolve) => {
      client.on('session', (session) => {
        if (sessions.push(session) === 2) resolve();
      });
    });
    assert.deepEqual(order, ['secureConnect', 'session', 'session']);
    assert.notDeepEqual(sessions[0], sessions[1]);
  });

  it("in a listener of 'session', getSession() and getTLSTicket() are of that session", async () => {
    const { port } = await serve({ minVersion: 'TLSv1.3' }, (socket) => socket.write('hello'));
    for (let i = 0; i < 5; i++) {
      const client = connect({ port });
      const tickets = [];
      await new Promise((resolve) => {
        client.on('session', (session) => {
          const ticket = client.getTLSTicket().toString('hex');
          if (tickets.push([ticket, client.getSession(), session]) === 2) resolve();
        });
      });
      for (const [, asked, given] of tickets) assert.deepEqual(asked, given);
      assert.notEqual(tickets[0][0], tickets[1][0]);
      client.destroy();
    }
  });

  it('no session before a connection', async () => {
    const server = tls.createServer(identity('server-ec'));
    const client = connect({ port: await listen(server) });
    server.on('tlsClientError', () => {});
    assert.equal(client.getSession(), undefined);
    assert.equal(client.isSessionReused(), false);
  });
});
