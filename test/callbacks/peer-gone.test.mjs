// The other end goes away while this one waits for a function of its application: it hears so at once, and
// what that function answers later is of no interest any more.
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { duplexPair, reshapeInput } from '../support/duplex.mjs';
import { onCleanup, tidy } from '../support/cleanup.mjs';
import { connect, listen, secured, tidyServer, versionIs } from '../support/ends.mjs';
import { closed, deferred, failure, once, readAll, record } from '../support/events.mjs';
import { ca, fixture, identity } from '../support/fixtures.mjs';
import { subject, tls } from '../support/subject.mjs';
import { identityElsewhere, signWith } from '../external-keys/support.mjs';

const psk = Buffer.alloc(32, 7);
const byPsk = (version) =>
  version === 'TLSv1.2' ? { ciphers: 'PSK' } : { ciphers: 'TLS_AES_128_GCM_SHA256' };
const asksForCertificate = { ...identity('server-ec'), requestCert: true, ca };
const rawPublicKeys = subject === 'ownssl' && tls.openssl.features.rawPublicKeys;

/** What a client's application is asked: the options of both ends, with `wait` in place of an answer. */
const ofClients = {
  checkServerIdentity: (wait) => ({
    server: identity('server-ec'),
    client: { checkServerIdentity: () => wait(undefined) },
  }),
  sign: (wait) => ({
    server: asksForCertificate,
    client: identityElsewhere('client', { answer: (...args) => wait(signWith(...args)) }),
  }),
  'sign with a callback': (wait) => ({
    server: asksForCertificate,
    client: identityElsewhere('client', {
      answer: (key, data, options, callback) => {
        wait(signWith(key, data, options)).then((signature) => callback(null, signature));
      },
    }),
  }),
  clientCertificateCallback: (wait) => ({
    server: asksForCertificate,
    client: { clientCertificateCallback: () => wait(identity('client')) },
  }),
  pskCallback: (wait, version) => ({
    server: { ...byPsk(version), pskCallback: () => psk },
    client: {
      ...byPsk(version),
      pskCallback: () => wait({ psk, identity: 'me' }),
      checkServerIdentity: () => undefined,
    },
  }),
  ...(rawPublicKeys && {
    'rawPublicKey.accept': (wait) => ({
      server: { key: fixture('server-ec.key'), rawPublicKey: { present: true } },
      client: { rawPublicKey: { accept: () => wait(true) }, ca: undefined },
    }),
  }),
};

/** The same of a server's. */
const ofServers = {
  SNICallback: (wait) => ({
    server: { ...identity('server-ec'), SNICallback: () => wait(tls.createSecureContext()) },
  }),
  ALPNCallback: (wait) => ({
    server: { ...identity('server-ec'), ALPNCallback: () => wait('a') },
    client: { ALPNProtocols: ['a'] },
  }),
  clientHelloCallback: (wait) => ({
    server: { ...identity('server-ec'), clientHelloCallback: () => wait({}) },
  }),
  OCSPRequest: (wait) => ({
    server: identity('server-ec'),
    client: { requestOCSP: true },
    event: ['OCSPRequest', (_cert, _issuer, done) => void wait(null).then(() => done(null, null))],
  }),
  sign: (wait) => ({
    server: identityElsewhere('server-ec', { answer: (...args) => wait(signWith(...args)) }),
  }),
  pskCallback: (wait, version) => ({
    server: { ...byPsk(version), pskCallback: () => wait(psk) },
    client: {
      ...byPsk(version),
      pskCallback: () => ({ psk, identity: 'me' }),
      checkServerIdentity: () => undefined,
    },
  }),
  ...(rawPublicKeys && {
    'rawPublicKey.accept': (wait) => ({
      server: {
        ...identity('server-ec'),
        requestCert: true,
        rawPublicKey: { accept: () => wait(true) },
      },
      client: { key: fixture('client.key'), rawPublicKey: { present: true } },
    }),
  }),
};

function noRejections() {
  const listener = (reason) => {
    throw reason;
  };
  process.on('unhandledRejection', listener);
  onCleanup(() => process.removeListener('unhandledRejection', listener));
}

