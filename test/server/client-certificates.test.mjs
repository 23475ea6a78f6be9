import assert from 'node:assert/strict';
import { connect, serve } from '../support/ends.mjs';
import { closed, once, record } from '../support/events.mjs';
import { ca, fixture, identity } from '../support/fixtures.mjs';

const clients = {
  none: {},
  good: identity('client'),
  unknown: { cert: fixture('client-unknown.crt'), key: fixture('client-unknown.key') },
  expired: identity('expired'),
};

describe('client certificates', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    describe(version, () => {
      const versions = { minVersion: version, maxVersion: version };

      // [requestCert, rejectUnauthorized, client] -> authorized, authorizationError
      const let_in = [
        [false, true, 'none', false, null],
        [false, true, 'good', false, null],
        [undefined, undefined, 'unknown', false, null],
        [true, false, 'none', false, 'UNABLE_TO_GET_ISSUER_CERT'],
        [true, false, 'good', true, null],
        [true, false, 'unknown', false, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
        [true, true, 'good', true, null],
        [true, undefined, 'good', true, null],
        [1, undefined, 'unknown', false, null],
      ];
      for (const [requestCert, rejectUnauthorized, client, authorized, error] of let_in) {
        it(`requestCert ${requestCert}, rejectUnauthorized ${rejectUnauthorized}: ${client} is let in, authorized ${authorized}`, async () => {
          const { server, port } = await serve({
            ...versions,
            ca,
            requestCert,
            rejectUnauthorized,
          });
          const accepted = once(server, 'secureConnection');
          await once(connect({ port, ...clients[client] }), 'secureConnect');
          const [socket] = await accepted;
          assert.equal(socket.authorized, authorized);
          assert.equal(socket.authorizationError ?? null, error);
        });
      }

      for (const rejectUnauthorized of [true, undefined, 0]) {
        for (const client of ['none', 'unknown', 'expired']) {
          it(`requestCert true, rejectUnauthorized ${rejectUnauthorized}: ${client} is kept out`, async () => {
            const { server, port } = await serve({
              ...versions,
              ca,
              requestCert: true,
              rejectUnauthorized,
            });
            const events = record(server, ['secureConnection']);
            const refused = once(server, 'tlsClientError');
            const socket = connect({ port, ...clients[client] });
            const errors = [];
            const gone = closed(socket.resume(), errors);
            const [error, serverSocket] = await refused;
            assert.equal(typeof error.code, 'string');
            assert.equal(serverSocket.authorized, false);
            await gone;
            assert.equal(errors.length, 1);
            assert.equal(typeof errors[0].code, 'string');
            assert.deepEqual(events, []);
          });
        }
      }

      it('no certificate: the codes of both ends', async () => {
        const { server, port } = await serve({ ...versions, ca, requestCert: true });
        const refused = once(server, 'tlsClientError');
        const errors = [];
        await closed(connect({ port }).resume(), errors);
        assert.equal((await refused)[0].code, 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE');
        const expected =
          version === 'TLSv1.3'
            ? /^ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED$/
            : /_ALERT_HANDSHAKE_FAILURE$/;
        assert.match(errors[0].code, expected);
      });

      it('an untrusted certificate: the client gets an alert, the server the verify code', async () => {
        const { server, port } = await serve({ ...versions, ca, requestCert: true });
        const refused = once(server, 'tlsClientError');
        const errors = [];
        await closed(connect({ port, ...clients.unknown }).resume(), errors);
        assert.equal((await refused)[0].code, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
        assert.match(errors[0].code, /_ALERT_UNKNOWN_CA$/);
      });
    });
  }

  it('a revoked client certificate is kept out', async () => {
    const { server, port } = await serve({
      ca: [ca, fixture('other-root.crt')],
      requestCert: true,
      crl: [fixture('intermediate.crl'), fixture('root.crl')],
    });
    const refused = once(server, 'tlsClientError');
    connect({ port, ...identity('revoked') })
      .on('error', () => {})
      .resume();
    const [error] = await refused;
    assert.equal(error.code, 'CERT_REVOKED');
  });
});
