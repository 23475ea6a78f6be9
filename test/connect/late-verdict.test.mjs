// A client whose checkServerIdentity answers by a promise: nothing is told before its verdict, whether
// it comes in the handshake or, with verifyInHandshake: false, behind it.
import assert from 'node:assert/strict';
import { onCleanup, tidy } from '../support/cleanup.mjs';
import { connect, secured, tidyServer, listen } from '../support/ends.mjs';
import { deferred, ending, once, readAll, record } from '../support/events.mjs';
import { duplexPair } from '../support/duplex.mjs';
import { identity } from '../support/fixtures.mjs';
import { tls } from '../support/subject.mjs';

/** Time enough for what is in memory, or in the kernel, to be told if nothing holds it back. */
async function manyTurns() {
  for (let i = 0; i < 50; i++) await new Promise(setImmediate);
}

/** A server, and a function that gives a client's options to reach it. */
async function serving(options, over) {
  const server = tls.createServer({ ...identity('server-ec'), ...options });
  server.on('secureConnection', tidy).on('tlsClientError', () => {});
  if (over === 'tcp') {
    const port = await listen(server);
    return { server, target: () => ({ port }) };
  }
  tidyServer(server);
  return {
    server,
    target: () => {
      const [near, far] = duplexPair().map(tidy);
      server.emit('connection', far);
      return { socket: near };
    },
  };
}

/** Catches what is not caught, in place of mocha, until the test ends. */
function uncaught() {
  const listeners = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  onCleanup(() => {
    process.removeAllListeners('uncaughtException');
    for (const listener of listeners) process.on('uncaughtException', listener);
  });
  return new Promise((resolve) => {
    process.once('uncaughtException', (error, origin) => resolve({ error, origin }));
  });
}

const names = ['secureConnect', 'session', 'data', 'end', 'error', 'close'];
const refusal = Object.assign(new Error('not this one'), { code: 'PIN' });

