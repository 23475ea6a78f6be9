import assert from 'node:assert/strict';
import https from 'node:https';
import { connect, listen, secured, serve, transports } from '../support/ends.mjs';
import { ending, once, readAll } from '../support/events.mjs';
import { ca, fixture, identity } from '../support/fixtures.mjs';
import { duplexPair } from '../support/duplex.mjs';
import { tidy } from '../support/cleanup.mjs';
import { subject, tls } from '../support/subject.mjs';

describe('the option sessionCache', function () {
  before(function () {
    if (subject === 'builtin') this.skip(); // The built-in module has none.
  });

  const versions = (version) => ({ minVersion: version, maxVersion: version });

  /** A server that answers each connection with a byte and ends it: the client has its tickets by then. */
  const greets = (options = {}) =>
    serve(options, (socket) => socket.on('error', () => {}).end('x'));

  /** Whether a connection with these options is resumed; it runs to its end. */
  async function resumed(options) {
    const client = connect(options);
    await once(client, 'secureConnect');
    const reused = client.isSessionReused();
    assert.equal(client.authorized, options.rejectUnauthorized !== false || reused);
    await once(client.resume(), 'end');
    return reused;
  }

  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    describe(version, () => {
      it('a second connection is resumed, and is as authorized as the first', async () => {
        const { port } = await greets(versions(version));
        const options = { port, sessionCache: new tls.SessionCache() };
        assert.deepEqual([await resumed(options), await resumed(options)], [false, true]);
      });

      for (const over of transports) {
        it(`over ${over}`, async () => {
          const sessionCache = new tls.SessionCache();
          const first = await secured({
            over,
            server: versions(version),
            client: { sessionCache },
          });
          first.server.end('x');
          await once(first.client.resume(), 'end');
          assert(sessionCache.size > 0);
          // To the same server: over Duplexes and sockets it is given another connection.
          const again = { sessionCache };
          if (over === 'duplex') {
            const [near, far] = duplexPair().map(tidy);
            first.listener.emit('connection', far);
            again.socket = near;
          } else {
            const address = first.listener.address();
            Object.assign(again, over === 'unix' ? { path: address } : { port: address.port });
          }
          first.listener.once('secureConnection', (socket) => socket.end('x'));
          assert.equal(await resumed(again), true);
        });
      }

      it('another host, port, name, protocol, trust, check or certificate is another key', async () => {
        const ALPNProtocols = ['a', 'b'];
        const { port } = await greets({ ...versions(version), ALPNProtocols });
        const { port: other } = await greets({ ...versions(version), ALPNProtocols });
        const keys = new Set();
        class Noting extends tls.SessionCache {
          get(key) {
            keys.add(key);
            return super.get(key);
          }
        }
        const sessionCache = new Noting();
        const base = { port, sessionCache };
        const variants = [
          base,
          { ...base, port: other },
          { ...base, host: 'localhost' },
          { ...base, servername: 'a.example.test' },
          { ...base, ALPNProtocols: ['a'] },
          { ...base, ALPNProtocols: ['b', 'a'] },
          { ...base, ca: [ca, fixture('other-root.crt')] },
          { ...base, checkServerIdentity: () => undefined },
          { ...base, ...identity('client') },
          { ...base, ...identity('client-rsa') },
        ];
        for (const options of variants) assert.equal(await resumed(options), false);
        assert.equal(keys.size, variants.length);
        for (const options of variants.slice(0, 7)) assert.equal(await resumed(options), true);
        assert.equal(keys.size, variants.length);
      });

      it('what was not verified is not kept', async () => {
        const { port } = await greets({ ...versions(version), ...identity('wrong-host') });
        const sessionCache = new tls.SessionCache();
        const lax = { port, sessionCache, rejectUnauthorized: false };
        for (let i = 0; i < 2; ++i) {
          const client = connect(lax);
          await once(client, 'secureConnect');
          assert.equal(client.authorized, false);
          assert.equal(client.isSessionReused(), false);
          await once(client.resume(), 'end');
        }
        assert.equal(sessionCache.size, 0);
      });

      it('a session that a store gives for another server is not offered', async () => {
        const { port } = await greets(versions(version));
        let kept;
        const mixed = { get: () => kept, set: (_, session) => (kept = session), delete() {} };
        assert.equal(await resumed({ port, sessionCache: mixed }), false);
        assert(kept);
        assert.equal(await resumed({ port, sessionCache: mixed }), true);
        const error = await ending(
          connect({ port, sessionCache: mixed, ca: fixture('other-root.crt') }),
        );
        assert.match(error.code, /UNABLE_TO|SELF_SIGNED/);
        const named = connect({ port, sessionCache: mixed, servername: 'other.test' });
        assert.equal((await ending(named)).code, 'ERR_TLS_CERT_ALTNAME_INVALID');
      });

      it('a session with which a handshake fails is dropped', async () => {
        let fails = false;
        const { port } = await serve(
          {
            ...versions(version),
            ALPNCallback: () => {
              if (fails) throw new Error('not now');
              return 'a';
            },
          },
          (socket) => socket.end('x'),
        );
        const sessionCache = new tls.SessionCache();
        const options = { port, sessionCache, ALPNProtocols: ['a'] };
        assert.equal(await resumed(options), false);
        assert(sessionCache.size > 0);
        fails = true;
        await ending(connect(options));
        assert.equal(sessionCache.size, 0);
        fails = false;
        assert.equal(await resumed(options), false);
      });

      it('a session that is given comes first', async () => {
        const { port } = await greets(versions(version));
        const client = connect({ port });
        const given = once(client, 'session');
        await once(client.resume(), 'end');
        const [session] = await given;
        const sessionCache = new tls.SessionCache();
        sessionCache.get = () => assert.fail('it was asked');
        assert.equal(await resumed({ port, session, sessionCache }), true);
      });

      it('with a promise as the verdict, and with the late one', async () => {
        const { port } = await greets(versions(version));
        const checkServerIdentity = async () => undefined;
        for (const verifyInHandshake of [true, false]) {
          const options = {
            ...{ port, checkServerIdentity, verifyInHandshake },
            sessionCache: new tls.SessionCache(),
          };
          assert.deepEqual([await resumed(options), await resumed(options)], [false, true]);
        }
      });

      it('nothing is kept after setKeyCert(), which made the client another', async () => {
        const { port } = await greets(versions(version));
        const sessionCache = new tls.SessionCache();
        const client = connect({ port, sessionCache });
        client.once('secureConnect', () => client.setKeyCert(identity('client')));
        await once(client.resume(), 'end');
        if (version === 'TLSv1.3') assert.equal(sessionCache.size, 0);
        assert.equal(await resumed({ port, sessionCache, ...identity('client') }), false);
      });
    });
  }

  it('a ticket of TLS 1.3 is used once, a session of TLS 1.2 again and again', async () => {
    for (const [version, twice] of [
      ['TLSv1.2', true],
      ['TLSv1.3', false],
    ]) {
      // A ring: such a server renews each ticket of TLS 1.3, which one with Node's single key does not.
      const ticketKeys = [Buffer.alloc(80, 1)];
      const { port } = await greets({ ...versions(version), ticketKeys });
      const offered = [];
      class Noting extends tls.SessionCache {
        get(key) {
          const session = super.get(key);
          if (session) offered.push(session.toString('hex'));
          return session;
        }
      }
      const options = { port, sessionCache: new Noting() };
      for (let i = 0; i < 4; ++i) assert.equal(await resumed(options), i > 0);
      assert.equal(new Set(offered).size, twice ? 1 : 3);
    }
  });

  it('connections at the same time get a ticket each', async () => {
    const { port } = await greets();
    const sessionCache = new tls.SessionCache();
    await resumed({ port, sessionCache });
    assert.equal(sessionCache.size, 2);
    const three = [1, 2, 3].map(() => resumed({ port, sessionCache }));
    assert.deepEqual((await Promise.all(three)).sort(), [false, true, true]);
  });

  it('a connection that does not come about uses up no ticket', async () => {
    const { server, port } = await greets();
    const sessionCache = new tls.SessionCache();
    await resumed({ port, sessionCache });
    const { size } = sessionCache;
    await new Promise((resolve) => server.close(resolve));
    assert.equal((await ending(connect({ port, sessionCache }))).code, 'ECONNREFUSED');
    assert.equal(sessionCache.size, size);
  });

  it('true is one cache for the thread', async () => {
    const { port } = await greets();
    assert.equal(await resumed({ port, sessionCache: true }), false);
    assert(tls.SessionCache.shared.size > 0);
    assert.equal(await resumed({ port, sessionCache: true }), true);
    assert.equal(await resumed({ port, sessionCache: tls.SessionCache.shared }), true);
    assert.equal(await resumed({ port }), false);
    tls.SessionCache.shared.clear();
    assert.equal(tls.SessionCache.shared.size, 0);
  });

  it('what a store throws, or a promise that it gives, is the error of the connection', async () => {
    const { port } = await greets();
    const store = { get() {}, set() {}, delete() {} };
    const broken = (name, call) => ({ ...store, [name]: call });
    const oops = new Error('oops');
    const throws = () => {
      throw oops;
    };
    assert.equal(await ending(connect({ port, sessionCache: broken('get', throws) })), oops);
    const setting = connect({ port, sessionCache: broken('set', throws) });
    assert.equal(await ending(setting.resume()), oops);
    const rejects = () => Promise.reject(oops);
    for (const get of [async () => Buffer.alloc(10), rejects]) {
      const { code } = await ending(connect({ port, sessionCache: broken('get', get) }));
      assert.equal(code, 'ERR_INVALID_ARG_TYPE');
    }
    const settingLater = connect({ port, sessionCache: broken('set', rejects) });
    assert.equal(await ending(settingLater.resume()), oops);
    const throwsAgain = { ...broken('get', () => Buffer.from('junk')), delete: throws };
    assert.equal(await resumed({ port, sessionCache: throwsAgain }), false);
    const rejectsAgain = { ...throwsAgain, delete: rejects };
    assert.equal(await resumed({ port, sessionCache: rejectsAgain }), false);
  });

  it('a store may keep and forget later, by promises', async () => {
    const { port } = await greets();
    const kept = new tls.SessionCache();
    const later = (done) => new Promise((resolve) => setImmediate(() => resolve(done())));
    const sessionCache = {
      get: (key) => kept.get(key),
      set: (...given) => later(() => kept.set(...given)),
      delete: (key) => later(() => kept.delete(key)),
    };
    assert.equal(await resumed({ port, sessionCache }), false);
    while (kept.size === 0) await new Promise(setImmediate);
    assert.equal(await resumed({ port, sessionCache }), true);
  });

  it("a promise of set() that rejects when the connection is over is nobody's error", async () => {
    const { port } = await greets();
    let reject;
    const store = { get() {}, set: () => new Promise((_, no) => (reject = no)), delete() {} };
    const client = connect({ port, sessionCache: store });
    await once(client.resume(), 'close');
    reject(new Error('too late'));
    // An unhandled rejection would end mocha.
    await new Promise(setImmediate);
    await new Promise(setImmediate);
  });

  it('bad options are errors', () => {
    for (const bad of [1, 'x', {}, { get() {}, set() {} }])
      assert.throws(() => connect({ port: 1, sessionCache: bad }), {
        code: 'ERR_INVALID_ARG_TYPE',
      });
    const { SessionCache } = tls;
    for (const bad of [{ maxEntries: 0 }, { perKey: 1.5 }, { lifetime: -1 }])
      assert.throws(() => new SessionCache(bad), { code: 'ERR_OUT_OF_RANGE' });
    assert.throws(() => new SessionCache({ lifetime: '1' }), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => new SessionCache(null), { code: 'ERR_INVALID_ARG_TYPE' });
    const cache = new SessionCache();
    assert.throws(() => cache.set('a', 'b'), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => cache.set(1, Buffer.alloc(1)), { code: 'ERR_INVALID_ARG_TYPE' });
  });

  it('with pre-shared keys nothing is cached', async () => {
    const psk = Buffer.alloc(32, 1);
    const ciphers = 'TLS_AES_128_GCM_SHA256';
    const sessionCache = new tls.SessionCache();
    const { client, server } = await secured({
      server: { ciphers, pskCallback: () => psk },
      client: {
        ...{ ciphers, sessionCache, ca: undefined, checkServerIdentity: () => undefined },
        pskCallback: () => ({ psk, identity: 'x' }),
      },
    });
    server.end('x');
    await once(client.resume(), 'end');
    assert.equal(sessionCache.size, 0);
  });

  it('an https.Agent without a cache of its own has this one, through createConnection', async () => {
    const server = https.createServer(identity('server-ec'), (request, response) => {
      response.end(String(request.socket.isSessionReused()));
    });
    const port = await listen(server);
    const sessionCache = new tls.SessionCache();
    const agent = new https.Agent({ maxCachedSessions: 0 });
    agent.createConnection = (options) => connect({ ...options, sessionCache });
    const ask = async () => {
      const request = https.get({ port, host: '127.0.0.1', agent });
      const [response] = await once(request, 'response');
      return String(await readAll(response));
    };
    assert.deepEqual([await ask(), await ask()], ['false', 'true']);
    agent.destroy();
  });
});

