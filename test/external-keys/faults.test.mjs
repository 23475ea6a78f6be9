// What goes wrong with an external key ends the handshake that asked, with a code, and no other.
import assert from 'node:assert/strict';
import { sign } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { duplexPair } from '../support/duplex.mjs';
import { tidy } from '../support/cleanup.mjs';
import { connect, listen, secured, serve, tidyServer, versionIs } from '../support/ends.mjs';
import { deferred, ending, failure, once } from '../support/events.mjs';
import { ca, identity } from '../support/fixtures.mjs';
import { liveObjects } from '../support/native.mjs';
import { tls } from '../support/subject.mjs';
import { identityElsewhere, ofOwnsslOnly, signWith } from './support.mjs';

const SIGNATURE = 'ERR_OWNSSL_SIGNATURE_INVALID';
const VALUE = 'ERR_INVALID_RETURN_VALUE';
const failed = Object.assign(new Error('the KMS said no'), { code: 'KMS_NO' });

/** What a key's function may do wrong, and the code of it. Each has the form of sign(), behind the key. */
const faults = {
  'throws': [() => { throw failed; }, 'KMS_NO'],
  'throws what is no error': [() => { throw 'no'; }, 'ERR_UNHANDLED_ERROR'],  
  'rejects': [async () => { throw failed; }, 'KMS_NO'],
  'rejects later': [async () => { await turn(); throw failed; }, 'KMS_NO'],
  'calls back with an error': [(key, data, options, callback) => callback(failed), 'KMS_NO'],
  'calls back without a value': [(key, data, options, callback) => callback(), VALUE],
  'answers a string': [() => 'signature', VALUE],
  'answers an array of numbers': [() => [1, 2], VALUE],
  'promises nothing': [(key, data, options, callback) => setImmediate(callback), VALUE],
  'promises null': [async () => null, VALUE],
  'answers nothing at all': [() => Buffer.alloc(0), SIGNATURE],
  'answers other bytes': [() => Buffer.alloc(70, 1), SIGNATURE],
  'answers a megabyte': [() => Buffer.alloc(1 << 20), SIGNATURE],
  'answers a signature that is cut': [(...args) => signWith(...args).subarray(1), SIGNATURE],
  'answers one with a byte more': [(...args) => Buffer.concat([signWith(...args), Buffer.alloc(1)]), SIGNATURE],
  'signs something else': [(key, data, options) => signWith(key, Buffer.from('x'), options), SIGNATURE],
  'signs the hash of the hash': [(key, data, options) => signWith(key, sign('sha256', data, key).subarray(0, 32), options), SIGNATURE],
  'signs in the form of IEEE P1363': [(key, data, { hash }) => sign(hash, data, { key, dsaEncoding: 'ieee-p1363' }), SIGNATURE],
}; // prettier-ignore