for (const version of ['TLSv1.2', 'TLSv1.3']) {
  for (const over of ['tcp', 'duplex']) {
    for (const verifyInHandshake of [true, false]) {
      describe(`a verdict by promise, ${version} over ${over}, verifyInHandshake: ${verifyInHandshake}`, () => {
        const protocol = { minVersion: version, maxVersion: version };

        /** A client of a server that greets and ends, with what it hears, in order. */
        async function greeted(answer) {
          const { server, target } = await serving(protocol, over);
          const received = [];
          const heard = deferred();
          server.on('secureConnection', (socket) => {
            socket.once('end', heard.resolve);
            socket.on('error', () => {}).on('data', (chunk) => received.push(String(chunk)));
            socket.end('greeting');
          });
          const log = [];
          const client = connect({
            ...target(),
            ...protocol,
            verifyInHandshake,
            checkServerIdentity: async () => {
              log.push('asked');
              await manyTurns();
              log.push('verdict');
              return answer();
            },
          });
          for (const name of names) client.on(name, () => log.push(name));
          client.write('early');
          return { client, log, received, heard: heard.promise };
        }

        it('what the server says comes behind the verdict and secureConnect, and then all of it', async () => {
          const { client, log, received, heard } = await greeted(() => undefined);
          await once(client, 'secureConnect');
          assert.equal(client.authorized, true);
          client.end();
          await Promise.all([once(client, 'close'), heard]);
          assert.deepEqual(log.slice(0, 3), ['asked', 'verdict', 'secureConnect']);
          const rest = log.slice(3).filter((name) => name !== 'session');
          assert.deepEqual(rest, ['data', 'end', 'close']);
          assert.deepEqual(received, ['early']);
        });

        for (const [how, answer] of [
          ['an error', () => refusal],
          ['a rejection', () => Promise.reject(refusal)],
        ]) {
          it(`by ${how}: no data is told, and none is sent`, async () => {
            const { client, log, received } = await greeted(answer);
            assert.equal(await ending(client), refusal);
            await manyTurns();
            assert.deepEqual(received, []);
            assert.deepEqual(log, ['asked', 'verdict', 'error', 'close']);
            assert.equal(client.authorized, false);
          });
        }

        it('by an error that the client does not mind: it is shown, and data comes behind secureConnect', async () => {
          const { server, target } = await serving(protocol, over);
          server.on('secureConnection', (socket) => socket.end('greeting'));
          const client = connect({
            ...target(),
            ...protocol,
            verifyInHandshake,
            rejectUnauthorized: false,
            checkServerIdentity: async () => (await manyTurns(), refusal),
          });
          const log = record(client, ['secureConnect', 'data', 'end']);
          await once(client, 'end');
          assert.deepEqual(log, ['secureConnect', 'data', 'end']);
          assert.equal(client.authorizationError, 'PIN');
        });

        for (const [when, checkServerIdentity] of [
          ['after a promise', async () => (await manyTurns(), undefined)],
          ['after an answer at once', () => undefined],
        ]) {
          it(`a listener of secureConnect that throws, ${when}: an uncaught exception, and the connection goes on`, async () => {
            const { server, target } = await serving(protocol, over);
            server.on('secureConnection', (socket) => socket.end('greeting'));
            const thrown = new Error('of a listener');
            const caught = uncaught();
            const client = connect({
              ...target(),
              ...protocol,
              verifyInHandshake,
              checkServerIdentity,
            });
            client.once('secureConnect', () => {
              throw thrown;
            });
            const heard = [];
            client.on('error', (error) => heard.push(error));
            const all = readAll(client);
            assert.deepEqual(await caught, { error: thrown, origin: 'uncaughtException' });
            assert.equal(String(await all), 'greeting');
            await manyTurns();
            assert.deepEqual(heard, []);
          });
        }

        it('destroy() meanwhile: nothing is told', async () => {
          const { target } = await serving(protocol, over);
          const answered = deferred();
          const client = connect({
            ...target(),
            ...protocol,
            verifyInHandshake,
            checkServerIdentity: async () => {
              client.destroy();
              await manyTurns();
              setImmediate(answered.resolve);
            },
          });
          const log = record(client, names);
          await Promise.all([once(client, 'close'), answered.promise]);
          await manyTurns();
          assert.deepEqual(log, ['close']);
        });

        it('a resumed session: data comes behind secureConnect', async () => {
          const { server, target } = await serving(protocol, over);
          server.on('secureConnection', (socket) => socket.write('greeting'));
          const checkServerIdentity = async () => (await manyTurns(), undefined);
          const options = { ...protocol, verifyInHandshake, checkServerIdentity };
          const first = connect({ ...target(), ...options });
          const [session] = await once(first, 'session');
          const client = connect({ ...target(), ...options, session });
          const log = record(client, ['secureConnect', 'data']);
          await once(client, 'data');
          assert.equal(client.isSessionReused(), true);
          assert.equal(client.authorized, true);
          assert.deepEqual(log, ['secureConnect', 'data']);
        });
      });
    }
  }
}

for (const over of ['tcp', 'unix', 'duplex']) {
  for (const verifyInHandshake of [true, false]) {
    describe(`a verdict by promise on a renegotiation, over ${over}, verifyInHandshake: ${verifyInHandshake}`, () => {
      /** A client whose second verdict is `answer()`, late; its server writes when it has renegotiated. */
      async function renegotiating(answer) {
        const log = [];
        let asked = 0;
        const maxVersion = 'TLSv1.2';
        const { client, server } = await secured({
          over,
          server: { maxVersion },
          client: {
            maxVersion,
            verifyInHandshake,
            checkServerIdentity: async () => {
              if (asked++ === 0) return undefined;
              log.push('asked');
              await manyTurns();
              log.push('verdict');
              return answer();
            },
          },
        });
        server.on('error', () => {}).on('data', () => {});
        server.once('secure', () => server.write('behind'));
        for (const name of ['data', 'error', 'secureConnect']) {
          client.on(name, () => log.push(name));
        }
        const called = new Promise((resolve) => {
          const callback = (error) => {
            log.push('renegotiated');
            resolve(error);
          };
          assert.equal(client.renegotiate({}, callback), true);
        });
        return { client, log, called };
      }

      it('data, and the callback of renegotiate(), come behind it', async () => {
        const { client, log, called } = await renegotiating(() => undefined);
        await Promise.all([once(client, 'data'), called]);
        assert.equal(await called, null);
        assert.equal(client.authorized, true);
        assert.deepEqual(log, ['asked', 'verdict', 'renegotiated', 'data']);
      });

      it('data does not come at all where it refuses', async () => {
        const { client, log } = await renegotiating(() => refusal);
        assert.equal(await ending(client), refusal);
        assert(!log.includes('data'));
        assert.equal(client.authorized, false);
      });
    });
  }
}
