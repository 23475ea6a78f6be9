// Which cipher suites there are, which are on, and a server that takes just one.
const assert = require('node:assert');
const fs = require('node:fs');
const tls = require('node:tls');

const all = tls.getCiphers();
assert(all.includes('tls_aes_256_gcm_sha384') && all.includes('ecdhe-ecdsa-aes128-gcm-sha256'));
assert(tls.DEFAULT_CIPHERS.split(':').includes('TLS_AES_256_GCM_SHA384'));

const server = tls.createServer(
  {
    key: fs.readFileSync('server-ec.key'),
    cert: fs.readFileSync('server-ec-chain.crt'),
    ciphers: 'TLS_CHACHA20_POLY1305_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256:!RC4',
  },
  (socket) => socket.end(),
);
server.listen(0, async () => {
  const { port } = server.address();
  const ca = fs.readFileSync('root.crt');
  for (const [maxVersion, cipher] of [
    [
      'TLSv1.2',
      {
        name: 'ECDHE-ECDSA-AES128-GCM-SHA256',
        standardName: 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
        version: 'TLSv1.2',
      },
    ],
    [
      'TLSv1.3',
      {
        name: 'TLS_CHACHA20_POLY1305_SHA256',
        standardName: 'TLS_CHACHA20_POLY1305_SHA256',
        version: 'TLSv1.3',
      },
    ],
  ]) {
    await new Promise((resolve) => {
      const client = tls.connect({ port, ca, maxVersion }, () => {
        assert.deepEqual(client.getCipher(), cipher);
        assert.equal(client.getProtocol(), maxVersion);
        client.resume().on('close', resolve);
      });
    });
  }
  server.close(() => console.log('done'));
});