/** Both ends, and the transports below them, when `ends` has been asked. */
async function untilAsked(make, version, over, both = {}) {
  noRejections();
  const asked = deferred();
  const answer = deferred();
  const wait = (value) => {
    asked.resolve();
    return answer.promise.then(() => value);
  };
  const { server: options, client: more, event } = make(wait, version);
  const threads = over === 'thread' ? { ioThreads: 'always' } : {};
  const common = { ...versionIs(version), ...threads, ...both };
  const server = tidyServer(tls.createServer({ ...options, ...common }));
  if (event) server.on(...event);
  const failed = new Promise((resolve) => server.once('tlsClientError', resolve));
  const secured = record(server, ['secureConnection']);
  const transport = new Promise((resolve) => server.once('connection', resolve));
  let own;
  if (over === 'duplex') {
    // Half-open, a server's socket would stay until its handshakeTimeout, asked or not, as with Node.
    const [near, far] = duplexPair({ allowHalfOpen: false, ...both }).map(tidy);
    own = { socket: near };
    setImmediate(() => server.emit('connection', far));
  } else {
    own = { port: await listen(server) };
  }
  const client = connect({ ...own, ...common, ...more });
  client.on('error', () => {});
  const heard = record(client, ['secureConnect', 'error', 'close'], (name, error) =>
    name === 'error' ? error.code : name,
  );
  await asked.promise;
  return {
    client,
    heard,
    server: await transport,
    listener: server,
    failed,
    secured,
    answer: answer.resolve,
  };
}

async function afterwards() {
  for (let i = 0; i < 10; ++i) await turn();
}

const DISCONNECTED =
  /^Client network socket disconnected before secure TLS connection was established/;

/** Destroys what the client is connected to: it hears so at once, and nothing more comes of the late answer. */
async function isCutOff(client, peer, answer) {
  const gone = closed(client);
  const error = failure(client);
  peer.destroy();
  const { code, message } = await error;
  assert.equal(code, 'ECONNRESET');
  assert.match(message, DISCONNECTED);
  await gone;
  answer();
  await afterwards();
}

describe('the peer leaves while the application is asked', () => {
  before(function () {
    if (subject !== 'ownssl') this.skip();
  });

  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    for (const over of ['tcp', 'duplex', 'thread']) {
      for (const [name, make] of Object.entries(ofClients)) {
        it(`a client hears that in ${name}, ${version} over ${over}`, async () => {
          const { client, heard, server, answer } = await untilAsked(make, version, over);
          await isCutOff(client, server, answer);
          assert.deepEqual(heard, ['ECONNRESET', 'close']);
        });

        if (over === 'duplex') continue;
        it(`a client hears of a reset in ${name}, ${version} over ${over}`, async () => {
          const { client, heard, server, answer } = await untilAsked(make, version, over);
          const gone = closed(client);
          server.resetAndDestroy();
          await gone;
          answer();
          await afterwards();
          assert.deepEqual(heard, ['ECONNRESET', 'close']);
        });
      }

      for (const [name, make] of Object.entries(ofServers)) {
        // See below.
        if (name === 'rawPublicKey.accept' && version === 'TLSv1.3') continue;
        it(`a server hears that in ${name}, ${version} over ${over}`, async () => {
          const { client, failed, secured, answer } = await untilAsked(make, version, over);
          client.destroy();
          assert.equal((await failed).code, 'ECONNRESET');
          answer();
          await afterwards();
          assert.deepEqual(secured, []);
        });
      }
    }
  }

  /** What a server is asked when its client may have said all that it has to say. */
  const last = {
    'keeping its session': (wait) => ({
      server: identity('server-ec'),
      event: ['newSession', (_id, _data, done) => void wait(null).then(done)],
    }),
    ...(rawPublicKeys && { 'its key': ofServers['rawPublicKey.accept'] }),
  };
  for (const [what, make] of Object.entries(last)) {
    for (const over of ['tcp', 'duplex', 'thread']) {
      it(`a client of TLS 1.3 that has ended still reads, and is read, when ${what} is asked for, over ${over}`, async () => {
        const { client, listener, secured, answer } = await untilAsked(make, 'TLSv1.3', over, {
          allowHalfOpen: true,
        });
        if (client.secureConnecting) await once(client, 'secureConnect');
        const accepted = new Promise((resolve) => listener.once('secureConnection', resolve));
        const transportEnded = once(client, 'finish');
        client.end('all');
        await transportEnded;
        await afterwards();
        assert.deepEqual(secured, []);
        answer();
        const server = tidy(await accepted);
        assert.equal(String(await readAll(server)), 'all');
        server.end('heard');
        assert.equal(String(await readAll(client)), 'heard');
      });
    }
  }
});

/** When a client judges its server behind the handshake: the options of both ends. */
const judgedLate = {
  'verifyInHandshake: false': () => ({
    server: identity('server-ec'),
    client: { verifyInHandshake: false },
  }),
  'a pre-shared key': (version) => ({
    server: { ...byPsk(version), pskCallback: () => psk },
    client: { ...byPsk(version), pskCallback: () => ({ psk, identity: 'me' }) },
  }),
};

