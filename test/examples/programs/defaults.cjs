// Defaults for all that is made from now on.
const assert = require('node:assert');
const fs = require('node:fs');
const tls = require('node:tls');

assert.deepEqual(
  [tls.DEFAULT_MIN_VERSION, tls.DEFAULT_MAX_VERSION, tls.DEFAULT_ECDH_CURVE],
  ['TLSv1.2', 'TLSv1.3', 'auto'],
);
tls.DEFAULT_MAX_VERSION = 'TLSv1.2';
tls.DEFAULT_ECDH_CURVE = 'P-521';
tls.DEFAULT_CIPHERS = 'ECDHE-RSA-AES256-GCM-SHA384';

const server = tls.createServer({
  key: fs.readFileSync('server-rsa.key'),
  cert: fs.readFileSync('server-rsa-chain.crt'),
});
server.listen(0, () => {
  const client = tls.connect(server.address().port, { ca: fs.readFileSync('root.crt') }, () => {
    assert.equal(client.getProtocol(), 'TLSv1.2');
    assert.equal(client.getCipher().name, 'ECDHE-RSA-AES256-GCM-SHA384');
    assert.equal(client.getEphemeralKeyInfo().name, 'secp521r1');
    client.end();
    server.close(() => console.log('done'));
  });
});
