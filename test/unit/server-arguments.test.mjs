import assert from 'node:assert/strict';
import { accepts, rejects } from '../support/throws.mjs';
import { fixture, identity } from '../support/fixtures.mjs';
import { tls } from '../support/subject.mjs';

const T = 'ERR_INVALID_ARG_TYPE';
const V = 'ERR_INVALID_ARG_VALUE';
const R = 'ERR_OUT_OF_RANGE';

describe('tls.createServer() arguments', () => {
  rejects(
    [
      ['options as a number', 1, T, TypeError],
      ['options as a string', 'x', T, TypeError],
      ['handshakeTimeout of a wrong type', { handshakeTimeout: 'x' }, T, TypeError],
      ['SNICallback of a wrong type', { SNICallback: 1 }, T, TypeError],
      ['pskCallback of a wrong type', { pskCallback: 1 }, T, TypeError],
      ['pskIdentityHint of a wrong type', { pskIdentityHint: 1 }, T, TypeError],
      [
        'ALPNCallback beside ALPNProtocols',
        { ALPNCallback() {}, ALPNProtocols: ['h2'] },
        'ERR_TLS_ALPN_CALLBACK_WITH_PROTOCOLS',
        TypeError,
      ],
      ['ALPNProtocols with a number', { ALPNProtocols: [1] }, T, TypeError],
      ['ALPNProtocols with an empty name', { ALPNProtocols: [''] }, V, TypeError],
      ['ALPNProtocols with a long name', { ALPNProtocols: ['a'.repeat(256)] }, R, RangeError],
      ['highWaterMark of a wrong type', { highWaterMark: 'x' }, T, TypeError],
      ['keepAliveInitialDelay of a wrong type', { keepAliveInitialDelay: 'x' }, T, TypeError],
      ['ticketKeys of a wrong length', { ticketKeys: Buffer.alloc(47) }, V, TypeError],
      ['ticketKeys of a wrong type', { ticketKeys: 'x' }, T, TypeError],
      ['sessionTimeout of a wrong type', { sessionTimeout: 'x' }, T, TypeError],
      ['sessionTimeout negative', { sessionTimeout: -1 }, R, RangeError],
      ['cert of a wrong type', { cert: 1 }, T, TypeError],
      ['key of a wrong type', { key: 1 }, T, TypeError],
      [
        'key that does not match',
        { cert: fixture('server-ec.crt'), key: fixture('client.key') },
        'ERR_OSSL_X509_KEY_VALUES_MISMATCH',
      ],
      [
        'unknown minVersion',
        { minVersion: 'TLSv9' },
        'ERR_TLS_INVALID_PROTOCOL_VERSION',
        TypeError,
      ],
    ],
    (options) => tls.createServer(options),
  );

  accepts(
    [
      ['nothing', undefined],
      ['a listener only', () => {}],
      ['no certificate', {}],
      ['requestCert of any type', { requestCert: 1, rejectUnauthorized: 0 }],
    ],
    (options) => tls.createServer(options),
  );

  describe('of its methods', () => {
    rejects(
      [
        ['setSecureContext(number)', (server) => server.setSecureContext(1), T, TypeError],
        ['setSecureContext() without options', (server) => server.setSecureContext(), T, TypeError],
        [
          'addContext() without a name',
          (server) => server.addContext('', {}),
          'ERR_TLS_REQUIRED_SERVER_NAME',
        ],
        ['setTicketKeys(string)', (server) => server.setTicketKeys('x'), T, TypeError],
        [
          'setTicketKeys() of a wrong length',
          (server) => server.setTicketKeys(Buffer.alloc(47)),
          null,
        ],
      ],
      (act) => act(tls.createServer(identity('server-ec'))),
    );
  });

  it('makes the listener one of secureConnection', () => {
    const listener = () => {};
    assert.deepEqual(tls.createServer(listener).listeners('secureConnection'), [listener]);
    assert.deepEqual(tls.createServer({}, listener).listeners('secureConnection'), [listener]);
  });

  it('gives and takes 48 bytes of ticket keys', () => {
    const server = tls.createServer(identity('server-ec'));
    const keys = server.getTicketKeys();
    assert.equal(keys.length, 48);
    const other = Buffer.alloc(48, 7);
    server.setTicketKeys(other);
    assert.deepEqual(server.getTicketKeys(), other);
    assert.notDeepEqual(keys, other);
  });
});