describe('the peer leaves while its verdict is awaited behind the handshake', () => {
  before(function () {
    if (subject !== 'ownssl') this.skip();
  });

  /** A client that waits for its own verdict, what it hears, and its server, which has accepted it. */
  async function untilJudged(kind, version, over) {
    noRejections();
    const common = { ...versionIs(version), ...(over === 'thread' && { ioThreads: 'always' }) };
    const options = kind(version);
    const listener = tidyServer(tls.createServer({ ...common, ...options.server }));
    const accepted = once(listener, 'secureConnection');
    const connected = once(listener, 'connection');
    let target;
    if (over === 'duplex') {
      const [near, far] = duplexPair({ allowHalfOpen: false }).map(tidy);
      setImmediate(() => listener.emit('connection', far));
      target = { socket: near };
    } else {
      target = { port: await listen(listener) };
    }
    const asked = deferred();
    const answer = deferred();
    const checkServerIdentity = () => (asked.resolve(), answer.promise);
    const client = connect({ ...target, ...common, ...options.client, checkServerIdentity });
    const names = ['secureConnect', 'session', 'data', 'end', 'error', 'close'];
    const heard = record(client, names, (name, value) => (name === 'error' ? value.code : name));
    client.on('error', () => {});
    const [[server], [transport]] = await Promise.all([accepted, connected, asked.promise]);
    tidy(server).on('error', () => {});
    // By now its tickets are there.
    await afterwards();
    return { client, heard, server, transport, answer: answer.resolve };
  }

  for (const [title, kind] of Object.entries(judgedLate)) {
    for (const version of ['TLSv1.2', 'TLSv1.3']) {
      // There a pre-shared key counts as a session that is resumed, and nobody is asked.
      if (title === 'a pre-shared key' && version === 'TLSv1.3') continue;
      for (const over of ['tcp', 'duplex', 'thread']) {
        it(`a client hears that: ${title}, ${version} over ${over}`, async () => {
          const { client, heard, transport, answer } = await untilJudged(kind, version, over);
          await isCutOff(client, transport, answer);
          assert.deepEqual(heard, ['end', 'ECONNRESET', 'close']);
        });

        if (over !== 'duplex')
          it(`a client hears of a reset: ${title}, ${version} over ${over}`, async () => {
            const { client, heard, transport, answer } = await untilJudged(kind, version, over);
            const gone = closed(client);
            transport.resetAndDestroy();
            await gone;
            answer();
            await afterwards();
            assert.deepEqual(heard, ['ECONNRESET', 'close']);
          });

        for (const [what, leave, data] of [
          ['what was sent and a clean end', ({ server }) => server.end('bye'), true],
          ['a clean end', ({ server }) => server.end(), false],
          [
            'what was sent and a cut',
            ({ server, transport }) => server.write('bye', () => transport.destroy()),
            true,
          ],
        ])
          it(`${what} wait for the verdict: ${title}, ${version} over ${over}`, async () => {
            const ends = await untilJudged(kind, version, over);
            const { client, heard, answer } = ends;
            leave(ends);
            await afterwards();
            await afterwards();
            assert.deepEqual(heard, []);
            const ended = once(client, 'end');
            answer();
            client.resume();
            await ended;
            const told = heard.filter((name) => name !== 'session' && name !== 'close');
            assert.deepEqual(told, ['secureConnect', ...(data ? ['data'] : []), 'end']);
            if (version === 'TLSv1.3') assert.ok(heard.includes('session'));
          });
      }
    }
  }

  it('a server that refuses the client by an alert is told at once', async () => {
    noRejections();
    const listener = tidyServer(
      tls.createServer({ ...identity('server-ec'), ca, requestCert: true }),
    );
    listener.on('tlsClientError', () => {});
    const client = connect({
      port: await listen(listener),
      verifyInHandshake: false,
      checkServerIdentity: () => new Promise(() => {}),
    });
    const { code } = await failure(client);
    assert.match(code, /CERTIFICATE_REQUIRED$/);
  });
});

/** In an established connection: what each end has, and how it comes to the question of `asked`. */
const later = {
  'a client that renegotiates': {
    version: 'TLSv1.2',
    asked: 'client',
    server: asksForCertificate,
    options: (callback) => ({ client: { clientCertificateCallback: callback } }),
    answer: () => identity('client'),
    begin: ({ client }) => client.renegotiate({}, () => {}),
  },
  'a client that is asked for its certificate': {
    version: 'TLSv1.3',
    asked: 'client',
    server: { ca },
    options: (callback) => ({ client: { clientCertificateCallback: callback } }),
    first: false,
    answer: () => identity('client'),
    begin: ({ server }) => server.requestClientCertificate().catch(() => {}),
  },
  'a server whose client renegotiates': {
    version: 'TLSv1.2',
    asked: 'server',
    options: (callback) => ({ server: identityElsewhere('server-ec', { answer: callback }) }),
    answer: (...args) => signWith(...args),
    begin: ({ client }) => client.renegotiate({}, () => {}),
  },
};