describe('an external key that fails', () => {
  ofOwnsslOnly();

  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    for (const [what, [answer, code]] of Object.entries(faults)) {
      it(`on a server: it ${what}, ${version}`, async () => {
        let broken = true;
        const options = identityElsewhere('server-ec', {
          answer: (...args) => (broken ? answer : signWith)(...args),
          takesCallback: answer.length === 4,
        });
        const { server, port } = await serve({ ...options, ...versionIs(version) });
        const client = connect({ port });
        const [[error], alert] = await Promise.all([
          once(server, 'tlsClientError'),
          failure(client, 'secureConnect'),
        ]);
        assert.equal(error.code, code, error.message);
        if (what.includes('P1363')) assert.match(error.message, /P1363.*DER is expected/);
        assert.match(alert.code, /^ERR_SSL_.*ALERT_INTERNAL_ERROR$/);
        broken = false;
        await once(connect({ port }), 'secureConnect');
      });

      it(`on a client: it ${what}, ${version}`, async () => {
        const { server, port } = await serve({ ...versionIs(version), requestCert: true, ca });
        server.on('secureConnection', (socket) => socket.on('error', () => {}));
        const client = connect({ port, ...identityElsewhere('client', { answer }) });
        const atServer = once(server, 'tlsClientError');
        // In TLS 1.3 a server is through with a client that says nothing more: so both fail.
        assert.equal((await ending(client)).code, code);
        assert.match((await atServer)[0].code, /^ERR_SSL_.*ALERT_INTERNAL_ERROR$/);
      });
    }

    it(`never answers: the handshake's limit ends it, and nothing else, ${version}`, async () => {
      const waiting = deferred();
      let silent = true;
      let late;
      const options = identityElsewhere('server-ec', {
        answer(key, data, wanted, callback) {
          if (!silent) return signWith(key, data, wanted);
          late = () => callback(null, signWith(key, data, wanted));
          waiting.resolve();
          return undefined;
        },
      });
      const { server, port } = await serve({
        ...options,
        ...versionIs(version),
        handshakeTimeout: 500,
      });
      const client = connect({ port });
      const both = Promise.all([once(server, 'tlsClientError'), ending(client)]);
      await waiting.promise;
      silent = false;
      await once(connect({ port }), 'secureConnect');
      const [[error]] = await both;
      assert.equal(error.code, 'ERR_TLS_HANDSHAKE_TIMEOUT');
      late();
      await turn();
      await once(connect({ port }), 'secureConnect');
    });
  }

  for (const [when, twice] of [
    ['at once', (call) => (call(), call())],
    ['later', (call) => void setImmediate(() => (call(), call()))],
  ]) {
    const answer = (key, data, wanted, callback) => {
      twice(() => callback(null, signWith(key, data, wanted)));
    };

    it(`answers twice ${when}, on a server`, async () => {
      const { server, port } = await serve(identityElsewhere('server-ec', { answer }));
      const client = connect({ port });
      const [[error], alert] = await Promise.all([once(server, 'tlsClientError'), ending(client)]);
      assert.equal(error.code, 'ERR_MULTIPLE_CALLBACK');
      assert.match(alert.code, /^ERR_SSL_.*ALERT_INTERNAL_ERROR$/);
    });

    for (const version of ['TLSv1.2', 'TLSv1.3']) {
      it(`answers twice ${when}, on a client, ${version}`, async () => {
        const { server, port } = await serve({ ...versionIs(version), requestCert: true, ca });
        const client = connect({ port, ...identityElsewhere('client', { answer }) });
        const atServer = once(server, 'tlsClientError');
        assert.equal((await ending(client)).code, 'ERR_MULTIPLE_CALLBACK');
        assert.match((await atServer)[0].code, /^ERR_SSL_.*ALERT_INTERNAL_ERROR$/);
      });
    }
  }

  it('answers once more when its answer is in use: the connection ends', async () => {
    const options = identityElsewhere('server-ec', {
      answer(key, data, wanted, callback) {
        callback(null, signWith(key, data, wanted));
        setImmediate(callback, null, signWith(key, data, wanted));
      },
    });
    const { server, port } = await serve(options);
    const failed = new Promise((resolve) => {
      server.once('tlsClientError', resolve);
      server.once('secureConnection', (socket) => socket.once('error', resolve));
    });
    connect({ port }).on('error', () => {});
    assert.equal((await failed).code, 'ERR_MULTIPLE_CALLBACK');
  });

  for (const over of ['tcp', 'duplex']) {
    for (const end of ['server', 'client']) {
      it(`is of no use any more: the ${end} is destroyed meanwhile, over ${over}`, async () => {
        const before = liveObjects();
        const asked = deferred();
        const answer = (...args) =>
          new Promise((resolve) => {
            asked.resolve(() => resolve(signWith(...args)));
          });
        const server = tidyServer(
          tls.createServer(
            end === 'server'
              ? identityElsewhere('server-ec', { answer })
              : { ...identity('server-ec'), requestCert: true, ca },
          ),
        );
        server.on('tlsClientError', () => {});
        const sockets = [];
        server.on('secureConnection', (socket) => sockets.push(tidy(socket).on('error', () => {})));
        const [near, far] = duplexPair().map(tidy);
        const target = over === 'tcp' ? { port: await listen(server) } : { socket: near };
        if (over === 'duplex') server.emit('connection', far);
        const own = end === 'client' ? identityElsewhere('client', { answer }) : {};
        const client = connect({ ...target, ...own });
        client.on('error', () => {});
        const closing = once(client, 'close');
        const finish = await asked.promise;
        client.destroy();
        await closing;
        finish();
        await turn();
        for (const socket of sockets) socket.destroy();
        far.destroy();
        // The session at the server goes when that has heard of the end.
        while (liveObjects().sessions > before.sessions) await turn();
      });
    }
  }

  it('does not keep a server from closing', async () => {
    const asked = deferred();
    const { server, port } = await serve(
      identityElsewhere('server-ec', {
        answer: (...args) =>
          new Promise((resolve) => asked.resolve(() => resolve(signWith(...args)))),
      }),
    );
    const client = connect({ port });
    const finish = await asked.promise;
    const closed = once(server, 'close');
    server.close();
    finish();
    await once(client, 'secureConnect');
    client.end();
    client.resume();
    await closed;
  });
});

describe('the answer of an external key', () => {
  ofOwnsslOnly();

  for (const [what, shape] of [
    ['a Uint8Array', (bytes) => new Uint8Array(bytes)],
    ['an ArrayBuffer', (bytes) => new Uint8Array(bytes).buffer],
    ['a DataView', (bytes) => new DataView(new Uint8Array(bytes).buffer)],
  ]) {
    it(`is ${what}`, async () => {
      const answer = (...args) => shape(signWith(...args));
      await secured({ server: identityElsewhere('server-ec', { answer }) });
      const later = async (...args) => shape(signWith(...args));
      await secured({ server: identityElsewhere('server-ec', { answer: later }) });
    });
  }

  for (const [what, make] of [
    [
      'a function that takes a callback and returns something',
      (sign) => (data, options, callback) => {
        sign(data, options).then((signature) => callback(null, signature), callback);
        return { request: 1 };
      },
    ],
    [
      'an async function with a callback',
      (sign) => async (data, options, callback) => {
        callback(null, await sign(data, options));
      },
    ],
    ['a bound function', (sign) => sign.bind(null)],
    [
      'a function with rest parameters',
      (sign) =>
        (...args) =>
          sign(...args),
    ],
    [
      'one that returns at once, with defaults',
      (sign, now) =>
        (data, { hash = null, ...more } = {}) =>
          now(data, { hash, ...more }),
    ],
    ['one that is bound and returns at once', (sign, now) => now.bind(null)],
  ]) {
    // prettier-ignore
    it(`comes from ${what}`, async () => {
      const options = identityElsewhere('server-ec');
      const now = options.key.sign;
      const sign = async (...args) => now(...args);
      options.key.sign = make(sign, now);
      await secured({ server: options });
    });
  }
});
