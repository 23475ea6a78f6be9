import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { needs, run } from '../support/child.mjs';
import { connect, serve } from '../support/ends.mjs';
import { once } from '../support/events.mjs';
import { temporaryFolder } from '../support/paths.mjs';
import { opensslClientArgs } from '../support/peers.mjs';
import { subject, tls } from '../support/subject.mjs';

const key = (size, fill) => Buffer.alloc(size, fill);
const nameOf = (each) => each.subarray(0, 16).toString('hex');

describe('a ring of ticket keys', function () {
  before(function () {
    if (subject === 'builtin') this.skip(); // The built-in module has a single key.
  });

  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    describe(version, () => {
      const versions = { minVersion: version, maxVersion: version };
      const greets = (options) =>
        serve({ ...versions, sessionIdContext: 'same', ...options }, (socket) => {
          socket.on('error', () => {}).end('x');
        });

      /** { reused, session, ticket } of a connection: the last session it got, and the name of its key. */
      async function visit(port, session) {
        const client = connect({ port, session });
        client.on('session', () => {}); // Now each ticket becomes the client's session.
        await once(client, 'secureConnect');
        const reused = client.isSessionReused();
        await once(client.resume(), 'end');
        // With TLS 1.2 a renewed ticket is no event.
        return { reused, session: client.getSession(), ticket: nameOf(client.getTLSTicket()) };
      }

      it('the newest encrypts, all decrypt, and what came by an older one is renewed', async () => {
        const [a, b, c] = [key(48, 1), key(80, 2), key(80, 3)];
        const first = await visit((await greets({ ticketKeys: a })).port);
        assert.equal(first.ticket, nameOf(a));
        const { server, port } = await greets({ ticketKeys: [b, a] });
        const renewed = await visit(port, first.session);
        assert.equal(renewed.reused, true);
        assert.equal(renewed.ticket, nameOf(b));
        const again = await visit(port, renewed.session);
        assert.equal(again.reused, true);
        assert.equal(again.ticket, nameOf(b));
        // A ticket of TLS 1.3 is good for one use, so there is another, whatever its key.
        assert.equal(again.session.equals(renewed.session), version === 'TLSv1.2');
        server.setTicketKeys([c, b]);
        assert.equal((await visit(port, first.session)).reused, false);
        assert.equal((await visit(port, renewed.session)).ticket, nameOf(c));
      });

      it('keys of 80 bytes protect by all of their bytes', async () => {
        const right = randomBytes(80);
        const first = await visit((await greets({ ticketKeys: [right] })).port);
        for (let at = 16; at < 80; at += 9) {
          const wrong = Buffer.from(right);
          wrong[at] ^= 1;
          const { port } = await greets({ ticketKeys: [wrong] });
          assert.equal((await visit(port, first.session)).reused, false, `byte ${at}`);
        }
        assert.equal(
          (await visit((await greets({ ticketKeys: [right] })).port, first.session)).reused,
          true,
        );
      });

      it('openssl s_client comes back with a ticket of an older key', async function () {
        const [a, b] = [key(80, 4), key(80, 5)];
        const { server, port } = await greets({ ticketKeys: [a] });
        const file = join(temporaryFolder(), 'session');
        const openssl = needs(this, 'openssl');
        const flags = [version === 'TLSv1.2' ? '-tls1_2' : '-tls1_3', '-ign_eof'];
        const go = async (...more) => {
          const { stdout } = await run(openssl, opensslClientArgs(port, ...flags, ...more));
          return stdout;
        };
        assert.match(await go('-sess_out', file), /^New, /m);
        server.setTicketKeys([b, a]);
        const out = await go('-sess_in', file, '-sess_out', file);
        assert.match(out, /^Reused, /m);
        assert.match(out, /0000 - 05 05 05 05/);
        server.setTicketKeys([b]);
        // With TLS 1.2 s_client shows the renewed ticket, and does not write it.
        const kept = version === 'TLSv1.3' ? /^Reused, /m : /^New, /m;
        assert.match(await go('-sess_in', file), kept);
        server.setTicketKeys([key(80, 6)]);
        assert.match(await go('-sess_in', file), /^New, /m);
      });

      it('gnutls-cli resumes', async function () {
        const { port } = await greets({ ticketKeys: [key(80, 7), key(48, 8)] });
        const priority = `NORMAL:-VERS-ALL:+VERS-${version.replace('v', '')}`;
        const { stdout, stderr } = await run(needs(this, 'gnutls-cli'), [
          '--resume',
          '--insecure',
          '--priority',
          priority,
          '-p',
          String(port),
          '127.0.0.1',
        ]);
        assert.match(stdout, /This is a resumed session/, stdout + stderr);
      });
    });
  }

  it('getTicketKeys() is the newest, setTicketKeys() takes one or a ring', () => {
    const server = tls.createServer({ ticketKeys: [key(80, 1), key(48, 2)] });
    assert.deepEqual(server.getTicketKeys(), key(80, 1));
    server.setTicketKeys(key(48, 3));
    assert.deepEqual(server.getTicketKeys(), key(48, 3));
    server.setTicketKeys([key(48, 4), key(80, 5)]);
    assert.deepEqual(server.getTicketKeys(), key(48, 4));
    assert.throws(() => server.setTicketKeys(key(80, 1)), { code: 'ERR_INTERNAL_ASSERTION' });
    const ring = Array.from({ length: 17 }, (_, i) => key(48, i));
    const V = 'ERR_INVALID_ARG_VALUE';
    const T = 'ERR_INVALID_ARG_TYPE';
    for (const [bad, code] of [
      [[], T],
      [ring, V],
      [[key(48, 1), key(47, 1)], V],
      [[key(48, 1), 'x'], T],
      [[null], T],
    ]) {
      assert.throws(() => server.setTicketKeys(bad), { code });
      assert.throws(() => tls.createServer({ ticketKeys: bad }), { code });
      assert.throws(() => tls.createSecureContext({ ticketKeys: bad }), { code });
    }
    server.setTicketKeys(ring.slice(1));
    assert.deepEqual(server.getTicketKeys(), key(48, 1));
  });
});
