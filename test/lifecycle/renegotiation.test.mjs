// Renegotiation (TLS 1.2): a handshake of its own, with a verdict of its own.
import assert from 'node:assert/strict';
import { onCleanup, tidy } from '../support/cleanup.mjs';
import { duplexPair } from '../support/duplex.mjs';
import {
  connect,
  connectPlain,
  listen,
  secured,
  serve,
  servePlain,
  tidyServer,
  transports,
} from '../support/ends.mjs';
import { closed, deferred, ending, once, readBytes, record } from '../support/events.mjs';
import { ca, fixture, identity } from '../support/fixtures.mjs';
import { builtin, subject, tls } from '../support/subject.mjs';
import { identityElsewhere, signWith } from '../external-keys/support.mjs';

const maxVersion = 'TLSv1.2';

/** Of a root that nobody here trusts. */
const unknown = (whose) => ({
  cert: fixture(`${whose}-unknown.crt`),
  key: fixture(`${whose}-unknown.key`),
});

/** Resolves to what a callback of renegotiate() got: null or an error. */
const renegotiated = (socket, options = {}) =>
  new Promise((resolve, reject) => {
    socket.once('error', reject).once('close', () => reject(new Error('closed')));
    socket.renegotiate(options, resolve);
  });

for (const over of transports) {
  describe(`renegotiation, over ${over}`, () => {
    const pair = (server, client) =>
      secured({ over, server: { maxVersion, ...server }, client: { maxVersion, ...client } });
    const flow = ({ client, server }) => {
      client.on('data', () => {}).on('error', () => {});
      server.on('data', () => {}).on('error', () => {});
    };

    for (const [second, authorized, why] of [
      [identity('client-rsa'), true, null],
      [unknown('client'), false, /^(UNABLE_TO|SELF_SIGNED)/],
      [{}, false, /^UNABLE_TO_GET_ISSUER_CERT$/],
    ]) {
      it(`the server authorizes whom it sees now: ${second.cert ? (authorized ? 'another' : 'an unknown one') : 'nobody'}`, async () => {
        const { client, server } = await pair(
          { ca, requestCert: true, rejectUnauthorized: false },
          identity('client'),
        );
        flow({ client, server });
        assert.equal(server.authorized, true);
        client.setKeyCert(tls.createSecureContext({ ...second, ca }));
        // In a thread of its own the server may hear later than the client.
        const heard = once(server, 'secure');
        assert.equal(await renegotiated(client), null);
        await heard;
        assert.equal(server.authorized, authorized);
        if (why === null) assert.equal(server.authorizationError, null);
        else assert.match(server.authorizationError, why);
      });
    }

    for (const verifyInHandshake of [true, false]) {
      it(`the client leaves a server that is not trusted any more (verifyInHandshake: ${verifyInHandshake})`, async () => {
        const { client, server } = await pair({}, { verifyInHandshake });
        server.on('data', () => {}).on('error', () => {});
        const secure = record(client, ['secureConnect']);
        const end = ending(client.resume());
        server.setKeyCert(tls.createSecureContext(unknown('server')));
        assert.equal(
          client.renegotiate({}, () => {}),
          true,
        );
        assert.match((await end).code, /^(UNABLE_TO|SELF_SIGNED)/);
        assert.equal(client.authorized, false);
        assert.deepEqual(secure, []);
      });

      it(`a client that accepts anybody sees who is not trusted (verifyInHandshake: ${verifyInHandshake})`, async () => {
        const { client, server } = await pair({}, { verifyInHandshake, rejectUnauthorized: false });
        flow({ client, server });
        assert.equal(client.authorized, true);
        server.setKeyCert(tls.createSecureContext(identity('wrong-host')));
        assert.equal(await renegotiated(client), null);
        assert.equal(client.authorized, false);
        assert.equal(client.authorizationError, 'ERR_TLS_CERT_ALTNAME_INVALID');
        server.setKeyCert(tls.createSecureContext(identity('server-ec')));
        assert.equal(await renegotiated(client), null);
        assert.equal(client.authorized, true);
        assert.equal(client.authorizationError, null);
      });
    }

    for (const by of ['client', 'server']) {
      it(`a second one while one is under way is refused: by the ${by}`, async () => {
        const ends = await pair();
        flow(ends);
        const first = renegotiated(ends[by]);
        const answers = [];
        assert.equal(
          ends[by].renegotiate({}, (error) => answers.push(error.code)),
          false,
        );
        assert.equal(await first, null);
        assert.deepEqual(answers, ['ERR_TLS_INVALID_STATE']);
        assert.equal(await renegotiated(ends[by]), null);
        const got = readBytes(ends[by === 'client' ? 'server' : 'client'], 4);
        ends[by].write('done');
        await got;
      });
    }

    for (const refusing of ['client', 'server']) {
      it(`allowRenegotiation: false of the ${refusing} refuses that of its peer`, async () => {
        const ends = await pair(
          refusing === 'server' ? { allowRenegotiation: false } : {},
          refusing === 'client' ? { allowRenegotiation: false } : {},
        );
        const asking = refusing === 'server' ? ends.client : ends.server;
        ends[refusing].on('data', () => {}).on('error', () => {});
        const secure = record(ends[refusing], ['secure']);
        const answers = [];
        asking.renegotiate({}, (error) => answers.push(error));
        // The alert is a warning, but OpenSSL leaves at it.
        const error = await ending(asking.resume());
        assert.equal(error.code, 'ERR_SSL_NO_RENEGOTIATION');
        assert.deepEqual(answers, [error]);
        assert.deepEqual(secure, []);
      });
    }

    for (const [how, refuse] of [
      ['disableRenegotiation()', ({ server }) => server.disableRenegotiation()],
      ['as an attack', () => (tls.CLIENT_RENEG_LIMIT = 0)],
    ]) {
      // Streams in memory do not tell when their other end is destroyed.
      if (over === 'duplex') continue;
      it(`refused by the server, ${how}: the client hears no more than 'close', or a reset`, async () => {
        const limit = tls.CLIENT_RENEG_LIMIT;
        onCleanup(() => (tls.CLIENT_RENEG_LIMIT = limit));
        const ends = await pair();
        refuse(ends);
        const refused = ending(ends.server.resume());
        // What the server has not read when it leaves makes a reset of its end.
        const errors = [];
        const gone = closed(ends.client.resume(), errors);
        const answers = [];
        ends.client.renegotiate({}, (error) => answers.push(error));
        assert.match((await refused).code, /^ERR_TLS_(RENEGOTIATION_DISABLED|SESSION_ATTACK)$/);
        await gone;
        for (const { code } of errors) assert.equal(code, 'ECONNRESET');
        if (subject === 'ownssl') assert.deepEqual(answers, errors);
      });
    }

    for (const by of ['client', 'server']) {
      for (const [how, leave] of [
        ['destroy()', ({ mine }) => mine.destroy()],
        ['destroy(error)', ({ mine }) => mine.destroy(new Error('mine'))],
        ['a timeout', ({ mine }) => mine.setTimeout(1, () => mine.destroy())],
        ['destroy() of the peer', ({ peer }) => peer.destroy()],
        ["the peer's end", ({ peer }) => peer.end()],
      ]) {
        if (over === 'duplex' && how === 'destroy() of the peer') continue;
        it(`cut off by ${how}: the callback of the ${by} gets the error, if there is one`, async () => {
          // An I/O thread would read ahead for the peer.
          const options = (whose) => ({
            allowHalfOpen: true,
            ...(whose !== by && { ioThreads: 'never' }),
          });
          const ends = await pair(options('server'), options('client'));
          const mine = ends[by];
          const peer = ends[by === 'client' ? 'server' : 'client'];
          // It is full, reads no more, and so does not answer.
          peer.on('error', () => {}).pause();
          mine.on('error', () => {}).resume();
          const gone = closed(mine);
          mine.write(Buffer.alloc(1 << 18));
          await once(peer, 'readable');
          const answers = [];
          assert.equal(
            mine.renegotiate({}, (error) => answers.push(error)),
            true,
          );
          const over = how === "the peer's end" ? once(mine, 'end') : gone;
          leave({ mine, peer });
          await over;
          mine.destroy();
          await gone;
          assert.deepEqual(answers, mine.errored ? [mine.errored] : []);
        });
      }

      it(`renegotiate() of a ${by} that is destroyed does nothing`, async () => {
        const ends = await pair();
        flow(ends);
        ends[by].destroy();
        assert.equal(
          ends[by].renegotiate({}, () => assert.fail('called')),
          undefined,
        );
        await new Promise(setImmediate);
      });
    }

    it('allowRenegotiation: false of a server leaves its own', async () => {
      const { client, server } = await pair({ allowRenegotiation: false });
      flow({ client, server });
      assert.equal(await renegotiated(server), null);
    });
  });
}

