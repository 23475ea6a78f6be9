// Every function of the API that answers a question of the handshake, in every form of an answer.
import assert from 'node:assert/strict';
import { duplexPair } from '../support/duplex.mjs';
import { onCleanup, tidy } from '../support/cleanup.mjs';
import { connect, listen, tidyServer } from '../support/ends.mjs';
import { once } from '../support/events.mjs';
import { fixture, identity } from '../support/fixtures.mjs';
import { tls } from '../support/subject.mjs';
import { callbackForms, hiddenCallbacks, valueForms } from './forms.mjs';

const SSL_OP_NO_TICKET = 1 << 14;
const versions = ['TLSv1.2', 'TLSv1.3'];
const psk = Buffer.alloc(32, 7);
const noCertificate = (version) =>
  version === 'TLSv1.2' ? { ciphers: 'PSK' } : { ciphers: 'TLS_AES_128_GCM_SHA256' };
const staple = fixture('server-ec.ocsp');
const other = tls.createSecureContext(identity('wrong-host'));

/**
 * What is asked, with a callback. `size` is the number of arguments before it, `value` an answer,
 * `server` and `client` options, `event` the name of an event of the server's in place of an option;
 * `seen` tells of a connection whether it shows the answer.
 */
const asksByCallback = [
  {
    name: 'SNICallback',
    size: 1,
    value: other,
    client: { checkServerIdentity: () => undefined },
    seen: (client) => client.getPeerCertificate().subject.CN === 'wrong-host',
  },
  {
    name: 'clientHelloCallback',
    size: 2,
    value: { secureContext: other },
    client: { checkServerIdentity: () => undefined },
    // Unlike those of Node's API, it has no callback where it takes none: what it returns is its answer.
    without: 'nothing',
    seen: (client) => client.getPeerCertificate().subject.CN === 'wrong-host',
  },
  {
    name: 'OCSPRequest',
    event: true,
    size: 2,
    value: staple,
    client: { requestOCSP: true },
    seen: (client) => staple.equals(client.stapled ?? Buffer.alloc(0)),
  },
  {
    name: 'resumeSession',
    event: true,
    size: 1,
    server: { secureOptions: SSL_OP_NO_TICKET },
    prepare: firstVisit,
    seen: (client) => client.isSessionReused(),
  },
  {
    name: 'newSession',
    event: true,
    size: 2,
    value: true,
    signal: true,
    server: { secureOptions: SSL_OP_NO_TICKET },
  },
];

/** A session of the server, and the value of 'resumeSession' for it. */
async function firstVisit(server, go) {
  const kept = new Promise((resolve) => {
    server.once('newSession', (id, data, callback) => {
      resolve(data);
      callback();
    });
  });
  const client = go({});
  const [session] = await once(client, 'session');
  client.destroy();
  return { value: await kept, client: { session } };
}

/** A server, and a function that connects to it over `over`. */
async function serving(options, over) {
  const server = tls.createServer(options);
  server.on('secureConnection', (socket) =>
    tidy(socket)
      .on('error', () => {})
      .write('hello'),
  );
  const port = over === 'tcp' ? await listen(server) : null;
  if (port === null) tidyServer(server);
  const go = (extra) => {
    if (port !== null) return connect({ port, ...extra });
    const [near, far] = duplexPair().map(tidy);
    server.emit('connection', far);
    return connect({ socket: near, ...extra });
  };
  return { server, go };
}

/** What a connection comes to: the client, which got data, or the server's error. */
async function comesTo(server, client) {
  client.on('OCSPResponse', (response) => {
    client.stapled = response;
  });
  client.on('error', () => {});
  const failure = new Promise((resolve) => {
    server.once('tlsClientError', (error) => resolve({ error }));
  });
  const data = Promise.all([once(client, 'secureConnect'), once(client, 'data')]).then(() => ({
    client,
  }));
  data.catch(() => {});
  return Promise.race([failure, data.catch(() => failure)]);
}

function noRejections() {
  const listener = (reason) => {
    throw reason;
  };
  process.on('unhandledRejection', listener);
  onCleanup(() => process.removeListener('unhandledRejection', listener));
}

for (const ask of asksByCallback) {
  describe(`the answer of ${ask.name}`, () => {
    for (const version of versions) {
      for (const over of ['tcp', 'duplex']) {
        for (const form of callbackForms) {
          it(`${form.title}, ${version} over ${over}: ${form.outcome}`, async () => {
            noRejections();
            const { name, size, signal } = ask;
            const outcome =
              form.title === 'never, and no callback taken'
                ? (ask.without ?? form.outcome)
                : form.outcome;
            const cause = new Error('of the application');
            const protocol = { minVersion: version, maxVersion: version };
            let answering;
            const option = ask.event
              ? {}
              : { [name]: (...args) => assert.fail(`asked without a form: ${args}`) };
            if (!ask.event) option[name] = form.make(size, ask.value, cause);
            const settings = { ...identity('server-ec'), ...protocol, ...ask.server, ...option };
            const patient = ask.prepare && (await serving(settings, over));
            const found = (await ask.prepare?.(patient.server, patient.go)) ?? {};
            const handshakeTimeout = outcome === 'never' ? 200 : 20_000;
            const { server, go } = await serving({ ...settings, handshakeTimeout }, over);
            if (ask.event) {
              answering = form.make(size, found.value ?? ask.value, cause);
              server.on(name, answering);
            }
            const { error, client } = await comesTo(server, go({ ...ask.client, ...found.client }));
            if (outcome === 'error') {
              assert.equal(error, cause);
            } else if (outcome === 'never') {
              assert.equal(error?.code, 'ERR_TLS_HANDSHAKE_TIMEOUT');
            } else if (outcome === 'twice' && !signal) {
              assert.equal(error?.code, 'ERR_MULTIPLE_CALLBACK');
            } else {
              assert.equal(error, undefined);
              if (!signal) assert.equal(ask.seen(client), outcome === 'answer');
            }
          });
        }
      }
    }
  });
}

