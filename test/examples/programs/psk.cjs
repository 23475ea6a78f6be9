// Pre-shared keys instead of certificates, with both versions of the protocol.
const assert = require('node:assert');
const crypto = require('node:crypto');
const tls = require('node:tls');

const secrets = { 'sensor-7': crypto.randomBytes(32) };

function exchange(version, ciphers, hint) {
  return new Promise((resolve) => {
    const common = { ciphers, minVersion: version, maxVersion: version };
    const server = tls.createServer({
      ...common,
      pskIdentityHint: 'sensors',
      pskCallback: (socket, identity) => secrets[identity] ?? null,
    });
    server.on('secureConnection', (socket) => socket.end('known'));
    server.listen(0, () => {
      const client = tls.connect(server.address().port, {
        ...common,
        pskCallback(given) {
          assert.equal(given, hint);
          return { identity: 'sensor-7', psk: secrets['sensor-7'] };
        },
        checkServerIdentity: () => undefined,
      });
      client.setEncoding('utf8').on('data', (text) => assert.equal(text, 'known'));
      client.on('close', () => server.close(resolve));
    });
  });
}

exchange('TLSv1.2', 'PSK', 'sensors')
  .then(() => exchange('TLSv1.3', 'TLS_AES_128_GCM_SHA256', null))
  .then(() => console.log('done'));
