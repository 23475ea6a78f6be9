// certificateProfile in connections: who is refused, when, and what sessions are worth. The rules have specs in
// test/certificates/profile.test.mjs.
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import {
  alternative,
  authority,
  basic,
  general,
  leaf,
  pem,
  purpose,
  purposes,
} from '../certificates/support/certificate.mjs';
import { connect, secured, serve, servePlain, transports, versionIs } from '../support/ends.mjs';
import { closed, ending, failure, once } from '../support/events.mjs';
import { ca, identity } from '../support/fixtures.mjs';
import { subject, tls } from '../support/subject.mjs';

const strict = { certificateProfile: 'webpki' };
const root = authority('a root');
const trust = [ca, pem(root.der)];
const names = alternative(['localhost', general.ip(127, 0, 0, 1)]);

const issued = (extensions, options = {}) => {
  const made = leaf({ by: root, extensions: [basic(false), ...extensions], ...options });
  return {
    cert: pem(made.der),
    key: made.key.privateKey.export({ type: 'pkcs8', format: 'pem' }),
  };
};
/** Certificates that OpenSSL takes, and the profile does not. */
const bad = {
  usage: [issued([names]), 'ERR_TLS_CERT_PROFILE_EXTENDED_KEY_USAGE', /unsupported_certificate/i],
  names: [
    issued([purposes(purpose.server)], { subject: 'localhost' }),
    'ERR_TLS_CERT_PROFILE_SUBJECT_ALT_NAME',
    /bad_certificate/i,
  ],
};
const badClient = issued([]);
const USAGE = 'ERR_TLS_CERT_PROFILE_EXTENDED_KEY_USAGE';

