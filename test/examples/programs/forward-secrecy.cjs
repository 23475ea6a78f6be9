// DHE with parameters of one's own, and ECDHE with a curve of one's choice.
const assert = require('node:assert');
const fs = require('node:fs');
const tls = require('node:tls');

function negotiate(options, expected) {
  return new Promise((resolve) => {
    const server = tls.createServer({
      key: fs.readFileSync('server-rsa.key'),
      cert: fs.readFileSync('server-rsa-chain.crt'),
      ...options,
    });
    server.listen(0, () => {
      const ca = fs.readFileSync('root.crt');
      const client = tls.connect(server.address().port, { ca }, () => {
        const { type, name, size } = client.getEphemeralKeyInfo();
        assert.deepEqual({ type, name, size }, expected);
        client.end();
        server.close(resolve);
      });
    });
  });
}

const tls12 = { maxVersion: 'TLSv1.2' };
negotiate(
  { ...tls12, ciphers: 'DHE-RSA-AES128-GCM-SHA256', dhparam: fs.readFileSync('dh2048.pem') },
  { type: 'DH', name: undefined, size: 2048 },
)
  .then(() =>
    negotiate(
      { ...tls12, ciphers: 'DHE-RSA-AES128-GCM-SHA256', dhparam: 'auto' },
      { type: 'DH', name: undefined, size: 2048 },
    ),
  )
  .then(() =>
    negotiate({ ecdhCurve: 'P-384:P-256' }, { type: 'ECDH', name: 'secp384r1', size: 384 }),
  )
  .then(() =>
    negotiate({ ecdhCurve: 'prime256v1' }, { type: 'ECDH', name: 'prime256v1', size: 256 }),
  )
  .then(() => console.log('done'));