/** The types of the records in what one end has sent. */
function recordTypes(bytes) {
  const types = [];
  for (let i = 0; i + 5 <= bytes.length; i += 5 + bytes.readUInt16BE(i + 3)) types.push(bytes[i]);
  return types;
}

/** Both ends, and what each has sent between them. */
async function overheard(over, server, client) {
  const sent = { client: [], server: [] };
  const listener = tidyServer(
    tls.createServer({ ...identity('server-ec'), maxVersion, ...server }),
  );
  const accepted = once(listener, 'secureConnection');
  let target;
  if (over === 'duplex') {
    const [near, far] = duplexPair().map(tidy);
    for (const [end, stream] of Object.entries({ client: near, server: far })) {
      const { _write: write } = stream;
      stream._write = (chunk, ...rest) => (
        sent[end].push(chunk),
        write.call(stream, chunk, ...rest)
      );
    }
    listener.emit('connection', far);
    target = { socket: near };
  } else {
    const inner = await listen(listener);
    const { port } = await servePlain((near) => {
      const far = connectPlain(inner);
      near
        .on('data', (chunk) => sent.client.push(chunk))
        .on('error', () => {})
        .pipe(far);
      far
        .on('data', (chunk) => sent.server.push(chunk))
        .on('error', () => {})
        .pipe(near);
    });
    target = { port };
  }
  const ends = { client: connect({ ...target, maxVersion, ...client }) };
  [[ends.server]] = await Promise.all([accepted, once(ends.client, 'secureConnect')]);
  for (const end of Object.values(ends))
    tidy(end)
      .on('error', () => {})
      .resume();
  return { ...ends, typesOf: (end) => recordTypes(Buffer.concat(sent[end])) };
}

