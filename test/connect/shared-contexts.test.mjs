import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { connect, secured, serve } from '../support/ends.mjs';
import { duplexPair } from '../support/duplex.mjs';
import { ending, once } from '../support/events.mjs';
import { ca, fixture, fixturePath, identity, passphrase } from '../support/fixtures.mjs';
import { liveObjects } from '../support/native.mjs';
import { subject, tls } from '../support/subject.mjs';
import { tidy } from '../support/cleanup.mjs';

const otherCa = fixture('other-root.crt');

describe('options given to each connect()', function () {
  before(function () {
    if (subject === 'builtin') this.skip();
  });

  /** How many contexts are made by connections with these options, one after the other. */
  function made(...list) {
    const before = liveObjects().contexts;
    for (const options of list) {
      const [transport] = duplexPair();
      tidy(tls.connect({ socket: tidy(transport), ...options })).on('error', () => {});
    }
    return liveObjects().contexts - before;
  }
  let serial = 0;
  /** Options that no other test uses. */
  const fresh = (options) => ({ sessionIdContext: `test ${serial++}`, ca, ...options });

  it('of one content: one context', () => {
    const options = fresh({ ...identity('client'), ca: [ca, otherCa] });
    const copy = { ...options, ca: options.ca.map((each) => Buffer.from(each)) };
    assert.equal(made(options, options, copy, { ...options, servername: 'a.test' }), 1);
  });

  it('for a new TLSSocket as well, but not for one of a server', () => {
    const options = fresh();
    const before = liveObjects().contexts;
    for (let i = 0; i < 3; i++) tidy(new tls.TLSSocket(tidy(duplexPair()[0]), options));
    assert.equal(liveObjects().contexts - before, 1);
    for (let i = 0; i < 3; i++) {
      tidy(new tls.TLSSocket(tidy(duplexPair()[0]), { ...options, isServer: true }));
    }
    assert.equal(liveObjects().contexts - before, 4);
  });

  const base = () => ({ ...identity('client'), passphrase: 'a', ca: [ca] });
  for (const [what, change] of [
    ['ca', { ca: [ca, otherCa] }],
    ['another ca', { ca: [otherCa] }],
    ['no ca', { ca: undefined }],
    ['certificate and key', identity('client-rsa')],
    ['passphrase', { passphrase: 'b' }],
    ['ciphers', { ciphers: 'TLS_AES_128_GCM_SHA256' }],
    ['sigalgs', { sigalgs: 'ECDSA+SHA256' }],
    ['ecdhCurve', { ecdhCurve: 'P-384' }],
    ['minVersion', { minVersion: 'TLSv1.3' }],
    ['maxVersion', { maxVersion: 'TLSv1.2' }],
    ['secureProtocol', { secureProtocol: 'TLSv1_2_method' }],
    ['secureOptions', { secureOptions: 0x4000 }],
    ['honorCipherOrder', { honorCipherOrder: true }],
    ['allowPartialTrustChain', { allowPartialTrustChain: true }],
    ['crl', { crl: fixture('root.crl') }],
    ['sessionTimeout', { sessionTimeout: 7 }],
    ['legacyPfx', { legacyPfx: true }],
    ['pfx', { pfx: fixture('client.p12'), passphrase }],
  ]) {
    it(`that differ in ${what}: two contexts`, () => {
      const options = fresh(base());
      assert.equal(made(options, { ...options, ...change }), 2);
    });
  }

  it('the bytes count, not the object: a buffer that is changed later', () => {
    const options = fresh({ ca: Buffer.from(ca) });
    assert.equal(made(options, options), 1);
    Buffer.from(otherCa).copy(options.ca.fill(0x20));
    assert.equal(made(options), 1);
  });

  it('where one list ends and the next begins counts', () => {
    const text = ca.toString();
    const options = fresh();
    assert.equal(
      made(
        { ...options, ca: [text, text] },
        { ...options, ca: [text + text] },
        { ...options, ca: text + text },
      ),
      3,
    );
  });

  it('getters are asked once', () => {
    let asked = 0;
    const options = fresh();
    Object.defineProperty(options, 'ca', {
      enumerable: true,
      get: () => (asked++ === 0 ? ca : otherCa),
    });
    const before = liveObjects().contexts;
    tidy(new tls.TLSSocket(tidy(duplexPair()[0]), options));
    assert.equal(liveObjects().contexts - before, 1);
  });

  for (const [what, options] of [
    ['a key by its place', { key: pathToFileURL(fixturePath('client.key')) }],
    ['a key by its place, in a list', { key: [{ pem: `file:${fixturePath('client.key')}` }] }],
    ['DH parameters', { dhparam: fixture('dh2048.pem') }],
    ['keys of tickets', { ticketKeys: Buffer.alloc(48) }],
    [
      'memory that other threads see',
      { ca: Buffer.from(new SharedArrayBuffer(ca.length)).fill(ca) },
    ],
  ]) {
    it(`${what}: a context for each connection`, () => {
      const same = fresh({ cert: identity('client').cert, ...options });
      assert.equal(made(same, same), 2);
    });
  }

  it('what is wrong is wrong each time', () => {
    const options = fresh({ cert: fixture('junk') });
    assert.throws(() => made(options), { code: 'ERR_OSSL_PEM_NO_START_LINE' });
    assert.throws(() => made(options), { code: 'ERR_OSSL_PEM_NO_START_LINE' });
    assert.throws(() => made(fresh({ ca: [1] })), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => made(fresh({ ca: [[ca]] })), { code: 'ERR_INVALID_ARG_TYPE' });
  });

  it('only a few are kept', () => {
    const first = fresh();
    assert.equal(made(first, ...Array.from({ length: 20 }, () => fresh()), first), 22);
  });

  it('what createSecureContext() returns is never shared', async () => {
    const options = fresh({ ca: [otherCa] });
    const { port } = await serve();
    assert.match((await ending(connect({ port, ...options }))).code, /^UNABLE_TO_/);
    const own = tls.createSecureContext(options);
    own.context.addCACert(ca);
    const trusting = connect({ port, secureContext: own });
    await once(trusting, 'secureConnect');
    assert.match((await ending(connect({ port, ...options }))).code, /^UNABLE_TO_/);
    assert.notEqual(tls.createSecureContext(options).context, own.context);
  });

  it('is out of reach of the program', async () => {
    const { client } = await secured();
    const seen = new Set();
    const contexts = [];
    const { native } = createRequire(import.meta.url)('../../dist/native/addon.js');
    const { SecureContext } = native();
    (function look(value) {
      if (value === null || typeof value !== 'object' || seen.has(value)) return;
      seen.add(value);
      if (value instanceof SecureContext) contexts.push(value);
      if (value instanceof tls.Server || ArrayBuffer.isView(value)) return;
      for (const key of Reflect.ownKeys(value)) {
        const { value: inner } = Object.getOwnPropertyDescriptor(value, key);
        look(inner);
      }
    })(client);
    assert(seen.has(client._handle));
    assert.deepEqual(contexts, []);
  });

  it('the defaults count', () => {
    const options = fresh();
    const { DEFAULT_MAX_VERSION, DEFAULT_CIPHERS } = tls;
    try {
      assert.equal(made(options), 1);
      tls.DEFAULT_MAX_VERSION = 'TLSv1.2';
      assert.equal(made(options), 1);
      tls.DEFAULT_CIPHERS = 'ECDHE-ECDSA-AES128-GCM-SHA256';
      assert.equal(made(options), 1);
    } finally {
      Object.assign(tls, { DEFAULT_MAX_VERSION, DEFAULT_CIPHERS });
    }
    assert.equal(made(options), 0);
  });

  it('the default trust counts', async () => {
    const { port } = await serve();
    const options = fresh({ ca: undefined });
    const before = tls.getCACertificates('default');
    assert.match((await ending(connect({ port, ...options }))).code, /^UNABLE_TO_/);
    try {
      tls.setDefaultCACertificates([ca.toString()]);
      await once(connect({ port, ...options }), 'secureConnect');
    } finally {
      tls.setDefaultCACertificates(before);
    }
    assert.match((await ending(connect({ port, ...options }))).code, /^UNABLE_TO_/);
  });

  it('other trust or another provider ends all that was shared', () => {
    const options = fresh();
    assert.equal(made(options, options), 1);
    tls.setDefaultCACertificates(tls.getCACertificates('default'));
    assert.equal(made(options, options), 1);
    tls.loadProvider('default');
    assert.equal(made(options, options), 1);
  });

  it('a createSecureContext() of the program is called each time', () => {
    const { createSecureContext } = tls;
    const options = fresh();
    let calls = 0;
    tls.createSecureContext = (given) => {
      calls++;
      return createSecureContext(given);
    };
    try {
      made(options, options);
      assert.equal(calls, 2);
    } finally {
      tls.createSecureContext = createSecureContext;
    }
  });

  it('secrets of one connection are not told to another', async () => {
    const { port } = await serve();
    const options = fresh();
    const lines = { first: [], second: [] };
    const first = connect({ port, ...options });
    first.on('keylog', (line) => lines.first.push(line));
    const second = connect({ port, ...options });
    await Promise.all([once(first, 'secureConnect'), once(second, 'secureConnect')]);
    assert(lines.first.length > 0);
    const randoms = new Set(lines.first.map((line) => line.toString().split(' ')[1]));
    assert.equal(randoms.size, 1);
    assert.equal(second.isSessionReused(), false);
  });
});
