// A session is worth what its connection was: resumed elsewhere it must not be worth more.
import assert from 'node:assert/strict';
import { connect, serve } from '../support/ends.mjs';
import { ending, once } from '../support/events.mjs';
import { ca, fixture, identity } from '../support/fixtures.mjs';
import { tls } from '../support/subject.mjs';

const serverB = { cert: fixture('server-b.crt'), key: fixture('server-b.key') };
const otherRoot = fixture('other-root.crt');

for (const version of ['TLSv1.2', 'TLSv1.3']) {
  describe(`sessions and what verified them, ${version}`, () => {
    const versions = { minVersion: version, maxVersion: version };
    const greets = (options = {}) => serve({ ...versions, ...options }, (s) => s.end('hello'));

    /** { reused, authorized, why, session } of a connection that is secure; rejects otherwise. */
    async function visit(options) {
      const client = connect({ ...versions, ...options });
      let session;
      client.on('session', (given) => (session = given));
      await once(client, 'secureConnect');
      const { authorized, authorizationError: why } = client;
      const reused = client.isSessionReused();
      await once(client.resume(), 'end');
      return { reused, authorized, why, session };
    }

    it('a session made under another ca is not resumed, and the server is verified', async () => {
      const { port } = await greets();
      const { session } = await visit({ port });
      const both = await visit({ port, session, ca: [ca, otherRoot] });
      assert.equal(both.reused, false);
      assert.equal(both.authorized, true);
      const error = await ending(connect({ port, session, ca: otherRoot }));
      assert.match(error.code, /^(UNABLE_TO|SELF_SIGNED)/);
      const lax = await visit({ port, session, ca: otherRoot, rejectUnauthorized: false });
      assert.equal(lax.authorized, false);
    });

    it('the same ca, given in another context, resumes', async () => {
      const { port } = await greets();
      const { session } = await visit({ port });
      const secureContext = tls.createSecureContext({ ca, ...versions });
      const again = await visit({ port, session, secureContext });
      assert.deepEqual([again.reused, again.authorized], [true, true]);
    });

    it('a revocation list, a partial chain or a security level is another trust', async () => {
      const { port } = await greets();
      const { session } = await visit({ port });
      for (const other of [
        { allowPartialTrustChain: true },
        { ciphers: `${tls.DEFAULT_CIPHERS}:@SECLEVEL=0` },
      ]) {
        assert.equal((await visit({ port, session, ...other })).reused, false);
      }
    });

    it('a session made with a lax check is not resumed under the default one', async () => {
      const { port } = await greets(identity('wrong-host'));
      const lax = () => undefined;
      const { session, authorized } = await visit({ port, checkServerIdentity: lax });
      assert.equal(authorized, true);
      const error = await ending(connect({ port, session }));
      assert.equal(error.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
      const same = await visit({ port, session, checkServerIdentity: lax });
      assert.deepEqual([same.reused, same.authorized], [true, true]);
    });

    it('another check of the program sees the whole chain', async () => {
      const { port } = await greets();
      const { session } = await visit({ port });
      let seen;
      const pin = (name, certificate) => {
        seen = certificate.issuerCertificate?.issuerCertificate?.subject.CN;
        return undefined;
      };
      const pinned = await visit({ port, session, checkServerIdentity: pin });
      assert.equal(pinned.reused, false);
      assert.equal(seen, 'root');
      assert.equal(
        (await visit({ port, session: pinned.session, checkServerIdentity: pin })).reused,
        true,
      );
    });

    it('a session of a connection that was not to be verified authorizes nobody', async () => {
      const { port } = await greets(identity('wrong-host'));
      const lax = { port, rejectUnauthorized: false };
      const first = await visit(lax);
      assert.deepEqual([first.authorized, first.why], [false, 'ERR_TLS_CERT_ALTNAME_INVALID']);
      const again = await visit({ ...lax, session: first.session });
      assert.equal(again.reused, true);
      assert.equal(again.authorized, false);
    });

    it('setSession() within a handshake, or after it, changes nothing', async () => {
      const { port } = await greets();
      const other = await greets(serverB);
      const foreign = await visit({
        port: other.port,
        checkServerIdentity: () => undefined,
      });
      const client = connect({
        port,
        ...versions,
        checkServerIdentity: async () => {
          await new Promise(setImmediate);
          client.setSession(foreign.session);
          client.setServername('late.test');
          assert.equal(client.setMaxSendFragment(1024), true);
          assert.equal(
            client.renegotiate({}, () => {}),
            false,
          );
          client.setKeyCert(tls.createSecureContext());
        },
      });
      await once(client, 'secureConnect');
      client.setSession(foreign.session);
      assert.equal(client.getPeerCertificate().subject.CN, 'server-ec');
      assert.equal(client.isSessionReused(), false);
      await once(client.resume(), 'end');
    });
  });

  describe(`sessions and the name of the server, ${version}`, () => {
    const versions = { minVersion: version, maxVersion: version };
    for (const kind of ['a ticket', 'a stored session']) {
      for (const how of ['addContext()', 'SNICallback']) {
        it(`${kind} of one name opens no other, with ${how}`, async () => {
          const b = tls.createSecureContext({ ...serverB, ca: otherRoot });
          const { server, port } = await serve(
            {
              ...versions,
              ...identity('server-ec'),
              ...(kind === 'a stored session' && { secureOptions: 0x4000 }), // SSL_OP_NO_TICKET
              ...(how === 'SNICallback' && {
                SNICallback: (name, done) => done(null, name === 'b.example.net' ? b : undefined),
              }),
            },
            (socket) => socket.end('hello'),
          );
          if (how === 'addContext()') server.addContext('b.example.net', b);
          const store = new Map();
          if (kind === 'a stored session') {
            server.on('newSession', (id, data, done) => {
              store.set(id.toString('hex'), data);
              done();
            });
            server.on('resumeSession', (id, done) => done(null, store.get(id.toString('hex'))));
          }
          const visit = async (servername, session) => {
            // Without verification names don't matter to the client.
            const client = connect({
              port,
              servername,
              session,
              rejectUnauthorized: false,
              ...versions,
            });
            let given;
            client.on('session', (each) => (given = each));
            await once(client, 'secureConnect');
            const seen = [client.isSessionReused(), client.getPeerCertificate().subject.CN];
            await once(client.resume(), 'end');
            return { seen, session: given && bare(given) };
          };
          const a = await visit('a.example.test');
          assert.deepEqual(a.seen, [false, 'server-ec']);
          assert.deepEqual((await visit('a.example.test', a.session)).seen, [true, 'server-ec']);
          const crossed = await visit('b.example.net', a.session);
          assert.deepEqual(crossed.seen, [false, 'server-b']);
          assert.deepEqual((await visit('b.example.net', crossed.session)).seen, [
            true,
            'server-b',
          ]);
          assert.deepEqual((await visit('a.example.test', crossed.session)).seen, [
            false,
            'server-ec',
          ]);
        });
      }
    }
  });
}

/** A session as OpenSSL writes it, which a client offers to any server if it does not verify. */
function bare(session) {
  const prefix = '\0nodejs:tls:session:1\0';
  if (session.subarray(0, prefix.length).toString('latin1') !== prefix) return session;
  return session.subarray(prefix.length + 2 + session.readUInt16BE(prefix.length));
}
