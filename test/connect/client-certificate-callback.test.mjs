// A client chooses the certificate that it shows, for the authorities that the server names: in handshakes, and
// in an established connection.
import assert from 'node:assert/strict';
import { callbackForms } from '../callbacks/forms.mjs';
import { connect, secured, serve, versionIs } from '../support/ends.mjs';
import { closed, failure, once } from '../support/events.mjs';
import { ca, fixture, fixturePath, identity, passphrase } from '../support/fixtures.mjs';
import { deaf, opensslServer } from '../support/peers.mjs';
import { subject, tls } from '../support/subject.mjs';
import { identityElsewhere } from '../external-keys/support.mjs';

const trusting = { ca: [ca, fixture('other-root.crt')] };
const chosen = identity('client');
const stranger = { cert: fixture('client-unknown.crt'), key: fixture('client-unknown.key') };

/** When a server asks: what it, and the client, need for that; and what the server then does. */
const moments = {
  'TLS 1.2': { options: versionIs('TLSv1.2'), requestCert: true },
  'TLS 1.3': { options: versionIs('TLSv1.3'), requestCert: true },
  later: {
    options: versionIs('TLSv1.3'),
    client: { postHandshakeAuth: true },
    ask: (socket) => socket.requestClientCertificate({ rejectUnauthorized: false }),
  },
};

/**
 * What the server finds, or the error of one end: { name } of the certificate (undefined for none), { error } of the
 * client, or { pending } while the client has not answered.
 */
async function outcome(moment, client, over = 'tcp', server = {}) {
  const { options, requestCert, ask } = moments[moment];
  const wanted = { ...trusting, requestCert, rejectUnauthorized: false };
  const request = secured({
    server: { ...options, ...wanted, ...server },
    client: { ...options, ...moments[moment].client, ...client },
    over,
  });
  if (!ask) {
    return request.then(
      (ends) => ({ name: ends.server.getPeerCertificate().subject?.CN, ...ends }),
      (error) => ({ error }),
    );
  }
  const ends = await request;
  ends.client.resume();
  ends.server.on('error', () => {}).resume();
  const failed = failure(ends.client);
  const answered = ask(ends.server);
  answered.catch(() => {});
  return Promise.race([
    answered.then(({ certificate }) => ({ name: certificate?.subject.CN, ...ends })),
    failed.then((error) => ({ error })),
  ]);
}