describe('SessionCache', function () {
  before(function () {
    if (subject === 'builtin') this.skip(); // The built-in module has none.
  });

  const session = (text) => Buffer.from(text);
  const names = (cache, key) => {
    const list = [];
    for (let each; (each = cache.get(key));) list.push(String(each));
    return list;
  };

  it('gives the newest first, and each once', () => {
    const cache = new tls.SessionCache();
    for (const name of ['a', 'b', 'c']) assert.equal(cache.set('k', session(name)), cache);
    assert.equal(cache.size, 3);
    assert.deepEqual(names(cache, 'k'), ['c', 'b', 'a']);
    assert.equal(cache.size, 0);
  });

  it('is bounded by key and in all; what was used last stays', () => {
    const cache = new tls.SessionCache({ maxEntries: 5, perKey: 3 });
    for (let i = 0; i < 5; ++i) cache.set('a', session(`a${i}`), { singleUse: true });
    assert.equal(cache.size, 3);
    cache.set('b', session('b'), { singleUse: false });
    cache.set('c', session('c'), { singleUse: false });
    cache.get('b');
    for (let i = 0; i < 3; ++i) cache.set('d', session(`d${i}`));
    assert.equal(cache.size, 5);
    assert.deepEqual(names(cache, 'a'), []);
    assert.equal(String(cache.get('b')), 'b');
    assert.equal(String(cache.get('c')), 'c');
    cache.set('e', session('e'));
    assert.deepEqual(names(cache, 'd'), ['d2', 'd1']);
  });

  it('keeps one session for several uses, and copies of it', () => {
    const cache = new tls.SessionCache();
    const given = session('first');
    cache.set('k', given, { singleUse: false });
    given.fill(0);
    const got = cache.get('k');
    assert.equal(String(got), 'first');
    cache.set('k', session('second'), { singleUse: false });
    assert.equal(cache.size, 1);
    assert.equal(String(cache.get('k')), 'second');
    assert.equal(String(got), 'first');
  });

  it('forgets what has expired, what is deleted, and all', () => {
    const cache = new tls.SessionCache({ lifetime: 100 });
    cache.set('k', session('gone'), { lifetime: 0 });
    assert.equal(cache.size, 0);
    cache.set('k', session('soon'), { lifetime: 10 });
    cache.set('k', session('later'), { lifetime: 1000 });
    assert.equal(cache.size, 2);
    assert.equal(cache.delete('k'), true);
    assert.equal(cache.delete('k'), false);
    cache.set('k', session('x'));
    cache.clear();
    assert.equal(cache.size, 0);
  });
});