/** Both ends, when one of them waits for an answer. */
async function untilAskedLater({ version, asked, first = true, ...kind }, over, behind = () => {}) {
  noRejections();
  const waiting = deferred();
  const late = deferred();
  let calls = first ? 0 : 1;
  const callback = (...args) => {
    if (calls++ === 0) return kind.answer(...args);
    waiting.resolve();
    return late.promise.then(() => kind.answer(...args));
  };
  const threads = over === 'thread' ? { ioThreads: 'always' } : {};
  const common = { ...versionIs(version), ...threads };
  const given = kind.options(callback);
  const server = { ...kind.server, ...common, ...given.server };
  const client = { ...common, postHandshakeAuth: true, ...given.client };
  const ends = await secured({ server, client, over: over === 'duplex' ? 'duplex' : 'tcp' });
  const other = asked === 'client' ? ends.server : ends.client;
  other.on('error', () => {});
  // From then on more than a record may be read ahead.
  other.write('first');
  await once(ends[asked], 'data');
  kind.begin(ends);
  behind(other);
  await waiting.promise;
  const heard = record(ends[asked], ['data', 'end', 'error', 'close'], (name, value) =>
    name === 'error' ? value.code : name,
  );
  return { socket: ends[asked], other, heard, answer: late.resolve };
}

describe('the peer leaves while the application is asked in an established connection', () => {
  before(function () {
    if (subject !== 'ownssl') this.skip();
  });

  for (const [title, kind] of Object.entries(later)) {
    for (const over of ['tcp', 'duplex', 'thread']) {
      it(`${title} hears the end, over ${over}`, async () => {
        const { socket, other, heard, answer } = await untilAskedLater(kind, over);
        socket.resume();
        const ended = once(socket, 'end');
        other.destroy();
        await ended;
        answer();
        await afterwards();
        assert.equal(heard[0], 'end');
        assert.deepEqual(heard.slice(1), heard.includes('close') ? ['close'] : []);
      });

      // In a renegotiation the other end waits, too, and sends nothing.
      if (kind.version === 'TLSv1.3')
        for (const when of ['at once', 'later'])
          it(`${title} hears first what was sent before the end, ${when}, over ${over}`, async () => {
            const end = (other) => other.end('bye');
            const { socket, other, heard, answer } = await untilAskedLater(
              kind,
              over,
              when === 'at once' ? end : undefined,
            );
            socket.resume();
            const ended = once(socket, 'end');
            if (when === 'later') end(other);
            await afterwards();
            assert.deepEqual(heard, []);
            answer();
            await ended;
            assert.deepEqual(heard.slice(0, 2), ['data', 'end']);
          });

      if (over === 'duplex') continue;
      it(`${title} hears of a reset, over ${over}`, async () => {
        const { socket, other, heard, answer } = await untilAskedLater(kind, over);
        const gone = closed(socket);
        other.resetAndDestroy();
        await gone;
        answer();
        await afterwards();
        assert.deepEqual(heard, ['ECONNRESET', 'close']);
      });
    }
  }

  it('what came in one chunk with the question, and the end, is told first', async () => {
    noRejections();
    const [near, far] = duplexPair().map(tidy);
    const held = [];
    let holds = false;
    const glued = reshapeInput(
      near,
      (chunk, push) => (holds ? held.push(chunk) : push(chunk)),
      (push) => push(Buffer.concat(held)),
    );
    const listener = tidyServer(tls.createServer({ ...identity('server-ec'), ca }));
    const accepted = once(listener, 'secureConnection');
    setImmediate(() => listener.emit('connection', far));
    const asked = deferred();
    const late = deferred();
    const client = connect({
      socket: glued,
      postHandshakeAuth: true,
      clientCertificateCallback: () => (asked.resolve(), late.promise),
    });
    const heard = record(client, ['data', 'end', 'error'], (name, value) => value?.code ?? name);
    const [server] = await accepted;
    await afterwards();
    holds = true;
    server.requestClientCertificate().catch(() => {});
    tidy(server).end('bye');
    await asked.promise;
    await afterwards();
    assert.deepEqual(heard, []);
    late.resolve(null);
    await once(client.resume(), 'end');
    assert.deepEqual(heard, ['data', 'end']);
  });
});
