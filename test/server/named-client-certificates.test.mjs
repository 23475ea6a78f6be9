// Client certificates by name: whether a context asks for one, whom it trusts, which names it sends, and which
// sessions it resumes.
import assert from 'node:assert/strict';
import { connect, serve, versionIs } from '../support/ends.mjs';
import { closed, ending, once } from '../support/events.mjs';
import { ca, fixture, identity } from '../support/fixtures.mjs';
import { opensslClientArgs } from '../support/peers.mjs';
import { needs, run } from '../support/child.mjs';
import { subject, tls } from '../support/subject.mjs';

const good = identity('client');
const stranger = { cert: fixture('client-unknown.crt'), key: fixture('client-unknown.key') };
const own = identity('server-ec');

/** How a server is told of contexts: an object with names. Each makes options, and what is to be done with the server. */
const ways = {
  'addContext()': (names) => ({
    prepare(server) {
      for (const [name, options] of Object.entries(names)) server.addContext(name, options);
    },
  }),
  SNICallback: (names) => {
    const contexts = made(names);
    return { options: { SNICallback: (name, callback) => callback(null, contexts[name]) } };
  },
  'SNICallback, by a promise': (names) => {
    const contexts = made(names);
    return { options: { SNICallback: async (name) => contexts[name] } };
  },
  clientHelloCallback: (names) => {
    const contexts = made(names);
    return {
      options: {
        clientHelloCallback: async ({ servername }) => ({ secureContext: contexts[servername] }),
      },
    };
  },
};

const made = (names) =>
  Object.fromEntries(
    Object.entries(names).map(([name, options]) => [name, tls.createSecureContext(options)]),
  );

/** A server with these contexts for names: { server, port }. It greets, so that clients get their tickets. */
async function named(way, names, options = {}) {
  const { options: more, prepare } = ways[way](names);
  const { server, port } = await serve({ ...own, ...options, ...more }, (socket) => {
    socket.on('error', () => {}).write('hello');
  });
  prepare?.(server);
  return { server, port };
}

/** What becomes of a client: both ends, or both errors. */
async function attempt({ server, port }, options) {
  const client = connect({ port, ...options });
  const sessions = [];
  client.on('session', (session) => sessions.push(session));
  const errors = [];
  const gone = closed(client, errors);
  const outcome = await Promise.race([
    once(server, 'secureConnection').then(([socket]) => ({ socket })),
    once(server, 'tlsClientError').then(([error]) => ({ error })),
  ]);
  if (outcome.error) {
    await gone;
    return { refused: outcome.error.code, seen: errors[0]?.code };
  }
  await once(client, 'data');
  const { authorized, authorizationError } = outcome.socket;
  const session = sessions.at(-1) ?? client.getSession();
  const resumed = client.isSessionReused();
  client.destroy();
  return { authorized, authorizationError, session, resumed };
}