describe('a callback that the length of the function does not tell of', () => {
  const answer = async (callback) => {
    await new Promise(setImmediate);
    setImmediate(callback, null, other);
  };
  for (const [title, SNICallback] of hiddenCallbacks(answer)) {
    it(`${title}: is waited for`, async () => {
      const { server, go } = await serving({ ...identity('server-ec'), SNICallback }, 'tcp');
      const { client } = await comesTo(server, go({ checkServerIdentity: () => undefined }));
      assert.equal(client.getPeerCertificate().subject.CN, 'wrong-host');
    });
  }

  it('a promise without a value decides where other characters only look like it', async () => {
    const find = async (_what) => undefined;
    const SNICallback = async (name) => find({ ...{ name }, other: name === '=' });
    const { server, go } = await serving({ ...identity('server-ec'), SNICallback }, 'tcp');
    const { client } = await comesTo(server, go({ checkServerIdentity: () => undefined }));
    assert.equal(client.getPeerCertificate().subject.CN, 'server-ec');
  });

  it('SNICallback that takes no callback may return a context', async () => {
    const { server, go } = await serving(
      { ...identity('server-ec'), SNICallback: (_name) => other },
      'tcp',
    );
    const { client } = await comesTo(server, go({ checkServerIdentity: () => undefined }));
    assert.equal(client.getPeerCertificate().subject.CN, 'wrong-host');
  });
});

/** What is asked without a callback: `options` make the ends of it. */
const asksByValue = [
  {
    name: 'pskCallback of a server',
    side: 'server',
    value: psk,
    ends: (version, pskCallback) => ({
      server: { ...noCertificate(version), pskCallback },
      client: {
        ...noCertificate(version),
        pskCallback: () => ({ psk, identity: 'me' }),
        checkServerIdentity: () => undefined,
      },
    }),
  },
  {
    name: 'pskCallback of a client',
    side: 'client',
    value: { psk, identity: 'me' },
    ends: (version, pskCallback) => ({
      server: { ...noCertificate(version), pskCallback: () => psk },
      client: {
        ...noCertificate(version),
        pskCallback,
        checkServerIdentity: () => undefined,
      },
    }),
  },
  {
    name: 'ALPNCallback',
    side: 'server',
    value: 'b',
    ends: (version, ALPNCallback) => ({
      server: { ...identity('server-ec'), ALPNCallback },
      client: { ALPNProtocols: ['a', 'b'] },
    }),
    seen: (client) => client.alpnProtocol === 'b',
  },
  {
    name: 'checkServerIdentity',
    side: 'client',
    value: undefined,
    ends: (version, checkServerIdentity) => ({
      server: { ...identity('server-ec') },
      client: { checkServerIdentity },
    }),
    seen: (client) => client.authorized,
  },
  {
    name: 'checkServerIdentity, verifyInHandshake: false',
    side: 'client',
    value: undefined,
    ends: (version, checkServerIdentity) => ({
      server: { ...identity('server-ec') },
      client: { checkServerIdentity, verifyInHandshake: false },
    }),
    seen: (client) => client.authorized,
  },
];

for (const ask of asksByValue) {
  describe(`the answer of ${ask.name}`, () => {
    for (const version of versions) {
      for (const over of ['tcp', 'duplex']) {
        for (const form of valueForms) {
          it(`${form.title}, ${version} over ${over}: ${form.outcome}`, async () => {
            noRejections();
            const cause = new Error('of the application');
            const ends = ask.ends(version, form.make(ask.value, cause));
            const protocol = { minVersion: version, maxVersion: version };
            const { server, go } = await serving({ ...protocol, ...ends.server }, over);
            const socket = go(ends.client);
            const failed = new Promise((resolve) => {
              socket.once('error', (error) => resolve({ error }));
            });
            const atServer = comesTo(server, socket);
            const outcome = await (ask.side === 'client' && form.outcome === 'error'
              ? failed
              : atServer);
            if (form.outcome === 'error') {
              assert.equal(outcome.error, cause);
            } else {
              assert.equal(outcome.error, undefined);
              assert.equal(ask.seen?.(outcome.client) ?? true, true);
            }
          });
        }

        if (ask.side === 'server') {
          it(`never, ${version} over ${over}: never`, async () => {
            const ends = ask.ends(version, () => new Promise(() => {}));
            const protocol = { minVersion: version, maxVersion: version, handshakeTimeout: 200 };
            const { server, go } = await serving({ ...protocol, ...ends.server }, over);
            const { error } = await comesTo(server, go(ends.client));
            assert.equal(error.code, 'ERR_TLS_HANDSHAKE_TIMEOUT');
          });
        }
      }
    }
  });
}