describe('clientCertificateCallback', () => {
  before(function onlyOurs() {
    if (subject === 'builtin') this.skip();
  });

  for (const moment of Object.keys(moments)) {
    for (const over of ['tcp', 'duplex']) {
      for (const form of callbackForms) {
        if (form.outcome === 'never') continue;
        it(`${form.title}, ${moment}, over ${over}: ${form.outcome}`, async () => {
          const cause = new Error('of the application');
          const clientCertificateCallback = form.make(1, chosen, cause);
          const { error, name } = await outcome(moment, { clientCertificateCallback }, over);
          if (form.outcome === 'error') assert.equal(error, cause);
          else if (form.outcome === 'twice') assert.equal(error?.code, 'ERR_MULTIPLE_CALLBACK');
          else assert.equal(name, form.outcome === 'answer' ? 'client' : undefined, error);
        });
      }
    }

    describe(moment, () => {
      it('is told what the server wants', async () => {
        const asked = [];
        async function clientCertificateCallback(request) {
          asked.push({ ...request, socket: this });
          return chosen;
        }
        const { client, name } = await outcome(moment, { clientCertificateCallback });
        assert.equal(name, 'client');
        const [{ authorities, postHandshake, socket }] = asked;
        assert.equal(asked.length, 1);
        assert.equal(socket, client);
        assert.equal(postHandshake, moment === 'later');
        assert.deepEqual(
          authorities.map(({ name: { CN } }) => CN),
          ['root', 'other-root'],
        );
        for (const { raw } of authorities) assert.equal(raw[0], 0x30);
        assert.equal(client.authorized, true);
      });

      it('and of no authorities where the server names none', async () => {
        const asked = [];
        const clientCertificateCallback = ({ authorities }) => {
          asked.push(authorities);
          return null;
        };
        await outcome(moment, { clientCertificateCallback }, 'tcp', { ca: undefined });
        assert.deepEqual(asked, [[]]);
      });

      const own = identity('client-rsa');
      for (const [title, answer, expected] of [
        ['a context', () => tls.createSecureContext(chosen), 'client'],
        ['PEM', () => chosen, 'client'],
        ['PKCS#12', () => ({ pfx: fixture('client.p12'), passphrase }), 'client'],
        [
          'a key by its URI',
          () => ({ ...chosen, key: `file:${fixturePath('client.key')}` }),
          'client',
        ],
        ['a key that is elsewhere', () => identityElsewhere('client'), 'client'],
        ['null: none, though the connection has one', () => null, undefined],
        ["undefined: the connection's own", () => undefined, 'client-rsa'],
      ]) {
        it(title, async () => {
          const { error, name } = await outcome(moment, {
            ...own,
            clientCertificateCallback: async () => answer(),
          });
          assert.equal(name, expected, error);
        });
      }

      for (const [title, answer, code] of [
        ['a number', 1, 'ERR_INVALID_ARG_TYPE'],
        ['a list', [], 'ERR_INVALID_ARG_TYPE'],
        ['no certificate', {}, 'ERR_INVALID_ARG_VALUE'],
        ['an option that it does not know', { ...chosen, certs: 1 }, 'ERR_INVALID_ARG_VALUE'],
        ["a context of somebody else's", { context: {} }, 'ERR_TLS_INVALID_CONTEXT'],
        ['a broken certificate', { cert: 'none', key: chosen.key }, /^ERR_OSSL_/],
      ]) {
        it(`${title} is ${code}`, async () => {
          const { error } = await outcome(moment, { clientCertificateCallback: () => answer });
          if (typeof code === 'string') assert.equal(error.code, code);
          else assert.match(error.code, code);
        });
      }

      it('destroyed while it is asked', async () => {
        let destroyed;
        const clientCertificateCallback = function ask() {
          destroyed = this;
          setImmediate(() => this.destroy());
          return new Promise(() => {});
        };
        const { server, port } = await serve({
          ...moments[moment].options,
          ...trusting,
          requestCert: moments[moment].requestCert,
        });
        const gone = new Promise((resolve) => {
          server.on('tlsClientError', resolve);
          server.on('secureConnection', (socket) => {
            socket.resume().on('close', resolve);
            moments[moment].ask?.(socket).catch(() => {});
          });
        });
        const client = connect({
          port,
          ...moments[moment].options,
          ...moments[moment].client,
          clientCertificateCallback,
        });
        await closed(client.resume());
        assert.equal(destroyed, client);
        await gone;
      });
    });
  }

  it('is not asked where the server does not ask, nor before the server is verified', async () => {
    const clientCertificateCallback = () => assert.fail('asked');
    const { client } = await secured({ client: { clientCertificateCallback } });
    assert.equal(client.authorized, true);
    for (const version of ['TLSv1.2', 'TLSv1.3']) {
      const { port } = await serve({ ...identity('server-ec'), requestCert: true, ca });
      const refused = connect({
        port,
        ca: fixture('other-root.crt'),
        clientCertificateCallback,
        ...versionIs(version),
      });
      assert.match((await failure(refused)).code, /^UNABLE_TO/);
    }
  });

  it('trust stays that of the connection, whatever the context trusts', async () => {
    const identityOfOther = tls.createSecureContext({ ...stranger, ca: fixture('other-root.crt') });
    for (const moment of Object.keys(moments)) {
      const { name, client } = await outcome(moment, {
        clientCertificateCallback: () => identityOfOther,
      });
      assert.equal(name, 'client-unknown');
      assert.equal(client.authorized, true);
    }
  });

  it('each renegotiation asks anew, and goes back to the own one', async () => {
    const answers = [chosen, undefined, null, chosen];
    const names = [];
    const { client, server } = await secured({
      server: {
        ...versionIs('TLSv1.2'),
        ...trusting,
        requestCert: true,
        rejectUnauthorized: false,
      },
      client: { ...identity('client-rsa'), clientCertificateCallback: () => answers.shift() },
    });
    client.resume();
    server.resume();
    const name = () => server.getPeerCertificate().subject?.CN;
    names.push(name());
    while (answers.length > 0) {
      await new Promise((resolve, reject) => {
        client.renegotiate({}, (error) => (error ? reject(error) : resolve()));
      });
      // The client is through before the server is.
      client.write('through');
      await once(server, 'data');
      names.push(name());
      assert.equal(client.authorized, true);
    }
    assert.deepEqual(names, ['client', 'client-rsa', undefined, 'client']);
  });

  it('connections with another callback do not resume the sessions of one', async () => {
    const { port } = await serve({ ...trusting, requestCert: true }, (socket) => {
      socket.on('error', () => {}).end(socket.getPeerCertificate().subject.CN);
    });
    const sessionCache = new tls.SessionCache();
    const a = () => chosen;
    const b = () => stranger;
    const visit = async (clientCertificateCallback) => {
      const client = connect({ port, sessionCache, clientCertificateCallback });
      const [data] = await once(client, 'data');
      await closed(client);
      return [String(data), client.isSessionReused()];
    };
    assert.deepEqual(await visit(a), ['client', null]);
    assert.deepEqual((await visit(b))[0], 'client-unknown');
    assert.deepEqual((await visit(a))[0], 'client');
  });

  it('wrong options', () => {
    for (const options of [{ clientCertificateCallback: 1 }, { postHandshakeAuth: 'yes' }]) {
      assert.throws(() => tls.connect({ port: 1, ...options }), { code: 'ERR_INVALID_ARG_TYPE' });
    }
  });

  it('openssl s_server: the names of its CAs, and the certificate', async function peer() {
    for (const version of ['-tls1_2', '-tls1_3']) {
      const { port } = await opensslServer(this, {
        args: [
          ...[version, '-Verify', '2', '-CAfile', fixturePath('root.crt'), '-verify_return_error'],
          ...deaf,
        ],
      });
      const asked = [];
      const client = connect({
        port,
        clientCertificateCallback: async ({ authorities }) => {
          asked.push(...authorities.map(({ name }) => name.CN));
          return chosen;
        },
      });
      await once(client, 'secureConnect');
      client.write('hello');
      assert.deepEqual(asked, ['root']);
      client.destroy();
    }
  });
});
