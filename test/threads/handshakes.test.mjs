// Full handshakes whose costly parts run in threads: nothing but the event loop's time may differ.
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { runScript } from '../support/child.mjs';
import { connect, secured, serve, transports } from '../support/ends.mjs';
import { closed, ending, once, readAll, record } from '../support/events.mjs';
import { ca, fixture, fixturePath, identity } from '../support/fixtures.mjs';
import { countSteps } from '../support/steps.mjs';
import { subject, tls } from '../support/subject.mjs';
import { withIoThreads } from './support.mjs';

(subject === 'builtin' ? describe.skip : describe)('handshakes in threads', () => {
  withIoThreads('never');

  for (const over of transports) {
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3']) {
      it(`both ends, over ${over}, ${maxVersion}`, async () => {
        const steps = countSteps();
        const server = { maxVersion, requestCert: true, ca };
        const ends = await secured({ over, server, client: identity('client') });
        assert.ok(steps.count >= 3, `${steps.count}`);
        assert.equal(ends.client.authorized, true);
        assert.equal(ends.server.authorized, true);
        const received = readAll(ends.server);
        ends.client.end(Buffer.alloc(300_000, 'x'));
        assert.equal((await received).length, 300_000);
      });
    }
  }

  // What comes while a thread has the session waits, and a Duplex may read on to the end of its peer.
  for (const [side, maxVersion, expected] of [
    ['client', 'TLSv1.2', { tcp: 2, duplex: 2 }],
    ['server', 'TLSv1.2', { tcp: 2, duplex: 2 }],
    ['client', 'TLSv1.3', { tcp: 2, duplex: 2 }],
    ['server', 'TLSv1.3', { tcp: 2, duplex: 1 }],
  ]) {
    for (const over of ['tcp', 'duplex']) {
      it(`steps of a ${side}, over ${over}, ${maxVersion}: not for the peer's Finished alone`, async () => {
        const steps = countSteps();
        const other = { offloadHandshakes: false };
        const server = { maxVersion, ...(side === 'client' && other) };
        await secured({ over, server, client: side === 'server' ? other : {} });
        assert.equal(steps.count, expected[over]);
      });
    }
  }

  it('not where the option says so', async () => {
    const steps = countSteps();
    const offloadHandshakes = false;
    await secured({ server: { offloadHandshakes }, client: { offloadHandshakes } });
    assert.equal(steps.count, 0);
  });

  it('not for a resumed session, and again when it is not accepted', async () => {
    const { server, port } = await serve();
    server.on('secureConnection', (peer) => peer.end('x'));
    const first = connect({ port });
    first.resume();
    const [session] = await once(first, 'session');
    await closed(first);

    const steps = countSteps();
    const second = connect({ port, session });
    await once(second, 'secureConnect');
    assert.equal(second.isSessionReused(), true);
    assert.equal(steps.count, 0);

    server.setTicketKeys(Buffer.alloc(48, 'k'));
    const third = connect({ port, session });
    await once(third, 'secureConnect');
    assert.equal(third.isSessionReused(), false);
    assert.equal(third.authorized, true);
    assert.ok(steps.count >= 2);
  });

  it('with callbacks that answer late, on both ends', async () => {
    const steps = countSteps();
    const late = async (value) => {
      await turn();
      return value;
    };
    const context = tls.createSecureContext({ ...identity('server-ec'), ca });
    const { client, server } = await secured({
      server: {
        requestCert: true,
        ca,
        ALPNCallback: ({ protocols }) => late(protocols[1]),
        SNICallback: () => late(context),
      },
      client: {
        ...identity('client'),
        ALPNProtocols: ['a', 'b'],
        checkServerIdentity: () => late(undefined),
      },
    });
    assert.equal(client.alpnProtocol, 'b');
    assert.equal(server.authorized, true);
    assert.ok(steps.count >= 4, `${steps.count}`);
  });

  it('with sessions of TLS 1.2 that the application keeps', async () => {
    const kept = new Map();
    const { server, port } = await serve({ maxVersion: 'TLSv1.2', secureOptions: 0x4000 });
    server.on('newSession', async (id, data, done) => {
      await turn();
      kept.set(id.toString('hex'), data);
      done();
    });
    server.on('resumeSession', async (id, done) => {
      await turn();
      done(null, kept.get(id.toString('hex')) ?? null);
    });
    const first = connect({ port });
    await once(first, 'secureConnect');
    const second = connect({ port, session: first.getSession() });
    await once(second, 'secureConnect');
    assert.equal(kept.size, 1);
    assert.equal(second.isSessionReused(), true);
  });

  it('with pre-shared keys', async () => {
    const psk = Buffer.alloc(32, 'p');
    const common = { ciphers: 'PSK+HIGH', maxVersion: 'TLSv1.2' };
    const { client } = await secured({
      server: { ...common, pskCallback: async () => psk },
      client: {
        ...common,
        pskCallback: async () => ({ psk, identity: 'i' }),
        checkServerIdentity() {},
      },
    });
    assert.match(client.getCipher().name, /PSK/);
  });

  it('in the asynchronous context that there would be without', async () => {
    const storage = new AsyncLocalStorage();
    const { server, port } = await serve({
      SNICallback: (name, callback) => {
        callback(null, tls.createSecureContext(identity('server-ec')));
      },
    });
    const seen = {};
    for (const offloadHandshakes of [true, false]) {
      const stores = (seen[offloadHandshakes] = []);
      await storage.run('mine', async () => {
        const socket = connect({
          port,
          offloadHandshakes,
          checkServerIdentity: () => void stores.push(storage.getStore()),
        });
        const done = new Promise((resolve) => {
          socket.once('secureConnect', () => {
            stores.push(storage.getStore());
            resolve();
          });
        });
        await done;
      });
    }
    server.close();
    assert.deepEqual(seen[true], ['mine', 'mine']);
    assert.deepEqual(seen[false], seen[true]);
  });

  it('with the same events in the same order', async () => {
    const logs = [];
    for (const offloadHandshakes of [true, false]) {
      const log = [];
      const { server, port } = await serve({ requestCert: true, ca, offloadHandshakes });
      const note = (side) => (name) => `${side} ${name}`;
      const names = [
        'keylog',
        'secure',
        'secureConnect',
        'session',
        'data',
        'end',
        'finish',
        'close',
      ];
      server.on('secureConnection', (peer) => {
        log.push(record(peer, names, note('server')));
        peer.on('data', () => peer.end('bye'));
      });
      const socket = connect({ port, ...identity('client'), offloadHandshakes });
      log.push(record(socket, names, note('client')));
      socket.on('secureConnect', () => socket.write('hello'));
      const [peer] = await once(server, 'secureConnection');
      await Promise.all([closed(socket), closed(peer)]);
      logs.push(log);
    }
    assert.deepEqual(logs[0], logs[1]);
    assert.equal(logs[0].length, 2);
  });

  const failures = {
    'an unknown authority': { client: { ca: [] } },
    'another name': { client: { servername: 'other.invalid' } },
    'an expired certificate': { server: identity('expired') },
    'no certificate of the client': { server: { requestCert: true, ca } },
    "a client's certificate of an unknown authority": {
      server: { requestCert: true, ca },
      client: { cert: fixture('client-unknown.crt'), key: fixture('client-unknown.key') },
    },
    'an SNICallback that throws': {
      server: {
        SNICallback: () => {
          throw new Error('no such name');
        },
      },
    },
    'a checkServerIdentity that rejects': {
      client: { checkServerIdentity: () => Promise.reject(new Error('not that one')) },
    },
    'no cipher in common': {
      server: { ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' },
      client: { ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' },
    },
  };
  for (const [what, { server: serverOptions = {}, client: clientOptions = {} }] of Object.entries(
    failures,
  )) {
    it(`fails as without: ${what}`, async () => {
      const codes = [];
      for (const offloadHandshakes of [true, false]) {
        const { server, port } = await serve({ ...serverOptions, offloadHandshakes });
        const refused = new Promise((resolve) => {
          server.once('tlsClientError', (error) => resolve(error));
        });
        const socket = connect({ port, ...clientOptions, offloadHandshakes });
        const error = await ending(socket);
        const other = await refused;
        codes.push([error.code ?? error.message, error.reason, other.code ?? other.message]);
      }
      assert.deepEqual(codes[0], codes[1]);
    });
  }

  for (const name of ['server-ec', 'server-rsa']) {
    it(`200 at once, with client certificates, some resumed: ${name}`, async function () {
      this.timeout(60_000);
      const { port } = await serve({ ...identity(name), requestCert: true, ca }, (peer) => {
        peer.end(peer.authorized ? 'yes' : 'no');
      });
      const options = { port, ...identity('client') };
      const first = connect(options);
      first.resume();
      const [session] = await once(first, 'session');
      const results = await Promise.all(
        Array.from({ length: 200 }, async (_, i) => {
          const socket = connect(i % 4 === 0 ? { ...options, session } : options);
          const received = await readAll(socket);
          return `${received} ${socket.isSessionReused() ?? 'gone'}`;
        }),
      );
      assert.equal(results.filter((result) => result.startsWith('yes')).length, 200);
    });
  }

  describe('OWNSSL_THREADS', () => {
    const script = `
      const fs = require('node:fs');
      const server = tls.createServer({
        key: fs.readFileSync(${JSON.stringify(fixturePath('server-ec.key'))}),
        cert: fs.readFileSync(${JSON.stringify(fixturePath('server-ec-chain.crt'))}),
      });
      server.listen(0, () => {
        const socket = tls.connect({ port: server.address().port, rejectUnauthorized: false }, () => {
          const threads = fs.readdirSync('/proc/self/task').filter((id) =>
            fs.readFileSync('/proc/self/task/' + id + '/comm', 'utf8').startsWith('ownssl'));
          console.log(threads.length);
          socket.destroy();
          server.close();
        });
      });`;
    for (const [value, expected] of [
      ['0', /^0\n/],
      ['1', /^1\n/],
      ['', /^[1-4]\n/],
    ]) {
      it(`${value || 'unset'}`, async function () {
        if (process.platform !== 'linux') this.skip();
        const result = await runScript(script, { env: { OWNSSL_THREADS: value } });
        assert.match(result.stdout, expected, result.stderr);
        assert.equal(result.code, 0);
      });
    }
    for (const value of ['many', '-1', '1.5', '1000']) {
      it(`${value} is refused`, async () => {
        const result = await runScript(script, { env: { OWNSSL_THREADS: value } });
        assert.match(result.stderr, /ERR_INVALID_ARG_VALUE/);
      });
    }
  });
});
