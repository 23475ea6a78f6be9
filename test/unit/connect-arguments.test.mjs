import assert from 'node:assert/strict';
import { accepts, rejects } from '../support/throws.mjs';
import { duplexPair } from '../support/duplex.mjs';
import { tidy } from '../support/cleanup.mjs';
import { tls } from '../support/subject.mjs';

const T = 'ERR_INVALID_ARG_TYPE';
const V = 'ERR_INVALID_ARG_VALUE';
const R = 'ERR_OUT_OF_RANGE';

describe('tls.connect() arguments', () => {
  rejects(
    [
      ['nothing', [], 'ERR_MISSING_ARGS', TypeError],
      ['empty options', [{}], 'ERR_MISSING_ARGS', TypeError],
      ['a callback only', [() => {}], T, TypeError],
      ['options without a target', [{ rejectUnauthorized: false }], 'ERR_MISSING_ARGS', TypeError],
    ],
    (args) => tls.connect(...args),
  );

  describe('over a network', () => {
    rejects(
      [
        ['port out of range', { port: 65536 }, 'ERR_SOCKET_BAD_PORT', RangeError],
        ['negative port', { port: -1 }, 'ERR_SOCKET_BAD_PORT', RangeError],
        ['port that is no number', { port: 'x' }, 'ERR_SOCKET_BAD_PORT', RangeError],
        ['port of a wrong type', { port: true }, T, TypeError],
        ['path of a wrong type', { path: 1 }, T, TypeError],
        ['lookup that is no function', { port: 1, host: 'a.test', lookup: 1 }, T, TypeError],
        [
          'localAddress that is no address',
          { port: 1, host: '127.0.0.1', localAddress: 'x' },
          'ERR_INVALID_IP_ADDRESS',
          TypeError,
        ],
        ['localPort of a wrong type', { port: 1, host: '127.0.0.1', localPort: 'x' }, T, TypeError],
        ['hints out of range', { port: 1, host: 'a.test', hints: 1 << 30 }, V, TypeError],
        ['timeout of a wrong type', { port: 1, host: '127.0.0.1', timeout: 'x' }, T, TypeError],
        ['negative timeout', { port: 1, host: '127.0.0.1', timeout: -1 }, R, RangeError],
        [
          'autoSelectFamily of a wrong type',
          { port: 1, host: '127.0.0.1', autoSelectFamily: 1 },
          T,
          TypeError,
        ],
        [
          'autoSelectFamilyAttemptTimeout too small',
          { port: 1, host: '127.0.0.1', autoSelectFamily: true, autoSelectFamilyAttemptTimeout: 0 },
          R,
          RangeError,
        ],
        ['signal of a wrong type', { port: 1, host: '127.0.0.1', signal: {} }, T, TypeError],
        [
          'highWaterMark of a wrong type',
          { port: 1, host: '127.0.0.1', highWaterMark: 'x' },
          V,
          TypeError,
        ],
        ['highWaterMark negative', { port: 1, host: '127.0.0.1', highWaterMark: -1 }, V, TypeError],
        [
          'keepAliveInitialDelay of a wrong type',
          { port: 1, host: '127.0.0.1', keepAliveInitialDelay: 'x' },
          T,
          TypeError,
        ],
      ],
      (options) =>
        tls
          .connect(options)
          .on('error', () => {})
          .destroy(),
    );
  });

  const overDuplex = (options) => {
    const [near, far] = duplexPair().map(tidy);
    far.resume();
    tidy(tls.connect({ socket: near, ...options })).on('error', () => {});
  };

  describe('of TLS', () => {
    rejects(
      [
        ['checkServerIdentity of a wrong type', { checkServerIdentity: 1 }, T, TypeError],
        ['checkServerIdentity undefined', { checkServerIdentity: undefined }, T, TypeError],
        ['checkServerIdentity null', { checkServerIdentity: null }, T, TypeError],
        ['minDHSize of a wrong type', { minDHSize: '1024' }, T, TypeError],
        ['minDHSize undefined', { minDHSize: undefined }, T, TypeError],
        ['minDHSize 0', { minDHSize: 0 }, R, RangeError],
        ['minDHSize negative', { minDHSize: -1 }, R, RangeError],
        ['minDHSize NaN', { minDHSize: NaN }, R, RangeError],
        ['servername of a wrong type', { servername: 1 }, T, TypeError],
        ['session of a wrong type', { session: 1 }, T, TypeError],
        ['session as an object', { session: {} }, T, TypeError],
        ['ALPNProtocols with a number', { ALPNProtocols: [1] }, T, TypeError],
        ['ALPNProtocols with an empty name', { ALPNProtocols: [''] }, V, TypeError],
        ['ALPNProtocols with a long name', { ALPNProtocols: ['a'.repeat(256)] }, R, RangeError],
        [
          'ALPNProtocols as a truncated buffer',
          { ALPNProtocols: Buffer.from([3, 0x68]) },
          V,
          TypeError,
        ],
        [
          'ALPNProtocols as an empty name in a buffer',
          { ALPNProtocols: Buffer.from([0]) },
          V,
          TypeError,
        ],
        ['secureContext that is none', { secureContext: {} }, 'ERR_TLS_INVALID_CONTEXT', TypeError],
        ['pskCallback of a wrong type', { pskCallback: 1 }, T, TypeError],
        ['enableTrace of a wrong type', { enableTrace: 'yes' }, T, TypeError],
      ],
      overDuplex,
    );

    accepts(
      [
        ['an empty session', { session: '' }],
        ['ALPNProtocols undefined', { ALPNProtocols: undefined }],
        ['requestOCSP of any type', { requestOCSP: 1 }],
        [
          'server options',
          {
            isServer: false,
            ALPNCallback: 1,
            SNICallback: 1,
            handshakeTimeout: 'x',
            pskIdentityHint: 1,
          },
        ],
        ['an empty servername', { servername: '' }],
      ],
      overDuplex,
    );

    for (const [what, value] of [
      ['a number', 1],
      ['a plain object', {}],
    ]) {
      it(`socket as ${what}: TypeError`, () => {
        assert.throws(() => tls.connect({ socket: value }), TypeError);
      });
    }
  });

  describe('of a TLSSocket', () => {
    const client = () => {
      const [near, far] = duplexPair().map(tidy);
      far.resume();
      return tidy(tls.connect({ socket: near })).on('error', () => {});
    };
    rejects(
      [
        ['setServername(number)', (socket) => socket.setServername(1), T, TypeError],
        ['setSession(number)', (socket) => socket.setSession(1), T, TypeError],
        ['setSession(null)', (socket) => socket.setSession(null), T, TypeError],
        ['setMaxSendFragment(string)', (socket) => socket.setMaxSendFragment('x'), T, TypeError],
        [
          'exportKeyingMaterial() before the handshake',
          (socket) => socket.exportKeyingMaterial(16, 'label'),
          'ERR_TLS_INVALID_STATE',
        ],
        ['renegotiate(null)', (socket) => socket.renegotiate(null), T, TypeError],
        ['renegotiate({}, no function)', (socket) => socket.renegotiate({}, 1), T, TypeError],
      ],
      (act) => act(client()),
    );

    it('setSession(undefined) is none, from Node 22 on', () => {
      const set = () => client().setSession(undefined);
      if (Number.parseInt(process.versions.node) >= 22) set();
      else assert.throws(set, { code: T });
    });
  });
});
