import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { connect, secured, serve, transports } from '../support/ends.mjs';
import { once } from '../support/events.mjs';
import { fixture, identity } from '../support/fixtures.mjs';
import { subject, tls } from '../support/subject.mjs';

const TYPES = ['tls-exporter', 'tls-server-end-point', 'tls-unique'];
const undefinedHere = (why) => ({ code: 'ERR_OWNSSL_CHANNEL_BINDING_UNDEFINED', message: why });
const version = (name) => ({ minVersion: name, maxVersion: name });
const selfSigned = (name) => ({
  cert: fixture(`signed-${name}.crt`),
  key: fixture(`signed-${name}.key`),
});
const hashOf = (hash, socket) => createHash(hash).update(socket.getPeerCertificate().raw).digest();
const EMS = 0x1; // SSL_OP_NO_EXTENDED_MASTER_SECRET

describe('channel bindings', function () {
  before(function () {
    if (subject === 'builtin') this.skip(); // The built-in module has none.
  });

  for (const over of transports) {
    it(`both ends of a connection have the same, of another one others, over ${over}`, async () => {
      for (const [name, types] of [
        ['TLSv1.2', TYPES],
        ['TLSv1.3', ['tls-exporter', 'tls-server-end-point']],
      ]) {
        const one = await secured({ over, server: version(name) });
        const other = await secured({ over, server: version(name) });
        for (const type of types) {
          const binding = one.client.getChannelBinding(type);
          assert(Buffer.isBuffer(binding));
          assert(binding.equals(one.server.getChannelBinding(type)), `${name} ${type}`);
          const same = binding.equals(other.client.getChannelBinding(type));
          assert.equal(same, type === 'tls-server-end-point');
        }
      }
    });
  }

  for (const [name, hash] of Object.entries({
    'rsa-sha1': 'sha256',
    'rsa-sha512': 'sha512',
    'rsa-pss-sha384': 'sha384',
    'rsa-pss-sha256': 'sha256',
    'ec-sha384': 'sha384',
    'rsa-sha3-256': 'sha3-256',
  })) {
    it(`tls-server-end-point of a certificate signed by ${name} is its ${hash}`, async () => {
      const { client, server } = await secured({
        // OpenSSL takes no SHA-1 in certificates at its usual level.
        server: { ...selfSigned(name), ciphers: 'DEFAULT:@SECLEVEL=0' },
        client: { rejectUnauthorized: false, ciphers: 'DEFAULT:@SECLEVEL=0' },
      });
      const expected = hashOf(hash, client);
      assert.deepEqual(client.getChannelBinding('tls-server-end-point'), expected);
      assert.deepEqual(server.getChannelBinding('tls-server-end-point'), expected);
    });
  }

  for (const name of ['ed25519', 'ed448']) {
    it(`tls-server-end-point is not defined for ${name}, at both ends`, async () => {
      const { client, server } = await secured({
        server: selfSigned(name),
        client: { ca: fixture(`signed-${name}.crt`) },
      });
      for (const end of [client, server]) {
        assert.throws(
          () => end.getChannelBinding('tls-server-end-point'),
          undefinedHere(/no single hash/),
        );
        assert.equal(end.getChannelBinding('tls-exporter').length, 32);
      }
    });
  }

  it('tls-exporter is what the exporter gives for the label and an empty context', async () => {
    for (const name of ['TLSv1.2', 'TLSv1.3']) {
      const { client } = await secured({ server: version(name) });
      const label = 'EXPORTER-Channel-Binding';
      const exported = client.exportKeyingMaterial(32, label, Buffer.alloc(0));
      assert.deepEqual(client.getChannelBinding('tls-exporter'), exported);
    }
  });

  it('tls-unique is not there with TLS 1.3', async () => {
    const { client, server } = await secured({ server: version('TLSv1.3') });
    for (const end of [client, server])
      assert.throws(() => end.getChannelBinding('tls-unique'), undefinedHere(/TLS 1\.3/));
  });

  it('tls-unique is the first Finished message: with a resumed session the server’s', async () => {
    const { port } = await serve(version('TLSv1.2'), (socket) => {
      socket.write(socket.getChannelBinding('tls-unique'));
    });
    let session;
    for (const resumed of [false, true]) {
      const client = connect({ port, session });
      client.on('session', (given) => (session = given));
      const [bytes] = await once(client, 'data');
      assert.equal(client.isSessionReused(), resumed);
      assert.deepEqual(client.getChannelBinding('tls-unique'), bytes);
      assert.deepEqual(bytes, resumed ? client.getPeerFinished() : client.getFinished());
      client.destroy();
    }
  });

  it('without the extended master secret only the certificate is left', async () => {
    const { client, server } = await secured({
      server: { ...version('TLSv1.2'), secureOptions: EMS },
    });
    for (const end of [client, server]) {
      for (const type of ['tls-exporter', 'tls-unique'])
        assert.throws(() => end.getChannelBinding(type), undefinedHere(/extended master secret/));
      assert.equal(end.getChannelBinding('tls-server-end-point').length, 32);
    }
  });

  it('after a renegotiation, too', async () => {
    const { client, server } = await secured({ server: version('TLSv1.2') });
    client.resume();
    server.resume();
    await new Promise((resolve, reject) => {
      assert.equal(
        client.renegotiate({}, (error) => (error ? reject(error) : resolve())),
        true,
      );
    });
    client.write('x');
    await once(server, 'data');
    for (const end of [client, server]) {
      for (const type of ['tls-exporter', 'tls-unique'])
        assert.throws(() => end.getChannelBinding(type), undefinedHere(/renegotiated/));
      assert.equal(end.getChannelBinding('tls-server-end-point').length, 32);
    }
  });

  it('a server with one certificate knows it of resumed sessions, one with two does not', async () => {
    for (const [more, known] of [
      [{}, true],
      [{ cert: ['server-ec', 'server-rsa'].map((each) => fixture(`${each}-chain.crt`)), key: ['server-ec', 'server-rsa'].map((each) => fixture(`${each}.key`)) }, false], // prettier-ignore
      [{ SNICallback: (name, done) => done(null, null), ...identity('server-ec') }, false],
    ]) {
      for (const name of ['TLSv1.2', 'TLSv1.3']) {
        const { port } = await serve({ ...version(name), ...more }, (socket) => {
          try {
            socket.write(socket.getChannelBinding('tls-server-end-point'));
          } catch ({ code }) {
            socket.write(code);
          }
        });
        let session;
        const visit = async (resumed) => {
          const client = connect({ port, session });
          const given = resumed ? null : once(client, 'session');
          const [bytes] = await once(client, 'data');
          if (given) [session] = await given;
          const binding = client.getChannelBinding('tls-server-end-point');
          assert.equal(client.isSessionReused(), resumed);
          client.destroy();
          return { bytes, binding };
        };
        const first = await visit(false);
        assert.deepEqual(first.bytes, first.binding);
        const again = await visit(true);
        assert.deepEqual(again.binding, first.binding);
        if (known) assert.deepEqual(again.bytes, first.binding);
        else assert.equal(String(again.bytes), 'ERR_OWNSSL_CHANNEL_BINDING_UNDEFINED');
      }
    }
  });

  it('with a pre-shared key nobody has shown a certificate', async () => {
    for (const name of ['TLSv1.2', 'TLSv1.3']) {
      const psk = Buffer.alloc(32, 7);
      const ciphers = 'PSK-AES128-GCM-SHA256:TLS_AES_128_GCM_SHA256';
      const { client, server } = await secured({
        server: { ...version(name), ciphers, pskCallback: () => psk },
        client: {
          ciphers,
          ca: undefined,
          pskCallback: () => ({ psk, identity: 'x' }),
          checkServerIdentity: () => undefined,
        },
      });
      for (const end of [client, server])
        assert.throws(() => end.getChannelBinding('tls-server-end-point'), { code: /UNDEFINED$/ });
      const binding = client.getChannelBinding('tls-exporter');
      assert.deepEqual(server.getChannelBinding('tls-exporter'), binding);
    }
  });

  it('bad arguments and bad moments are errors', async () => {
    const { port } = await serve();
    const client = connect({ port });
    assert.throws(() => client.getChannelBinding(), { code: 'ERR_INVALID_ARG_TYPE' });
    for (const bad of ['tls-nothing', 'toString', '__proto__', ''])
      assert.throws(() => client.getChannelBinding(bad), { code: 'ERR_INVALID_ARG_VALUE' });
    const early = { code: 'ERR_TLS_INVALID_STATE' };
    assert.throws(() => client.getChannelBinding('tls-exporter'), early);
    await once(client, 'secureConnect');
    client.destroy();
    assert.throws(() => client.getChannelBinding('tls-exporter'), early);
    assert.throws(() => new tls.TLSSocket().getChannelBinding('tls-exporter'), early);
  });
});
