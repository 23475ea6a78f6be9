// Which authorities are trusted, and others in their place.
const assert = require('node:assert');
const { X509Certificate } = require('node:crypto');
const fs = require('node:fs');
const tls = require('node:tls');

assert(Object.isFrozen(tls.rootCertificates) && tls.rootCertificates.length > 100);
assert.deepEqual(tls.getCACertificates('bundled'), [...tls.rootCertificates]);
assert.deepEqual(tls.getCACertificates('extra'), []);
for (const pem of tls.getCACertificates('system')) assert(new X509Certificate(pem).subject);
const before = tls.getCACertificates();
assert.deepEqual(tls.getCACertificates('default'), before);

const server = tls.createServer(
  { key: fs.readFileSync('server-ec.key'), cert: fs.readFileSync('server-ec-chain.crt') },
  (socket) => socket.on('error', () => {}).end(),
);
server.on('tlsClientError', () => {});
const visit = () =>
  new Promise((resolve) => {
    const client = tls.connect(server.address().port, () => resolve('verified'));
    client.on('error', (error) => resolve(error.code));
    client.resume();
  });
server.listen(0, async () => {
  assert.match(await visit(), /^(SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT_LOCALLY)$/);
  tls.setDefaultCACertificates([...before, fs.readFileSync('root.crt', 'latin1')]);
  assert.equal(tls.getCACertificates().length, before.length + 1);
  assert.equal(await visit(), 'verified');
  tls.setDefaultCACertificates(tls.getCACertificates('system'));
  assert.match(await visit(), /^(SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT_LOCALLY)$/);
  server.close(() => console.log('done'));
});
