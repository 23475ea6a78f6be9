// Revocation lists that take the place of others while a context is in use.
import assert from 'node:assert/strict';
import { connect, secured, serve } from '../support/ends.mjs';
import { closed, deferred, ending, once } from '../support/events.mjs';
import { ca, fixture, identity } from '../support/fixtures.mjs';
import { subject, tls } from '../support/subject.mjs';

const before = [fixture('root.crl'), fixture('intermediate-before.crl')];
const now = [fixture('root.crl'), fixture('intermediate.crl')];

describe('revocation lists that are replaced', function () {
  before_(this);

  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    const versions = { minVersion: version, maxVersion: version };

    describe(version, () => {
      /** A server that wants certificates: { server, port, verdict(options) }. */
      async function strict(options = {}) {
        const wants = { requestCert: true, ca, crl: before, ...versions, ...options };
        const { server, port } = await serve(wants, (socket) => socket.end('hello'));
        /** null, or the code by which the client of this certificate was refused; and whether it resumed. */
        const visit = async (name, more = {}) => {
          const refused = new Promise((resolve) => server.once('tlsClientError', resolve));
          const client = connect({ port, ...identity(name), ...more });
          let session;
          let reused = false;
          client.on('session', (given) => (session = given));
          // Later it may be closed.
          client.once('secureConnect', () => (reused = client.isSessionReused()));
          const accepted = new Promise((resolve) => {
            client.on('data', () => {});
            client.on('error', () => {});
            client.once('end', () => resolve(null));
          });
          const failure = await Promise.race([accepted, refused]);
          client.destroy();
          return { code: failure?.code ?? null, reused, session };
        };
        return { server, port, visit };
      }

      it('a server refuses from then on whom the new list has', async () => {
        const { server, visit } = await strict();
        assert.equal((await visit('client-revoked')).code, null);
        server.setCRL(now);
        assert.equal((await visit('client-revoked')).code, 'CERT_REVOKED');
        assert.equal((await visit('client')).code, null);
        server.setCRL(before);
        assert.equal((await visit('client-revoked')).code, null);
        server.setCRL(Buffer.concat(now));
        assert.equal((await visit('client-revoked')).code, 'CERT_REVOKED');
        server.setCRL(null);
        assert.equal((await visit('client-revoked')).code, null);
      });

      it('a server that had no list', async () => {
        const { server, visit } = await strict({ crl: undefined });
        assert.equal((await visit('client-revoked')).code, null);
        server.setCRL(now.map(String));
        assert.equal((await visit('client-revoked')).code, 'CERT_REVOKED');
      });

      it('a list of an issuer that is missing is missed', async () => {
        const { server, visit } = await strict();
        server.setCRL(fixture('root.crl'));
        assert.equal((await visit('client')).code, 'UNABLE_TO_GET_CRL');
      });

      it('what can not be read changes nothing', async () => {
        const { server, visit } = await strict({ crl: now });
        for (const [crl, code, message] of [
          [[fixture('root.crl'), fixture('junk')], 'ERR_CRYPTO_OPERATION_FAILED', /crl\[1\]/],
          [fixture('server-ec.crt'), 'ERR_CRYPTO_OPERATION_FAILED', /Failed to parse CRL/],
          [[], 'ERR_INVALID_ARG_VALUE', /null/],
          [undefined, 'ERR_INVALID_ARG_TYPE', /crl/],
          [7, 'ERR_INVALID_ARG_TYPE', /crl/],
        ]) {
          assert.throws(() => server.setCRL(crl), { code, message });
        }
        assert.equal((await visit('client-revoked')).code, 'CERT_REVOKED');
      });

      it('a session of before is verified again', async () => {
        const { server, visit } = await strict();
        const first = await visit('client-revoked');
        assert.equal(first.code, null);
        const second = await visit('client-revoked', { session: first.session });
        assert.deepEqual([second.code, second.reused], [null, true]);
        server.setCRL(now);
        const third = await visit('client-revoked', { session: first.session });
        assert.deepEqual([third.code, third.reused], ['CERT_REVOKED', false]);
      });

      it('a handshake that is under way is judged by the new list', async () => {
        const asked = deferred();
        const go = deferred();
        const { server, visit } = await strict({
          ...identity('server-ec'),
          SNICallback: async () => {
            asked.resolve();
            await go.promise;
          },
        });
        const visited = visit('client-revoked');
        await asked.promise;
        server.setCRL(now);
        go.resolve();
        assert.equal((await visited).code, 'CERT_REVOKED');
      });

      it('many handshakes, and many lists', async function () {
        this.timeout(60_000);
        const { server, port } = await serve({ requestCert: true, ca, crl: before, ...versions });
        server.on('secureConnection', (socket) => socket.end('hello'));
        const refused = [];
        server.on('tlsClientError', ({ code }) => refused.push(code));
        let left = 200;
        let accepted = 0;
        const one = async () => {
          while (left-- > 0) {
            server.setCRL(left % 3 === 0 ? now : before);
            const client = connect({ port, ...identity('client-revoked') });
            client.on('data', () => {
              accepted += 1;
              client.destroy();
            });
            await closed(client);
          }
        };
        await Promise.all(Array.from({ length: 16 }, one));
        assert(accepted > 0);
        assert.deepEqual(
          [...new Set(refused)].filter((code) => code !== 'ECONNRESET'),
          ['CERT_REVOKED'],
        );
      });
    });

    it(`a client refuses a server from then on, ${version}`, async () => {
      const { port } = await serve({ ...identity('revoked'), ...versions });
      const secureContext = tls.createSecureContext({ ca, crl: before });
      const visit = () => connect({ port, secureContext });
      await once(visit(), 'secureConnect');
      secureContext.setCRL(now);
      assert.equal((await ending(visit())).code, 'CERT_REVOKED');
      assert.equal(tls.describeTrust(secureContext).revocation, true);
      secureContext.setCRL(null);
      await once(visit(), 'secureConnect');
      assert.equal(tls.describeTrust(secureContext).revocation, false);
    });
  }

  it('contexts that are equal do not share what one of them is told later', async () => {
    const { port } = await serve(identity('revoked'));
    const one = tls.createSecureContext({ ca });
    const other = tls.createSecureContext({ ca });
    one.setCRL(now);
    assert.equal((await ending(connect({ port, secureContext: one }))).code, 'CERT_REVOKED');
    await once(connect({ port, secureContext: other }), 'secureConnect');
    await once(connect({ port }), 'secureConnect');
  });

  it('a connection that is established stays', async () => {
    const { client, server, listener } = await secured({
      server: { requestCert: true, ca, crl: before },
      client: identity('client-revoked'),
    });
    listener.setCRL(now);
    client.write('still here');
    assert.equal(String((await once(server, 'data'))[0]), 'still here');
    assert.equal(server.authorized, true);
  });
});

function before_(suite) {
  suite.beforeAll(function () {
    if (subject === 'builtin') this.skip(); // The built-in module has no such method.
  });
}