describe('end() within a renegotiation says goodbye behind it', () => {
  before(function () {
    // The built-in ends without a close_notify.
    if (subject !== 'ownssl') this.skip();
  });
  const alert = 21;

  for (const over of ['tcp', 'duplex', 'thread']) {
    const place = over === 'thread' ? { ioThreads: 'always' } : {};

    it(`a client that has begun it, over ${over}`, async () => {
      const { client, server, typesOf } = await overheard(over, place, place);
      const heard = once(server, 'end');
      const done = renegotiated(client);
      client.end();
      assert.equal(await done, null);
      await heard;
      assert.equal(typesOf('client').at(-1), alert);
    });

    /** The options of a server that is asked for a signature, and for a second one waits. */
    function asksTwice() {
      const asked = deferred();
      const answer = deferred();
      let first = true;
      const sign = async (...args) => {
        if (!first) {
          asked.resolve();
          await answer.promise;
        }
        first = false;
        return signWith(...args);
      };
      const options = { ...place, ...identityElsewhere('server-ec', { answer: sign }) };
      return { options, asked: asked.promise, answer: answer.resolve };
    }

    it(`a server that is asked in it, over ${over}`, async () => {
      const { options, asked, answer } = asksTwice();
      const { client, server, typesOf } = await overheard(over, options, place);
      const heard = once(client, 'end');
      const done = renegotiated(client);
      await asked;
      server.end();
      answer();
      assert.equal(await done, null);
      await heard;
      assert.equal(typesOf('server').at(-1), alert);
    });

    it(`and comes to its end where the peer does not answer, over ${over}`, async () => {
      const { options, asked } = asksTwice();
      const { client, server } = await overheard(over, options, place);
      const heard = once(server, 'end');
      client.renegotiate({}, () => {});
      client.end();
      await Promise.all([asked, heard]);
    });
  }
});

it('of a server that its client does not follow holds no data up', async () => {
  const [near, far] = duplexPair().map(tidy);
  const server = tidy(
    new tls.TLSSocket(far, { isServer: true, ...identity('server-ec'), maxVersion }),
  );
  const client = connect({ socket: near, maxVersion });
  await Promise.all([once(client, 'secureConnect'), once(server, 'secure')]);
  server.on('data', () => {});
  // From here on the server hears nothing of its client.
  near._write = (chunk, encoding, done) => done();
  const answers = [];
  assert.equal(
    server.renegotiate({}, (error) => answers.push(error)),
    true,
  );
  const got = readBytes(client, 5000);
  await new Promise((resolve) => server.write(Buffer.alloc(5000), resolve));
  await got;
  assert.deepEqual(answers, []);
  server.destroy();
  await once(server, 'close');
  assert.deepEqual(answers, []);
});

it('renegotiate() before the application has heard of the first handshake: false, with an error', async () => {
  const { port } = await serve({ maxVersion });
  const [session] = await once(connect({ port }), 'session');
  const client = connect({ port, session });
  // Of a resumed session the secret is told behind the crossing in which the handshake ends.
  const refused = new Promise((resolve) => {
    client.once('keylog', () => assert.equal(client.renegotiate({}, resolve), false));
  });
  assert.equal((await refused).code, 'ERR_TLS_INVALID_STATE');
  await once(client, 'secureConnect');
  client.on('data', () => {});
  assert.equal(await renegotiated(client), null);
});

it('renegotiate() before the first handshake is over: false, with an error', async () => {
  const { client } = await secured({ server: { maxVersion } });
  const socket = new tls.TLSSocket(client, {});
  const error = await new Promise((resolve) => {
    assert.equal(socket.renegotiate({}, resolve), false);
  });
  assert.equal(error.code, 'ERR_TLS_INVALID_STATE');
  socket.destroy();
});

for (const end of ['client', 'server']) {
  it(`with the built-in as the ${end}`, async () => {
    const { client, server } = await secured({
      at: { [end]: builtin },
      server: { maxVersion },
      client: { maxVersion },
    });
    client.on('data', () => {});
    server.on('data', () => {});
    assert.equal(await renegotiated(client), null);
    assert.equal(await renegotiated(server), null);
  });
}