describe('client certificates by name', () => {
  before(function onlyOurs() {
    if (subject === 'builtin') this.skip();
  });

  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    for (const way of Object.keys(ways)) {
      describe(`${way}, ${version}`, () => {
        it('one name wants one, others do not', async () => {
          const ends = await named(
            way,
            { 'private.test': { ...own, ca, requestCert: true }, 'public.test': own },
            versionIs(version),
          );
          const at = (servername, options) =>
            attempt(ends, { servername, checkServerIdentity: () => undefined, ...options });
          for (const servername of ['public.test', 'other.test', '']) {
            const { authorized, authorizationError } = await at(servername, good);
            assert.deepEqual([authorized, authorizationError], [false, null]);
            assert.equal((await at(servername)).refused, undefined);
          }
          const { authorized } = await at('private.test', good);
          assert.equal(authorized, true);
          const none = await at('private.test');
          assert.equal(none.refused, 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE');
          assert.equal(typeof none.seen, 'string');
          assert.equal(
            (await at('private.test', stranger)).refused,
            'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
          );
        });

        it('one name does not want one, or not by all means, where the server does', async () => {
          const ends = await named(
            way,
            {
              'public.test': { ...own, requestCert: false },
              'maybe.test': { ...own, ca, requestCert: true, rejectUnauthorized: false },
              'same.test': { ...own, ca, rejectUnauthorized: false },
            },
            { ...versionIs(version), requestCert: true, ca },
          );
          const at = (servername, options) =>
            attempt(ends, { servername, checkServerIdentity: () => undefined, ...options });
          const { authorized, authorizationError } = await at('public.test');
          assert.deepEqual([authorized, authorizationError], [false, null]);
          const maybe = await at('maybe.test');
          assert.equal(maybe.authorizationError, 'UNABLE_TO_GET_ISSUER_CERT');
          assert.equal((await at('maybe.test', good)).authorized, true);
          // Without requestCert the context says nothing, as in Node.
          for (const servername of ['same.test', 'other.test', '']) {
            assert.equal(
              (await at(servername)).refused,
              'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE',
            );
          }
        });

        it('trust and revocation are those of the name', async () => {
          const revoked = { crl: [fixture('intermediate.crl'), fixture('root.crl')] };
          const ends = await named(
            way,
            {
              'a.test': { ...own, ca, requestCert: true },
              'b.test': { ...own, ca: fixture('other-root.crt'), requestCert: true },
              'c.test': { ...own, ca, ...revoked, requestCert: true },
            },
            versionIs(version),
          );
          const at = (servername, options) =>
            attempt(ends, { servername, checkServerIdentity: () => undefined, ...options });
          assert.equal((await at('a.test', good)).authorized, true);
          assert.equal((await at('b.test', stranger)).authorized, true);
          assert.equal((await at('c.test', good)).authorized, true);
          assert.match((await at('a.test', stranger)).refused, /^UNABLE_TO/);
          assert.match((await at('b.test', good)).refused, /^UNABLE_TO/);
          assert.notEqual((await at('a.test', identity('revoked'))).refused, 'CERT_REVOKED');
          assert.equal((await at('c.test', identity('revoked'))).refused, 'CERT_REVOKED');
        });

        it('the names of CAs are those of the name', async function () {
          const openssl = needs(this, 'openssl');
          const ends = await named(
            way,
            {
              'a.test': { ...own, ca, requestCert: true },
              'b.test': {
                ...own,
                ca: [ca, fixture('other-root.crt')],
                requestCert: true,
                rejectUnauthorized: false,
              },
            },
            versionIs(version),
          );
          for (const [name, expected] of [
            ['a.test', ['root']],
            ['b.test', ['root', 'other-root']],
            ['c.test', []],
          ]) {
            const { stdout } = await run(
              openssl,
              opensslClientArgs(ends.port, '-servername', name),
              { input: 'Q\n' },
            );
            const [, list = ''] =
              /Acceptable client certificate CA names\n((?:.*\n)*?)(?:Client Certificate Types|Requested)/.exec(
                stdout.replaceAll('\r\n', '\n'),
              ) ?? [];
            const names = [...list.matchAll(/CN ?= ?(\S+)/g)].map(([, CN]) => CN);
            assert.deepEqual(names, expected, name);
          }
        });

        it('a session without a certificate is not resumed where one is wanted by now', async () => {
          const names = { 'a.test': own };
          const ends = await named(way, names, versionIs(version));
          const options = { servername: 'a.test', checkServerIdentity: () => undefined };
          const { session } = await attempt(ends, options);
          assert.equal((await attempt(ends, { ...options, session })).resumed, true);

          // The same server, or one that has its ticket keys, has another context for the name.
          const later = await named(
            way,
            { 'a.test': { ...own, ca, requestCert: true } },
            { ...versionIs(version), ticketKeys: ends.server.getTicketKeys() },
          );
          const { refused } = await attempt(later, { ...options, session });
          assert.equal(refused, 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE');
          const full = await attempt(later, { ...options, ...good, session });
          assert.deepEqual([full.resumed, full.authorized], [false, true]);
          const again = await attempt(later, { ...options, ...good, session: full.session });
          assert.deepEqual([again.resumed, again.authorized], [true, true]);
        });

        it('nor one of a client that had none, where it would not be let in', async () => {
          const wants = (rejectUnauthorized) => ({
            'a.test': { ...own, ca, requestCert: true, rejectUnauthorized },
          });
          const ends = await named(way, wants(false), versionIs(version));
          const options = { servername: 'a.test', checkServerIdentity: () => undefined };
          const { session } = await attempt(ends, options);
          const again = await attempt(ends, { ...options, session });
          assert.deepEqual(
            [again.resumed, again.authorizationError],
            [true, 'UNABLE_TO_GET_ISSUER_CERT'],
          );
          const keys = { ticketKeys: ends.server.getTicketKeys() };
          const later = await named(way, wants(true), { ...versionIs(version), ...keys });
          const { refused } = await attempt(later, { ...options, session });
          assert.equal(refused, 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE');
        });

        it('nor one of a client that was never asked, where it is asked now', async () => {
          const ends = await named(way, { 'a.test': own }, versionIs(version));
          const options = { servername: 'a.test', checkServerIdentity: () => undefined };
          const { session } = await attempt(ends, options);
          const later = await named(
            way,
            { 'a.test': { ...own, ca, requestCert: true, rejectUnauthorized: false } },
            { ...versionIs(version), ticketKeys: ends.server.getTicketKeys() },
          );
          const { resumed, authorized } = await attempt(later, { ...options, ...good, session });
          assert.deepEqual([resumed, authorized], [false, true]);
        });

        it('a name that does not want one resumes where the server does', async () => {
          const ends = await named(
            way,
            { 'a.test': { ...own, requestCert: false } },
            { ...versionIs(version), requestCert: true, ca },
          );
          const options = { servername: 'a.test', checkServerIdentity: () => undefined };
          const { session } = await attempt(ends, options);
          const { resumed, authorized } = await attempt(ends, { ...options, session });
          assert.deepEqual([resumed, authorized], [true, false]);
          // Another name, or none, gets a handshake of its own.
          for (const servername of ['b.test', '']) {
            const other = await attempt(ends, { ...options, servername, session });
            assert.equal(other.refused, 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE');
          }
        });
      });
    }
  }

  it('renegotiate() asks for one all the same', async () => {
    const { server, port } = await serve({ ...own, ca, ...versionIs('TLSv1.2') });
    server.addContext('a.test', { ...own, ca, requestCert: false });
    const accepted = once(server, 'secureConnection');
    const client = connect({
      port,
      servername: 'a.test',
      checkServerIdentity: () => undefined,
      ...good,
    });
    client.resume();
    const [socket] = await accepted;
    socket.resume();
    assert.deepEqual(socket.getPeerCertificate(), {});
    await new Promise((resolve, reject) => {
      const done = (error) => (error ? reject(error) : resolve());
      socket.renegotiate({ requestCert: true, rejectUnauthorized: false }, done);
    });
    assert.equal(socket.getPeerCertificate().subject.CN, 'client');
  });

  it('a wish that is no boolean is an error', async () => {
    const { server, port } = await serve({
      ...own,
      SNICallback: (name, callback) =>
        callback(null, tls.createSecureContext({ ...own, requestCert: 1 })),
    });
    for (const wish of [{ requestCert: 1 }, { requestCert: true, rejectUnauthorized: 0 }]) {
      assert.throws(() => server.addContext('a.test', { ...own, ...wish }), {
        code: 'ERR_INVALID_ARG_TYPE',
      });
    }
    const refused = once(server, 'tlsClientError');
    await ending(connect({ port, servername: 'a.test' }));
    assert.equal((await refused)[0].code, 'ERR_INVALID_ARG_TYPE');
  });
});

describe('a context for a name', () => {
  for (const [server, name] of [
    [true, false],
    [false, true],
  ]) {
    it(`${name ? 'may' : 'may not'} end a chain with what is no root, whatever the server may`, async () => {
      const trust = { ca: fixture('intermediate.crt'), requestCert: true };
      const { server: listener, port } = await serve({
        ...own,
        ...trust,
        allowPartialTrustChain: server,
        rejectUnauthorized: false,
      });
      listener.addContext('a.test', { ...own, ...trust, allowPartialTrustChain: name });
      const accepted = once(listener, 'secureConnection').catch(() => [{ authorized: false }]);
      const refused = once(listener, 'tlsClientError').catch(() => {});
      const client = connect({ port, servername: 'a.test', rejectUnauthorized: false, ...good });
      client.on('error', () => {});
      const [socket] = await Promise.race([accepted, refused]);
      assert.equal(socket.authorized ?? false, name);
    });
  }
});
