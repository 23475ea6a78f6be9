// Whatever is given to an option, there is no error without a code; and an option that only ownssl has takes nothing in
// silence that it has no use for.
import assert from 'node:assert/strict';
import net from 'node:net';
import { subject, tls } from '../support/subject.mjs';

const hasEch = subject === 'ownssl' && tls.openssl.features.encryptedClientHello;

const values = {
  null: null,
  false: false,
  true: true,
  zero: 0,
  one: 1,
  'a negative number': -1,
  'a fraction': 1.5,
  'a large number': 2 ** 40,
  NaN,
  'an empty text': '',
  'a text': 'nope',
  'a long text': 'x'.repeat(70_000),
  'a text with NUL': 'a\0b',
  'an empty object': {},
  'a mistyped property': { accpet: 1 },
  'an empty array': [],
  'an array of null': [null],
  'an array of an object': [{}],
  'a function': () => {},
  'a symbol': Symbol('x'),
  'a bigint': 5n,
  'an empty Buffer': Buffer.alloc(0),
  'a Buffer': Buffer.from('nope'),
};

/** What a context takes, by the name of the option: the values that are no errors. Null stands for what Node takes. */
const context = {
  ...Object.fromEntries(
    [
      ...['ca', 'cert', 'key', 'pfx', 'passphrase', 'ciphers', 'sigalgs', 'ecdhCurve', 'dhparam'],
      ...['crl', 'minVersion', 'maxVersion', 'secureProtocol', 'secureOptions', 'ticketKeys'],
      ...['honorCipherOrder', 'sessionIdContext', 'sessionTimeout', 'clientCertEngine'],
      ...['privateKeyEngine', 'privateKeyIdentifier', 'allowPartialTrustChain'],
      ...['certificateCompression', 'requestCert', 'rejectUnauthorized'],
    ].map((name) => [name, null]),
  ),
  legacyPfx: ['false', 'true'],
  trust: ['an empty object'],
  echKeys: ['null'],
  certificateProfile: ['null'],
  ocspStapling: ['null', 'false', 'true', 'an empty object'],
};

const connection = {
  ioThreads: ['null'],
  allowRenegotiation: ['null', 'false', 'true'],
  clientHello: ['null', 'false', 'true'],
  offloadHandshakes: ['null', 'false', 'true'],
  rawPublicKey: ['null', 'an empty object'],
  enableTrace: null,
  pskCallback: null,
  highWaterMark: null,
  noDelay: null,
  keepAlive: null,
  keepAliveInitialDelay: null,
  allowHalfOpen: null,
};

const client = {
  ...context,
  ...connection,
  ocsp: ['null'],
  dane: ['null'],
  earlyData: [
    ...['null', 'an empty text', 'a text', 'a long text', 'a text with NUL'],
    ...['an empty Buffer', 'a Buffer'],
  ],
  resendEarlyData: ['null', 'false', 'true'],
  echConfigList: ['null'],
  echOuterServername: ['null', 'false', 'a text', 'a long text'],
  echGrease: ['null', 'false', ...(hasEch ? ['true'] : [])],
  sessionCache: ['null', 'false', 'true'],
  postHandshakeAuth: ['null', 'false', 'true'],
  clientCertificateCallback: ['null', 'a function'],
  verifyInHandshake: ['null', 'false', 'true'],
  ALPNProtocols: null,
  checkServerIdentity: null,
  servername: null,
  session: null,
  minDHSize: null,
  requestOCSP: null,
  secureContext: null,
  socket: null,
  onread: null,
  timeout: null,
  signal: null,
  path: null,
  family: null,
};

const server = {
  ...context,
  ...connection,
  ticketRotation: ['null'],
  maxEarlyData: ['null', 'zero', 'one'],
  maxPendingHandshakes: ['one'],
  clientHelloCallback: ['null', 'a function'],
  handshakeTimeout: null,
  SNICallback: null,
  ALPNCallback: null,
  ALPNProtocols: null,
  pskIdentityHint: null,
  pauseOnConnect: null,
};

const calls = {
  'createSecureContext()': [context, (options) => tls.createSecureContext(options)],
  'connect()': [
    client,
    (options) => {
      // A host that net would look up would keep the program waiting.
      const socket = tls.connect({ port: 1, host: '127.0.0.1', ...options });
      socket.on('error', () => {});
      socket.destroy();
    },
  ],
  'createServer()': [server, (options) => tls.createServer(options)],
  'new TLSSocket()': [
    {
      ...connection,
      clientHelloCallback: ['null', 'a function'],
      maxEarlyData: ['null', 'zero', 'one'],
    },
    (options) => {
      const socket = new tls.TLSSocket(new net.Socket(), { isServer: true, ...options });
      socket.on('error', () => {});
      socket.destroy();
    },
  ],
};

/** By name: undefined where there was no error, else its code, or what was thrown without one. */
function outcomes(option, call) {
  return Object.entries(values).map(([name, value]) => {
    try {
      call({ [option]: value });
      return [name, undefined];
    } catch (error) {
      return [name, error?.code ?? `no code: ${error}`];
    }
  });
}

const DELIBERATE = /^ERR_(INVALID_ARG_TYPE|INVALID_ARG_VALUE|OUT_OF_RANGE|OWNSSL_\w+)$/;

