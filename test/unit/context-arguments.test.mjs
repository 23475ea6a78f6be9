import assert from 'node:assert/strict';
import { accepts, rejects } from '../support/throws.mjs';
import { fixture, passphrase } from '../support/fixtures.mjs';
import { tls } from '../support/subject.mjs';

const T = 'ERR_INVALID_ARG_TYPE';
const V = 'ERR_INVALID_ARG_VALUE';
const R = 'ERR_OUT_OF_RANGE';
const cert = fixture('server-ec-chain.crt');
const key = fixture('server-ec.key');
const create = (options) => tls.createSecureContext(options);

describe('createSecureContext() arguments', () => {
  describe('wrong types', () => {
    rejects(
      [
        ['options as a number', 1, T, TypeError],
        ['options as a string', 'x', T, TypeError],
        ['options as an array', [], T, TypeError],
        ['options as an array of something', [{}], T, TypeError],
        ['ca as a number', { ca: 1 }, T, TypeError],
        ['ca as an object', { ca: {} }, T, TypeError],
        ['ca with a number', { ca: [1] }, T, TypeError],
        ['cert as a number', { cert: 1 }, T, TypeError],
        ['cert as true', { cert: true }, T, TypeError],
        ['cert with an object', { cert: [{}] }, T, TypeError],
        ['key as a number', { key: 1 }, T, TypeError],
        ['key as a bare object', { key: { pem: key } }, T, TypeError],
        ['key with a number', { key: [1] }, T, TypeError],
        ['passphrase as a number', { key, passphrase: 1 }, T, TypeError],
        [
          'passphrase of a PKCS#12 as a number',
          { pfx: fixture('server-ec.p12'), passphrase: 1 },
          T,
          TypeError,
        ],
        ['ciphers as a number', { ciphers: 1 }, T, TypeError],
        ['sigalgs as a number', { sigalgs: 1 }, T, TypeError],
        ['ecdhCurve as null', { ecdhCurve: null }, T, TypeError],
        ['ecdhCurve as false', { ecdhCurve: false }, T, TypeError],
        ['dhparam as false', { dhparam: false }, T, TypeError],
        ['crl as a number', { crl: 1 }, T, TypeError],
        ['secureOptions as a string', { secureOptions: 'x' }, T, TypeError],
        ['sessionIdContext as a number', { sessionIdContext: 1 }, T, TypeError],
        ['ticketKeys as a string', { ticketKeys: 'x' }, T, TypeError],
        ['sessionTimeout as a string', { sessionTimeout: 'x' }, T, TypeError],
      ],
      create,
    );
  });

  describe('values that are out of bounds', () => {
    rejects(
      [
        ['empty sigalgs', { sigalgs: '' }, V, TypeError],
        ['unknown sigalgs', { sigalgs: 'nonsense' }, null],
        ['empty cipher list', { ciphers: ':' }, V, TypeError],
        ['unknown cipher', { ciphers: 'nonsense' }, 'ERR_SSL_NO_CIPHER_MATCH'],
        ['unknown TLS 1.3 cipher', { ciphers: 'TLS_NONSENSE' }, 'ERR_SSL_NO_CIPHER_MATCH'],
        ['unknown curve', { ecdhCurve: 'nonsense' }, 'ERR_CRYPTO_OPERATION_FAILED'],
        ['DH parameters of 512 bits', { dhparam: fixture('dh512.pem') }, V, TypeError],
        ['secureOptions with a fraction', { secureOptions: 1.5 }, R, RangeError],
        ['sessionTimeout negative', { sessionTimeout: -1 }, R, RangeError],
        ['ticketKeys of 47 bytes', { ticketKeys: Buffer.alloc(47) }, V, TypeError],
        [
          'sessionIdContext of 33 characters',
          { sessionIdContext: 'a'.repeat(33) },
          null,
          TypeError,
        ],
        [
          'unknown minVersion',
          { minVersion: 'TLSv9' },
          'ERR_TLS_INVALID_PROTOCOL_VERSION',
          TypeError,
        ],
        [
          'unknown maxVersion',
          { maxVersion: 'TLSv9' },
          'ERR_TLS_INVALID_PROTOCOL_VERSION',
          TypeError,
        ],
        [
          'secureProtocol with minVersion',
          { secureProtocol: 'TLSv1_2_method', minVersion: 'TLSv1.2' },
          'ERR_TLS_PROTOCOL_VERSION_CONFLICT',
          TypeError,
        ],
        [
          'secureProtocol with maxVersion',
          { secureProtocol: 'TLSv1_2_method', maxVersion: 'TLSv1.2' },
          'ERR_TLS_PROTOCOL_VERSION_CONFLICT',
          TypeError,
        ],
        [
          'unknown secureProtocol',
          { secureProtocol: 'nonsense' },
          'ERR_TLS_INVALID_PROTOCOL_METHOD',
          TypeError,
        ],
        ['SSLv3', { secureProtocol: 'SSLv3_method' }, 'ERR_TLS_INVALID_PROTOCOL_METHOD', TypeError],
        ['SSLv2', { secureProtocol: 'SSLv2_method' }, 'ERR_TLS_INVALID_PROTOCOL_METHOD', TypeError],
        [
          'TLSv1_3_method',
          { secureProtocol: 'TLSv1_3_method' },
          'ERR_TLS_INVALID_PROTOCOL_METHOD',
          TypeError,
        ],
        ['privateKeyIdentifier without an engine', { privateKeyIdentifier: 'x' }, V, TypeError],
        [
          'privateKeyIdentifier beside a key',
          { privateKeyIdentifier: 'x', privateKeyEngine: 'y', key, cert },
          V,
          TypeError,
        ],
        [
          'privateKeyIdentifier of a wrong type',
          { privateKeyIdentifier: 1, privateKeyEngine: 'y' },
          T,
          TypeError,
        ],
        [
          'privateKeyEngine of a wrong type',
          { privateKeyIdentifier: 'x', privateKeyEngine: 1 },
          T,
          TypeError,
        ],
        ['clientCertEngine of a wrong type', { clientCertEngine: 1 }, T, TypeError],
      ],
      create,
    );
  });

  describe('what is let through', () => {
    accepts(
      [
        ['no options', undefined],
        ['null', null],
        ['ca that is no PEM', { ca: 'junk' }],
        ['an empty cipher string', { ciphers: '' }],
        ['null ciphers', { ciphers: null }],
        ['min above max', { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' }],
        ['DH parameters of 2048 bits', { dhparam: fixture('dh2048.pem') }],
        ['sessionTimeout 0', { sessionTimeout: 0 }],
        ['a passphrase that is not needed', { key, cert, passphrase: 'unused' }],
        [
          'a key with its own passphrase',
          { cert, key: [{ pem: fixture('server-ec-encrypted.key'), passphrase }] },
        ],
        [
          'a PKCS#12 with its own passphrase',
          { pfx: [{ buf: fixture('server-ec.p12'), passphrase }] },
        ],
        [
          'a certificate and a key of each type',
          {
            cert: [fixture('server-ec-chain.crt'), fixture('server-rsa-chain.crt')],
            key: [fixture('server-ec.key'), fixture('server-rsa.key')],
          },
        ],
        [
          'views of every kind',
          {
            ca: new Uint8Array(fixture('root.crt')),
            cert: new DataView(new Uint8Array(cert).buffer),
            key: key.toString(),
          },
        ],
      ],
      create,
    );
  });

  it("does not change or keep the caller's options", () => {
    const options = Object.freeze({
      ca: Object.freeze([fixture('root.crt')]),
      ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256',
    });
    assert.notEqual(tls.createSecureContext(options), tls.createSecureContext(options));
  });
});