describe('certificateProfile', () => {
  before(function () {
    if (subject === 'builtin') this.skip(); // The built-in module has none.
  });

  it('is a profile that there is, or nothing', () => {
    const wrong = { code: 'ERR_INVALID_ARG_VALUE' };
    for (const certificateProfile of ['', 'web', true, false, 0, {}]) {
      assert.throws(() => tls.createSecureContext({ certificateProfile }), wrong);
      assert.throws(() => tls.createServer({ certificateProfile }), wrong);
      assert.throws(() => tls.connect({ port: 1, certificateProfile }), wrong);
      const secureContext = tls.createSecureContext();
      assert.throws(() => tls.connect({ port: 1, secureContext, certificateProfile }), wrong);
    }
    for (const certificateProfile of [undefined, null]) {
      tls.createSecureContext({ certificateProfile });
      tls.createServer({ certificateProfile });
    }
  });

  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    const only = versionIs(version);

    describe(`clients, ${version}`, () => {
      for (const over of transports) {
        it(`takes the server of the fixtures, ${over}`, async () => {
          const { client } = await secured({ over, server: only, client: strict });
          assert.equal(client.authorized, true);
        });

        it(`refuses in the handshake, and says so to the server, ${over}`, async () => {
          for (const [server, code, alert] of Object.values(bad)) {
            const connecting = secured({
              over,
              server: { ...server, ...only },
              client: { ca: trust, ...strict, servername: undefined, host: 'localhost' },
            });
            await assert.rejects(connecting, (error) => {
              assert.equal(error.code, code);
              assert.match(
                error.message,
                /^The profile 'webpki' refuses the certificate at depth 0: /,
              );
              assert.equal(error.depth, 0);
              assert.equal(error.phase, 'certificate');
              assert.equal(error.chain.length, 2);
              if (error.alert) assert.match(error.alert.name, alert);
              return true;
            });
          }
        });
      }

      it('the server gets the alert that fits', async () => {
        for (const [given, , alert] of Object.values(bad)) {
          const { server, port } = await serve({ ...given, ...only });
          const refused = once(server, 'tlsClientError');
          const client = connect({ port, ca: trust, ...strict });
          await ending(client);
          const [error] = await refused;
          assert.match(error.alert.name, alert);
        }
      });

      it('refuses after the handshake where the verdict comes late', async () => {
        const [given, code] = bad.usage;
        const { port } = await serve({ ...given, ...only });
        const late = { verifyInHandshake: false };
        const error = await failure(
          connect({ port, ca: trust, ...strict, ...late }),
          'secureConnect',
        );
        assert.equal(error.code, code);
        assert.equal(error.depth, 0);
      });

      it('tells in authorizationError where nobody is refused', async () => {
        const [given, code] = bad.usage;
        for (const verifyInHandshake of [true, false]) {
          const { client } = await secured({
            server: { ...given, ...only },
            client: { ca: trust, ...strict, rejectUnauthorized: false, verifyInHandshake },
          });
          assert.deepEqual([client.authorized, client.authorizationError], [false, code]);
        }
      });

      it('comes with the context, or beside one', async () => {
        const [given, code] = bad.usage;
        const { port } = await serve({ ...given, ...only });
        const contexts = [
          { secureContext: tls.createSecureContext({ ca: trust, ...strict }) },
          { secureContext: tls.createSecureContext({ ca: trust }), ...strict },
        ];
        for (const options of contexts) {
          assert.equal((await ending(connect({ port, ...options }))).code, code);
        }
        // The context that others share is as it was.
        await once(connect({ port, secureContext: contexts[1].secureContext }), 'secureConnect');
        await once(connect({ port, ca: trust }), 'secureConnect');
      });

      it('what OpenSSL refuses has its code', async () => {
        const { port } = await serve({ ...bad.usage[0], ...only });
        const error = await ending(connect({ port, ...strict }));
        assert.match(error.code, /^UNABLE_TO_/);
      });

      it('a name is never taken from the subject', async () => {
        const address = alternative([general.ip(127, 0, 0, 1)]);
        const given = issued([address, purposes(purpose.server)], { subject: 'localhost' });
        const { port } = await serve({ ...given, ...only });
        const options = { port, ca: trust };
        await once(connect(options), 'secureConnect');
        const error = await ending(connect({ ...options, ...strict }));
        assert.equal(error.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
        await once(connect({ ...options, ...strict, servername: '' }), 'secureConnect');
      });

      it('a function of the program is asked about those that the profile takes', async () => {
        const asked = [];
        const checkServerIdentity = (name) => void asked.push(name);
        const { port } = await serve({ ...bad.usage[0], ...only });
        await ending(connect({ port, ca: trust, ...strict, checkServerIdentity }));
        assert.deepEqual(asked, []);
        await secured({ server: only, client: { ...strict, checkServerIdentity } });
        assert.deepEqual(asked, ['localhost']);
      });
    });

    describe(`sessions of clients, ${version}`, () => {
      async function visit(options) {
        const client = connect({ ...only, ca: trust, ...options });
        let session;
        client.on('session', (given) => (session = given));
        await once(client, 'secureConnect');
        const { authorized, authorizationError: why } = client;
        const reused = client.isSessionReused();
        await once(client.resume(), 'end');
        return { reused, authorized, why, session };
      }
      const greets = (options) => serve({ ...only, ...options }, (socket) => socket.end('hello'));

      it('are bound to the profile, both ways', async () => {
        const { port } = await greets();
        const { session } = await visit({ port });
        const first = await visit({ port, session, ...strict });
        assert.deepEqual([first.reused, first.authorized], [false, true]);
        const second = await visit({ port, session: first.session, ...strict });
        assert.deepEqual([second.reused, second.authorized], [true, true]);
        assert.equal((await visit({ port, session: first.session })).reused, false);
      });

      it('made without the profile are no way around it', async () => {
        const [given, code] = bad.usage;
        const { port } = await greets(given);
        const { session } = await visit({ port });
        const secureContext = tls.createSecureContext({ ca: trust, ...only });
        for (const options of [{}, { secureContext }, { verifyInHandshake: false }]) {
          const error = await ending(
            connect({ port, ca: trust, session, ...strict, ...options, ...only }),
          );
          assert.equal(error.code, code);
        }
        const lax = await visit({ port, session, ...strict, rejectUnauthorized: false });
        assert.deepEqual([lax.reused, lax.authorized, lax.why], [false, false, code]);
      });

      it('in a cache are found by those of the same profile', async () => {
        const { port } = await greets();
        const sessionCache = new tls.SessionCache();
        const go = async (options) => (await visit({ port, sessionCache, ...options })).reused;
        assert.deepEqual([await go({}), await go(strict), await go(strict)], [false, false, true]);
      });

      it('a resumed session keeps to the names of subjectAltName', async () => {
        const { port } = await greets();
        const { session } = await visit({ port, ...strict });
        assert.equal((await visit({ port, session, ...strict })).reused, true);
      });
    });

    describe(`servers, ${version}`, () => {
      const asks = { ...only, ca: trust, requestCert: true };

      for (const over of transports) {
        it(`takes the client of the fixtures, ${over}`, async () => {
          const { server } = await secured({
            over,
            server: { ...asks, ...strict },
            client: identity('client'),
          });
          assert.equal(server.authorized, true);
        });
      }

      it('refuses in the handshake, and says so to the client', async () => {
        const { server, port } = await serve({ ...asks, ...strict });
        const refused = once(server, 'tlsClientError');
        const errors = [];
        await closed(connect({ port, ...badClient }).resume(), errors);
        const [error, socket] = await refused;
        assert.equal(error.code, USAGE);
        assert.equal(error.depth, 0);
        assert.equal(error.chain.length, 2);
        assert.equal(socket.authorized, false);
        assert.equal(errors[0].alert.name, 'unsupported_certificate');
      });

      it('takes the same client without the profile', async () => {
        const { server } = await secured({ server: asks, client: badClient });
        assert.equal(server.authorized, true);
      });

      it('refuses no client without a certificate, where none has to have one', async () => {
        const { server } = await secured({
          server: { ...asks, ...strict, rejectUnauthorized: false },
        });
        assert.deepEqual(
          [server.authorized, server.authorizationError],
          [false, 'UNABLE_TO_GET_ISSUER_CERT'],
        );
      });

      /** Two visits of a client, the second with the session of the first: [reused, authorized, why] of each. */
      async function twice(first, second = first, client = badClient) {
        const ticketKeys = Buffer.alloc(48, 7);
        const ends = [];
        const start = async (options) => {
          const { server, port } = await serve({
            ...asks,
            ticketKeys,
            sessionIdContext: 'one',
            ...options,
          });
          server.on('secureConnection', (socket) => {
            ends.push([
              socket.isSessionReused(),
              socket.authorized,
              socket.authorizationError ?? null,
            ]);
            socket.end('hello');
          });
          return port;
        };
        const ports = [await start(first), first === second ? 0 : await start(second)];
        ports[1] ||= ports[0];
        let session;
        for (const port of ports) {
          const socket = connect({ port, ...only, ...client, session });
          socket.on('session', (given) => (session = given));
          await once(socket, 'secureConnect');
          await once(socket.resume(), 'end');
        }
        return ends;
      }

      it('tells in authorizationError where nobody is refused, and does not forget it in sessions', async () => {
        const options = { ...strict, rejectUnauthorized: false };
        assert.deepEqual(await twice(options), [
          [false, false, USAGE],
          [false, false, USAGE],
        ]);
      });

      it('resumes the sessions of good clients', async () => {
        const options = { ...strict, rejectUnauthorized: false };
        assert.deepEqual(await twice(options, options, identity('client')), [
          [false, true, null],
          [true, true, null],
        ]);
      });

      it('does not resume what was made without the profile', async () => {
        const options = { rejectUnauthorized: false };
        assert.deepEqual(await twice(options, { ...options, ...strict }), [
          [false, true, null],
          [false, false, USAGE],
        ]);
        assert.deepEqual((await twice(options))[1], [true, true, null]);
      });

      it('holds for each name, whatever its context says', async () => {
        const contextOf = (options) =>
          tls.createSecureContext({ ...identity('server-ec'), ca: trust, ...options });
        const plain = contextOf({});
        const options = { ...asks, rejectUnauthorized: false };
        const why = async (settings, prepare = () => {}) => {
          const { server, port } = await serve({ ...options, ...settings });
          prepare(server);
          const accepted = once(server, 'secureConnection');
          await once(connect({ port, ...badClient }), 'secureConnect');
          return (await accepted)[0].authorizationError ?? null;
        };
        assert.equal(await why(strict, (server) => server.addContext('localhost', plain)), USAGE);
        assert.equal(await why({ ...strict, SNICallback: async () => plain }), USAGE);
        assert.equal(await why({ SNICallback: async () => contextOf(strict) }), USAGE);
        assert.equal(await why({ SNICallback: async () => plain }), null);
        // Certificates can be changed without it.
        const { cert, key } = identity('server-ec');
        assert.equal(
          await why(strict, (server) => server.setSecureContext({ cert, key, ca: trust })),
          USAGE,
        );
      });

      it('a TLSSocket without a server refuses, too', async () => {
        const refused = new EventEmitter();
        const { port } = await servePlain((raw) => {
          const options = { ...identity('server-ec'), ...asks, ...strict };
          const socket = new tls.TLSSocket(raw, {
            isServer: true,
            rejectUnauthorized: true,
            ...options,
          });
          socket.on('error', (error) => refused.emit('refusal', error));
        });
        const refusal = once(refused, 'refusal');
        await closed(connect({ port, ...badClient }).resume());
        const [error] = await refusal;
        assert.equal(error.code, USAGE);
      });
    });
  }
});
