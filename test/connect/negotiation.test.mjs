import assert from 'node:assert/strict';
import { connect, secured, serve } from '../support/ends.mjs';
import { ending, once } from '../support/events.mjs';
import { fixture, identity } from '../support/fixtures.mjs';
import { tls } from '../support/subject.mjs';

/** Connects with what must not work; gives the code of each end. */
async function refused(server, client) {
  const { server: listener, port } = await serve(server);
  listener.on('secureConnection', () => assert.fail('secureConnection'));
  const atServer = once(listener, 'tlsClientError');
  const error = await ending(connect({ port, ...client }));
  return { client: error, server: (await atServer)[0] };
}

describe('negotiation', () => {
  describe('version', () => {
    for (const [server, client, agreed] of [
      [{}, {}, 'TLSv1.3'],
      [{}, { maxVersion: 'TLSv1.2' }, 'TLSv1.2'],
      [{ maxVersion: 'TLSv1.2' }, {}, 'TLSv1.2'],
      [{ minVersion: 'TLSv1.3' }, {}, 'TLSv1.3'],
      [{ secureProtocol: 'TLSv1_2_method' }, {}, 'TLSv1.2'],
      [{ secureProtocol: 'TLS_method' }, {}, 'TLSv1.3'],
    ]) {
      it(`server ${JSON.stringify(server)}, client ${JSON.stringify(client)}: ${agreed}`, async () => {
        const ends = await secured({ server, client });
        assert.equal(ends.client.getProtocol(), agreed);
        assert.equal(ends.server.getProtocol(), agreed);
        assert.equal(ends.client.getCipher().version, agreed);
      });
    }

    it('none in common: both ends say so', async () => {
      const errors = await refused({ minVersion: 'TLSv1.3' }, { maxVersion: 'TLSv1.2' });
      assert.equal(errors.server.code, 'ERR_SSL_UNSUPPORTED_PROTOCOL');
      assert.equal(errors.client.code, 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
      assert.equal(errors.client.library, 'SSL routines');
      assert.equal(typeof errors.client.reason, 'string');
    });

    it('an empty range of the client fails before a byte is sent', async () => {
      const { server, port } = await serve();
      server.on('tlsClientError', () => {});
      const error = await ending(connect({ port, minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' }));
      assert.equal(error.code, 'ERR_SSL_NO_PROTOCOLS_AVAILABLE');
    });
  });

  describe('ciphers', () => {
    for (const [ciphers, version] of [
      ['ECDHE-ECDSA-AES256-GCM-SHA384', 'TLSv1.2'],
      ['ECDHE-ECDSA-CHACHA20-POLY1305', 'TLSv1.2'],
      ['TLS_AES_128_GCM_SHA256', 'TLSv1.3'],
      ['TLS_CHACHA20_POLY1305_SHA256', 'TLSv1.3'],
    ]) {
      it(`${ciphers} is used where nothing else is offered`, async () => {
        const { client, server } = await secured({
          client: { ciphers, minVersion: version, maxVersion: version },
        });
        assert.equal(client.getCipher().name, ciphers);
        assert.deepEqual(server.getCipher(), client.getCipher());
        assert.match(client.getCipher().standardName, /^TLS_/);
      });
    }

    it("the server's order counts by default", async () => {
      const [first, second] = ['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384'];
      const server = { ciphers: `${first}:${second}`, maxVersion: 'TLSv1.2' };
      const client = { ciphers: `${second}:${first}` };
      assert.equal((await secured({ server, client })).client.getCipher().name, first);
      assert.equal(
        (
          await secured({ server: { ...server, honorCipherOrder: false }, client })
        ).client.getCipher().name,
        second,
      );
    });

    it('none in common', async () => {
      const errors = await refused(
        { ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' },
        { ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' },
      );
      assert.equal(errors.server.code, 'ERR_SSL_NO_SHARED_CIPHER');
      assert.match(errors.client.code, /^ERR_SSL_(SSLV3|SSL\/TLS|TLS)_ALERT_HANDSHAKE_FAILURE$/);
    });
  });

  describe('groups and signatures', () => {
    for (const [curve, type, size] of [
      ['P-256', 'ECDH', 256],
      ['P-384', 'ECDH', 384],
      ['X25519', 'ECDH', 253],
    ]) {
      it(`ecdhCurve ${curve}`, async () => {
        const { client, server } = await secured({ client: { ecdhCurve: curve } });
        const info = client.getEphemeralKeyInfo();
        assert.equal(info.type, type);
        assert.equal(info.size, size);
        assert.equal(server.getEphemeralKeyInfo(), null);
      });
    }

    it('ecdhCurve: a list, the first in common', async () => {
      const { client } = await secured({
        client: { ecdhCurve: 'P-521:P-384' },
        server: { ecdhCurve: 'P-384' },
      });
      assert.equal(client.getEphemeralKeyInfo().size, 384);
    });

    it('ecdhCurve: none in common', async () => {
      const errors = await refused({ ecdhCurve: 'P-256' }, { ecdhCurve: 'P-384' });
      assert.match(errors.server.code, /^ERR_SSL_NO_(SUITABLE_KEY_SHARE|SHARED_GROUP)/);
      assert.match(errors.client.code, /HANDSHAKE_FAILURE$/);
    });

    it('sigalgs: what the client offers is what the server can use', async () => {
      const sigalgs = 'ecdsa_secp256r1_sha256:rsa_pss_rsae_sha256';
      const { server } = await secured({ client: { sigalgs } });
      assert.deepEqual(server.getSharedSigalgs(), ['ECDSA+SHA256', 'RSA-PSS+SHA256']);
    });

    it('sigalgs: none in common', async () => {
      const errors = await refused({ sigalgs: 'ECDSA+SHA256' }, { sigalgs: 'RSA+SHA384' });
      assert.match(errors.server.code, /^ERR_SSL_NO_SHARED_SIGNATURE_ALGORITHMS$/);
      assert.match(errors.client.code, /HANDSHAKE_FAILURE$/);
    });

    const dh = {
      ...identity('server-rsa'),
      dhparam: fixture('dh2048.pem'),
      ciphers: 'DHE-RSA-AES128-GCM-SHA256',
      maxVersion: 'TLSv1.2',
    };

    it('minDHSize: large enough', async () => {
      const { client } = await secured({
        server: dh,
        client: { minDHSize: 2048, ciphers: dh.ciphers },
      });
      const { type, size } = client.getEphemeralKeyInfo();
      assert.deepEqual({ type, size }, { type: 'DH', size: 2048 });
    });

    it('minDHSize: too small a group ends the connection', async () => {
      const { server, port } = await serve(dh);
      server.on('tlsClientError', () => {});
      const error = await ending(connect({ port, minDHSize: 3072, ciphers: dh.ciphers }));
      assert.equal(error.code, 'ERR_TLS_DH_PARAM_SIZE');
      assert.match(error.message, /DH parameter size 2048/);
    });
  });

  describe('ALPN', () => {
    for (const [server, client, agreed] of [
      [['b', 'a'], ['a', 'b'], 'b'],
      [['h2', 'http/1.1'], ['http/1.1'], 'http/1.1'],
      [['h2'], undefined, false],
      [undefined, ['h2'], false],
      [undefined, undefined, false],
    ]) {
      it(`server ${server}, client ${client}: ${agreed}`, async () => {
        const ends = await secured({
          server: { ALPNProtocols: server },
          client: { ALPNProtocols: client },
        });
        assert.equal(ends.client.alpnProtocol, agreed);
        assert.equal(ends.server.alpnProtocol, agreed);
      });
    }

    it('null before the handshake, kept after destroy()', async () => {
      const { port } = await serve({ ALPNProtocols: ['a'] });
      const client = connect({ port, ALPNProtocols: Buffer.from('\x01a') });
      assert.equal(client.alpnProtocol, null);
      await once(client, 'secureConnect');
      client.destroy();
      assert.equal(client.alpnProtocol, 'a');
    });

    it('none in common: both ends say so', async () => {
      const errors = await refused({ ALPNProtocols: ['a'] }, { ALPNProtocols: ['b'] });
      assert.equal(errors.client.code, 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL');
      assert.equal(errors.server.code, 'ERR_SSL_NO_APPLICATION_PROTOCOL');
    });
  });

  it('both ends export the same keying material', async () => {
    const { client, server } = await secured();
    const ours = client.exportKeyingMaterial(40, 'EXPORTER-test', Buffer.from('context'));
    assert.equal(ours.length, 40);
    assert.deepEqual(
      server.exportKeyingMaterial(40, 'EXPORTER-test', Buffer.from('context')),
      ours,
    );
    assert.notDeepEqual(
      client.exportKeyingMaterial(40, 'EXPORTER-other', Buffer.from('context')),
      ours,
    );
  });

  it('the Finished messages are those of the other end', async () => {
    const { client, server } = await secured();
    assert.deepEqual(client.getFinished(), server.getPeerFinished());
    assert.deepEqual(server.getFinished(), client.getPeerFinished());
  });

  it('a default can be changed for contexts made later', async () => {
    const before = tls.DEFAULT_MAX_VERSION;
    try {
      tls.DEFAULT_MAX_VERSION = 'TLSv1.2';
      assert.equal((await secured()).client.getProtocol(), 'TLSv1.2');
    } finally {
      tls.DEFAULT_MAX_VERSION = before;
    }
    assert.equal((await secured()).client.getProtocol(), 'TLSv1.3');
  });
});
