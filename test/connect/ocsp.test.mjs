// What a client makes of a stapled OCSP response. The responses are made here, each with one thing wrong, and
// stapled by Node's built-in module, since newer OpenSSLs staple nothing that they can't read.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ending, once } from '../support/events.mjs';
import { connect, secured, serve } from '../support/ends.mjs';
import { ca, fixture, fixturePath, identity } from '../support/fixtures.mjs';
import { hours, ocspResponse, responseWith } from '../support/ocsp.mjs';
import { deaf, gnutlsServer, nginxServer, opensslServer } from '../support/peers.mjs';
import { temporaryFolder } from '../support/paths.mjs';
import { builtin, subject, tls } from '../support/subject.mjs';

const OCSP_SIGNING = 'ocsp-signer';
const good = ocspResponse();

/** [what, response, or what makes it when it is needed; the code that refuses it, null if it is accepted] */
const RESPONSES = [
  ['signed by the issuer', good, null],
  ['made by openssl ocsp', fixture('server-ec.ocsp'), null],
  ['that names the certificate by SHA-256', ocspResponse({ hash: 'sha256' }), null],
  ['that names the certificate by SHA-384', ocspResponse({ hash: 'sha384' }), null],
  ['that names its signer by the key', ocspResponse({ byKey: true }), null],
  ['signed by whom the issuer has appointed', ocspResponse({ signer: OCSP_SIGNING }), null],
  ['without nextUpdate, of an hour ago', ocspResponse({ until: null }), null],
  ['that expired 2 minutes ago', () => ocspResponse({ until: hours(-2 / 60) }), null],
  ['that begins in 2 minutes', () => ocspResponse({ from: hours(2 / 60) }), null],
  [
    'about several certificates',
    ocspResponse({
      singles: [{ certificate: 'server-rsa', status: 'revoked' }, { certificate: 'server-ec' }],
    }),
    null,
  ],
  ['that says revoked', ocspResponse({ status: 'revoked' }), 'CERT_REVOKED'],
  [
    'that says revoked, and is old',
    ocspResponse({ status: 'revoked', from: hours(-48), until: hours(-24) }),
    'CERT_REVOKED',
  ],
  ['that says both', ocspResponse({ singles: [{}, { status: 'revoked' }] }), 'CERT_REVOKED'],
  ['that says unknown', ocspResponse({ status: 'unknown' }), 'UNKNOWN'],
  ['that has expired', ocspResponse({ from: hours(-48), until: hours(-1) }), 'EXPIRED'],
  ['without nextUpdate, of yesterday', ocspResponse({ from: hours(-25), until: null }), 'EXPIRED'],
  ['that is not valid yet', ocspResponse({ from: hours(1) }), 'NOT_YET_VALID'],
  ['whose end is before its beginning', ocspResponse({ until: hours(-2) }), 'MALFORMED'],
  ['about another certificate', ocspResponse({ certificate: 'server-rsa' }), 'MISMATCH'],
  ['about nothing', ocspResponse({ singles: [] }), 'UNTRUSTED'],
  ['that names the certificate by MD5', ocspResponse({ hash: 'md5' }), 'MISMATCH'],
  ['with a wrong signature', ocspResponse({ signature: Buffer.alloc(70, 1) }), 'UNTRUSTED'],
  ['signed with another key', ocspResponse({ signedBy: 'root' }), 'UNTRUSTED'],
  ['signed with SHA-1', ocspResponse({ signedWith: 'sha1' }), 'UNTRUSTED'],
  ['signed by the server itself', ocspResponse({ signer: 'server-ec' }), 'UNTRUSTED'],
  ['signed by the root', ocspResponse({ signer: 'root' }), 'UNTRUSTED'],
  ['of a responder of the root', ocspResponse({ signer: 'ocsp-signer-of-root' }), 'UNTRUSTED'],
  ['of a stranger', ocspResponse({ signer: 'ocsp-signer-unknown' }), 'UNTRUSTED'],
  ['of a responder that has expired', ocspResponse({ signer: 'ocsp-signer-expired' }), 'UNTRUSTED'],
  [
    'of a responder that is not there',
    ocspResponse({ signer: OCSP_SIGNING, certificates: [] }),
    'UNTRUSTED',
  ],
  ['with a critical extension', ocspResponse({ criticalResponse: true }), 'MALFORMED'],
  ['with a critical extension for the certificate', ocspResponse({ critical: true }), 'MALFORMED'],
  ['of another type', ocspResponse({ type: Buffer.from('06032a0304', 'hex') }), 'MALFORMED'],
  ['without content', responseWith(0), 'MALFORMED'],
  ['that says to try later', responseWith(3), 'UNSUCCESSFUL'],
  ['of a status that nobody knows', responseWith(42), 'UNSUCCESSFUL'],
  [
    'that says to try later, around a good one',
    Buffer.concat([Buffer.from([0x30, 3]), responseWith(3).subarray(2)]),
    'UNSUCCESSFUL',
  ],
];

