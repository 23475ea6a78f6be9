// What one connection once did to another, or a resumption to what is known of the peer.
import assert from 'node:assert/strict';
import { pem } from '../certificates/support/certificate.mjs';
import { intermediate } from '../certificates/support/world.mjs';
import { connect, connectPlain, secured, serve } from '../support/ends.mjs';
import { ending, once, readBytes } from '../support/events.mjs';
import { fixture, identity } from '../support/fixtures.mjs';
import { tidy } from '../support/cleanup.mjs';
import { tls } from '../support/subject.mjs';

describe('the past of others: state that outlives its cause', () => {
  for (const over of ['tcp', 'duplex']) {
    it(`CVE-2023-23919, p5-io-socket-ssl#145: errors left by others end no connection, over ${over}`, async () => {
      const { client, server } = await secured({ over });
      const { server: other, port } = await serve();
      const self = { cert: fixture('self-signed.crt'), key: fixture('self-signed.key') };
      const { port: strange } = await serve(self);
      other.on('tlsClientError', () => {});
      server.pipe(server);
      const mistakes = [
        () => assert.throws(() => tls.createSecureContext({ cert: 'junk' })),
        () =>
          assert.throws(() =>
            tls.createSecureContext({ ...identity('server-ec'), key: fixture('client.key') }),
          ),
        () => assert.throws(() => tls.createSecureContext({ minVersion: 'TLSv9' })),
        () =>
          assert.throws(() =>
            tls.createSecureContext({ pfx: fixture('truncated.p12'), passphrase: 'x' }),
          ),
        () => ending(connect({ port: strange })),
        () => ending(connect({ port, servername: 'other.test' })),
        () =>
          ending(
            connect({
              port,
              minVersion: 'TLSv1.3',
              maxVersion: 'TLSv1.3',
              ciphers: 'TLS_AES_128_CCM_SHA256',
            }),
          ),
        async () => {
          const failure = once(other, 'tlsClientError');
          connectPlain(port).end('GET / HTTP/1.0\r\n\r\n');
          await failure;
        },
        () => tidy(connect({ port, session: Buffer.from('junk') })).destroy(),
        () => client.getPeerX509Certificate().checkHost('a.test'),
        () => client.setMaxSendFragment(1),
      ];
      for (const mistake of mistakes) {
        const echoed = readBytes(client, 11);
        const made = mistake();
        client.write('before');
        await made;
        client.write('after');
        assert.equal((await echoed).toString(), 'beforeafter');
      }
    });
  }

  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    it(`nodejs/node#3940, #65579, #1138: certificates of both ends are known after resumption, ${version}`, async () => {
      const seen = [];
      const both = { minVersion: version, maxVersion: version };
      const server = { ...both, requestCert: true, rejectUnauthorized: false };
      const { port } = await serve(server, (socket) => {
        seen.push([socket.isSessionReused(), socket.getPeerCertificate(true).subject?.CN]);
        socket.on('error', () => {}).write('x');
      });
      const options = { port, ...both, ...identity('client') };
      const first = connect(options);
      const [session] = await once(first, 'session');
      const full = first.getPeerCertificate(true);
      assert.equal(full.issuerCertificate.subject.CN, 'intermediate');
      first.destroy();
      const again = connect({ ...options, session });
      await readBytes(again, 1);
      assert.equal(again.isSessionReused(), true);
      assert.equal(again.getPeerCertificate().fingerprint256, full.fingerprint256);
      assert.equal(again.getPeerX509Certificate().fingerprint256, full.fingerprint256);
      assert.deepEqual(seen, [
        [false, 'client'],
        [true, 'client'],
      ]);
    });
  }

  it('bun#31155: a CA added to one context is trusted by no other', async () => {
    const { port } = await serve();
    const open = tls.createSecureContext({ ca: fixture('root.crt') });
    const closedContext = tls.createSecureContext({ ca: pem(intermediate.der) });
    await once(connect({ port, secureContext: open }), 'secureConnect');
    const error = await ending(connect({ port, secureContext: closedContext }));
    assert.match(error.code, /ISSUER|SELF_SIGNED/);
  });
});