describe('wrong values of options', function () {
  if (subject === 'builtin') return;
  // Some of Node's options are warned of.
  const onWarning = () => {};
  before(() => process.on('warning', onWarning));
  after(() => process.off('warning', onWarning));

  for (const [what, [options, call]] of Object.entries(calls)) {
    describe(what, () => {
      for (const [option, taken] of Object.entries(options)) {
        it(option, () => {
          const all = outcomes(option, call);
          const codeless = all.filter(([, code]) => code?.startsWith('no code'));
          assert.deepEqual(codeless, []);
          if (taken === null) return;
          const silent = all.filter(([, code]) => code === undefined).map(([name]) => name);
          assert.deepEqual(silent.sort(), [...taken].sort());
          const others = all.filter(([, code]) => code !== undefined && !DELIBERATE.test(code));
          assert.deepEqual(others, []);
        });
      }
    });
  }
});

describe('properties that nobody knows, of options that only ownssl has', function () {
  if (subject === 'builtin') return;
  const connect = (options) => tls.connect({ port: 1, host: '127.0.0.1', ...options });
  const record = { usage: 3, selector: 1, mtype: 1, data: '00'.repeat(32) };
  for (const [name, call, options] of [
    ['options.dane.tlsaa', connect, { dane: { tlsa: [record], tlsaa: [] } }],
    ['options.rawPublicKey.accpet', connect, { rawPublicKey: { accpet: [] } }],
    ['options.rawPublicKey.accpet', tls.createServer, { rawPublicKey: { accpet: [] } }],
    ['options.trust.root', tls.createSecureContext, { trust: { root: 'none' } }],
    ['options.trust.root', tls.createServer, { trust: { root: 'none' } }],
    ['options.ticketRotation.evry', tls.createServer, { ticketRotation: { every: 1, evry: 2 } }],
    ['options.ocspStapling.url', tls.createServer, { ocspStapling: { url: 'http://a.test' } }],
    [
      'options.ocspStapling.url',
      tls.createSecureContext,
      { ocspStapling: { url: 'http://a.test' } },
    ],
    ['options.maxEntry', (given) => new tls.SessionCache(given), { maxEntry: 1 }],
    ['options.name', tls.generateEchKeys, { publicName: 'a.test', name: 'b.test' }],
  ]) {
    it(name, () => {
      assert.throws(() => call(options), {
        code: 'ERR_INVALID_ARG_VALUE',
        message: new RegExp(`'${name.replaceAll('.', '\\.')}' is not known`),
      });
    });
  }
});

describe('bytes that were transferred to somebody else', function () {
  if (subject === 'builtin') return;
  const taken = () => {
    const view = new Uint8Array(8);
    structuredClone(view.buffer, { transfer: [view.buffer] });
    return view;
  };
  const connect = (options) => tls.connect({ port: 1, host: '127.0.0.1', ...options });
  for (const [what, call] of Object.entries({
    cert: (view) => tls.createSecureContext({ cert: view }),
    key: (view) => tls.createSecureContext({ key: view }),
    ca: (view) => tls.createSecureContext({ ca: view }),
    crl: (view) => tls.createSecureContext({ crl: view }),
    pfx: (view) => tls.createSecureContext({ pfx: view }),
    'trust.intermediates': (view) => tls.createSecureContext({ trust: { intermediates: view } }),
    'key.publicKey': (view) =>
      tls.createSecureContext({ cert: 'x', key: { publicKey: view, sign() {} } }),
    session: (view) => connect({ session: view }),
    earlyData: (view) => connect({ earlyData: view }),
    'dane.tlsa': (view) =>
      connect({ dane: { tlsa: [{ usage: 3, selector: 1, mtype: 1, data: view }] } }),
    'a SessionCache': (view) => new tls.SessionCache().set('key', view),
    setCRL: (view) => tls.createServer().setCRL(view),
  })) {
    it(what, () => {
      assert.throws(
        () => call(taken()),
        ({ code }) => /^ERR_\w+$/.test(code),
      );
    });
  }
});

it('addContext() takes a name', function () {
  if (subject === 'builtin') this.skip();
  const server = tls.createServer();
  for (const name of [5, true, {}, [], Symbol('x'), () => {}, Buffer.from('a.test')]) {
    assert.throws(() => server.addContext(name, {}), { code: 'ERR_INVALID_ARG_TYPE' });
  }
  for (const name of ['', null, undefined]) {
    assert.throws(() => server.addContext(name, {}), { code: 'ERR_TLS_REQUIRED_SERVER_NAME' });
  }
});

describe('SessionCache', function () {
  if (subject === 'builtin') return;
  for (const [what, args, code] of [
    ['a key that is no text', [1, Buffer.alloc(1)], 'ERR_INVALID_ARG_TYPE'],
    ['a session that is a text', ['key', 'session'], 'ERR_INVALID_ARG_TYPE'],
    ['null of what is known of it', ['key', Buffer.alloc(1), null], 'ERR_INVALID_ARG_TYPE'],
    ['a lifetime as a text', ['key', Buffer.alloc(1), { lifetime: '1' }], 'ERR_INVALID_ARG_TYPE'],
    ['no number of seconds', ['key', Buffer.alloc(1), { lifetime: NaN }], 'ERR_OUT_OF_RANGE'],
    ['a number for once', ['key', Buffer.alloc(1), { singleUse: 1 }], 'ERR_INVALID_ARG_TYPE'],
  ]) {
    it(what, () => {
      const cache = new tls.SessionCache();
      assert.throws(() => cache.set(...args), { code });
      assert.equal(cache.size, 0);
    });
  }
});