const full = (code) =>
  code === null || code === 'CERT_REVOKED' ? code : `ERR_OWNSSL_OCSP_${code}`;

/** A server that staples this; `name` is its certificate. */
async function stapling(response, options = {}, name = 'server-ec') {
  const { server, port } = await serve({ ...identity(name), ...options }, undefined, builtin);
  server.on('OCSPRequest', (_certificate, _issuer, answer) => answer(null, response));
  server.on('tlsClientError', () => {});
  return { server, port };
}

/** What comes of a connection: a code, or null. */
async function outcome(options) {
  const client = connect(options);
  try {
    await once(client, 'secureConnect');
    assert.equal(client.authorized, true);
    return null;
  } catch ({ code }) {
    return code;
  } finally {
    client.destroy();
  }
}

describe('stapled OCSP responses', function () {
  before(function () {
    if (subject === 'builtin') this.skip(); // The built-in module does not look at them.
  });

  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    describe(`a client of ${version}`, () => {
      const versions = { minVersion: version, maxVersion: version };

      for (const [what, given, code] of RESPONSES) {
        it(`${code ? 'refuses' : 'accepts'} one ${what}${code ? `: ${full(code)}` : ''}`, async () => {
          const response = typeof given === 'function' ? given() : given;
          const { port } = await stapling(response, versions);
          for (const ocsp of ['check', 'require']) {
            assert.equal(await outcome({ port, ocsp }), full(code));
          }
          assert.equal(await outcome({ port }), null); // As with the built-in module.
        });
      }

      it('refuses bytes that are none, whatever OpenSSL makes of them', async () => {
        // OpenSSL 3.6 and later read them themselves, and refuse.
        for (const bytes of [Buffer.from('no response'), good.subarray(0, -1)]) {
          const { port } = await stapling(bytes, versions);
          for (const ocsp of ['check', 'require'])
            assert.notEqual(await outcome({ port, ocsp }), null);
        }
      });

      it('believes none that has one byte changed', async function () {
        this.timeout(60_000);
        let response;
        const { server, port } = await serve(
          { ...identity('server-ec'), ...versions },
          undefined,
          builtin,
        );
        server.on('tlsClientError', () => {});
        server.on('OCSPRequest', (_certificate, _issuer, answer) => answer(null, response));
        for (let i = 0; i < good.length; i += 3) {
          response = Buffer.from(good);
          response[i] ^= 1 << (i % 8);
          assert.notEqual(await outcome({ port, ocsp: 'require' }), null, `byte ${i}`);
        }
      });

      it('wants one with require, and takes none with check', async () => {
        const { port } = await stapling(null, versions);
        assert.equal(await outcome({ port, ocsp: 'check' }), null);
        assert.equal(await outcome({ port, ocsp: 'require' }), full('MISSING'));
      });

      it('wants one with a certificate that says so (RFC 7633)', async () => {
        const { port } = await stapling(null, versions, 'must-staple');
        assert.equal(await outcome({ port, ocsp: 'check' }), full('MISSING'));
        assert.equal(await outcome({ port, ocsp: 'off' }), null);
        const with_ = await stapling(
          ocspResponse({ certificate: 'must-staple' }),
          versions,
          'must-staple',
        );
        assert.equal(await outcome({ port: with_.port, ocsp: 'check' }), null);
      });

      it('sends bad_certificate_status_response, and says what it was', async () => {
        const { server, port } = await stapling(
          ocspResponse({ status: 'revoked', reason: 1 }),
          versions,
        );
        const theirs = once(server, 'tlsClientError');
        const client = connect({ port, ocsp: 'check' });
        const error = await ending(client);
        assert.match((await theirs)[0].message, /bad certificate status response/);
        const { depth, chain, ocsp } = error;
        assert.equal(depth, 0);
        assert.equal(chain[0].subject.CN, 'server-ec');
        assert.equal(ocsp.verdict, 'revoked');
        assert.equal(ocsp.reason, 1);
        assert(ocsp.revokedAt instanceof Date);
        assert.equal(ocsp.mustStaple, false);
      });

      for (const over of ['tcp', 'duplex']) {
        for (const verifyInHandshake of [true, false]) {
          const where = `over ${over}, verifyInHandshake: ${verifyInHandshake}`;
          it(`with rejectUnauthorized: false it is authorizationError, ${where}`, async () => {
            const given = (response) =>
              secured({
                over,
                server: versions,
                client: {
                  ocsp: 'check',
                  rejectUnauthorized: false,
                  verifyInHandshake,
                  requestOCSP: true,
                },
                at: { server: stapler(response) },
              });
            const { client } = await given(ocspResponse({ status: 'revoked' }));
            assert.deepEqual(
              [client.authorized, client.authorizationError],
              [false, 'CERT_REVOKED'],
            );
            assert.equal(client.getOCSPStatus().verdict, 'revoked');
            const other = await given(good);
            assert.equal(other.client.authorized, true);
          });

          it(`and without, no data is sent, ${where}`, async () => {
            await assert.rejects(
              secured({
                over,
                server: versions,
                client: { ocsp: 'check', verifyInHandshake },
                at: { server: stapler(ocspResponse({ status: 'unknown' })) },
              }),
              { code: full('UNKNOWN') },
            );
          });
        }
      }

      it('says of a chain that is not trusted that first', async () => {
        const { port } = await stapling(ocspResponse({ status: 'revoked' }), versions);
        const other = { ca: fixture('other-root.crt') };
        assert.match(await outcome({ port, ocsp: 'require', ...other }), /^UNABLE_TO/);
        const client = connect({ port, ocsp: 'require', ...other, rejectUnauthorized: false });
        await once(client, 'secureConnect');
        assert.match(client.authorizationError, /^UNABLE_TO/);
      });

      it('knows the issuer of a certificate that is trusted itself', async () => {
        const trust = { ca: fixture('server-ec.crt'), allowPartialTrustChain: true };
        const { port } = await stapling(good, versions);
        assert.equal(await outcome({ port, ocsp: 'require', ...trust }), null);
        const bad = await stapling(ocspResponse({ signer: 'ocsp-signer-unknown' }), versions);
        assert.equal(await outcome({ port: bad.port, ocsp: 'check', ...trust }), full('UNTRUSTED'));
        // Nobody there can say who has signed it.
        const alone = await stapling(good, { ...versions, cert: fixture('server-ec.crt') });
        assert.equal(
          await outcome({ port: alone.port, ocsp: 'check', ...trust }),
          full('UNTRUSTED'),
        );
      });

      it('resumes what was judged by the same, and judges anew what was not', async () => {
        const { server, port } = await stapling(good, versions);
        server.on('secureConnection', (socket) => socket.end('hello'));
        const visit = async (options) => {
          const client = connect({ port, ...options });
          let session;
          client.on('session', (given) => (session = given));
          await once(client, 'secureConnect');
          const reused = client.isSessionReused();
          await once(client.resume(), 'end');
          return { session, reused };
        };
        const lax = await visit({});
        const strict = await visit({ ocsp: 'require', session: lax.session });
        assert.equal(strict.reused, false);
        assert.equal((await visit({ ocsp: 'require', session: strict.session })).reused, true);
        assert.equal((await visit({ ocsp: 'check', session: strict.session })).reused, false);
        assert.equal((await visit({ session: lax.session })).reused, true);
      });

      it('a listener may destroy the socket, or throw', async () => {
        const { port } = await stapling(ocspResponse({ status: 'revoked' }), versions);
        const client = connect({ port, ocsp: 'check' });
        client.on('OCSPResponse', () => client.destroy());
        await once(client, 'close');
        const thrown = new Error('of a listener');
        const other = connect({ port, ocsp: 'check' });
        other.on('OCSPResponse', () => {
          throw thrown;
        });
        assert.equal(await ending(other), thrown);
      });

      it('openssl s_server', async function () {
        const staple = async (response) => {
          const file = join(temporaryFolder(), 'response.der');
          writeFileSync(file, response);
          const { port } = await opensslServer(this, {
            args: ['-status_file', file, version === 'TLSv1.2' ? '-tls1_2' : '-tls1_3', ...deaf],
          });
          return port;
        };
        assert.equal(await outcome({ port: await staple(good), ocsp: 'require' }), null);
        const revoked = await staple(ocspResponse({ status: 'revoked' }));
        assert.equal(await outcome({ port: revoked, ocsp: 'check' }), 'CERT_REVOKED');
      });

      it('GnuTLS', async function () {
        const credentials = [
          '--x509certfile',
          fixturePath('server-ec-chain.crt'),
          '--x509keyfile',
          fixturePath('server-ec.key'),
        ];
        const priority = ['--priority', `NORMAL:-VERS-ALL:+VERS-TLS${version.slice(4)}`];
        const staple = async (response) => {
          const file = join(temporaryFolder(), 'response.der');
          writeFileSync(file, response);
          const ocsp = ['--ocsp-response', file, '--ignore-ocsp-response-errors'];
          return (await gnutlsServer(this, [...credentials, ...priority, ...ocsp])).port;
        };
        assert.equal(await outcome({ port: await staple(good), ocsp: 'require' }), null);
        const revoked = await staple(ocspResponse({ status: 'revoked' }));
        assert.equal(await outcome({ port: revoked, ocsp: 'require' }), 'CERT_REVOKED');
      });

      it('nginx', async function () {
        const staple = async (response) => {
          const file = join(temporaryFolder(), 'response.der');
          writeFileSync(file, response);
          const directives = `ssl_protocols ${version}; ssl_stapling on; ssl_stapling_file ${file};`;
          return (await nginxServer(this, { identity: 'server-ec', directives })).port;
        };
        assert.equal(await outcome({ port: await staple(good), ocsp: 'require' }), null);
        const revoked = await staple(ocspResponse({ status: 'revoked' }));
        assert.equal(await outcome({ port: revoked, ocsp: 'check' }), 'CERT_REVOKED');
      });
    });
  }

  it('a renegotiation is judged as the first handshake was', async () => {
    let response = good;
    const versions = { maxVersion: 'TLSv1.2' };
    const { server, port } = await serve(versions); // The built-in module staples but once.
    server.on('tlsClientError', () => {});
    server.on('OCSPRequest', (_certificate, _issuer, answer) => answer(null, response));
    const client = connect({ port, ...versions, ocsp: 'require' });
    await once(client, 'secureConnect');
    response = ocspResponse({ status: 'revoked' });
    const renegotiated = new Promise((resolve) => client.renegotiate({}, resolve));
    client.on('error', () => {});
    assert.equal((await renegotiated).code, 'CERT_REVOKED');
  });

  it('without a certificate there is nothing to be revoked', async () => {
    const key = Buffer.alloc(16, 7);
    const psk = { ciphers: 'PSK+AES128', maxVersion: 'TLSv1.2' };
    const { port } = await serve({ ...psk, pskCallback: () => key });
    const client = connect({
      ...psk,
      port,
      ocsp: 'require',
      pskCallback: () => ({ psk: key, identity: 'me' }),
      checkServerIdentity: () => {},
    });
    await once(client, 'secureConnect');
    assert.equal(client.getOCSPStatus(), null);
  });

  it('a weak hash counts for something at security level 0', async () => {
    const { port } = await stapling(ocspResponse({ signedWith: 'sha1' }));
    const ciphers = `${tls.DEFAULT_CIPHERS}:@SECLEVEL=0`;
    assert.equal(await outcome({ port, ocsp: 'check', ciphers }), null);
  });

  it('getOCSPStatus() tells what was stapled, whoever wants it', async () => {
    const { port } = await stapling(good);
    const client = connect({ port, requestOCSP: true });
    assert.equal(client.getOCSPStatus(), null);
    await once(client, 'secureConnect');
    const { verdict, responseStatus, mustStaple, thisUpdate, nextUpdate, producedAt } =
      client.getOCSPStatus();
    assert.deepEqual([verdict, responseStatus, mustStaple], ['good', 0, false]);
    assert.equal(Math.round((nextUpdate - thisUpdate) / 3_600_000), 25);
    assert(producedAt instanceof Date);
    client.destroy();
    assert.equal(client.getOCSPStatus(), null);
    const { server } = await secured();
    assert.equal(server.getOCSPStatus(), null);
  });

  it('the option is one of three words', () => {
    for (const [value, code] of [
      [true, 'ERR_INVALID_ARG_TYPE'],
      [1, 'ERR_INVALID_ARG_TYPE'],
      ['Require', 'ERR_INVALID_ARG_VALUE'],
      ['', 'ERR_INVALID_ARG_VALUE'],
    ]) {
      assert.throws(() => tls.connect({ port: 1, ca, ocsp: value }), { code });
    }
  });
});

/** A module whose servers staple this. */
function stapler(response) {
  return {
    ...builtin,
    createServer: (options, ...rest) =>
      builtin
        .createServer(options, ...rest)
        .on('tlsClientError', () => {})
        .on('OCSPRequest', (_certificate, _issuer, answer) => answer(null, response)),
  };
}
