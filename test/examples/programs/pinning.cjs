// More than the default checks of the server: its public key and its certificate have to be known ones.
const assert = require('node:assert');
const { createHash, X509Certificate } = require('node:crypto');
const fs = require('node:fs');
const tls = require('node:tls');

const digest = (key) => createHash('sha256').update(key).digest('base64');
const known = new X509Certificate(fs.readFileSync('server-rsa.crt'));
const pin = digest(known.publicKey.export({ type: 'spki', format: 'der' }));

const visit = (name) =>
  new Promise((resolve) => {
    const server = tls.createServer({
      key: fs.readFileSync(`${name}.key`),
      cert: fs.readFileSync(`${name}-chain.crt`),
    });
    server.on('tlsClientError', () => {});
    server.on('secureConnection', (socket) => socket.on('error', () => {}).end());
    server.listen(0, () => {
      const client = tls.connect(server.address().port, {
        ca: fs.readFileSync('root.crt'),
        checkServerIdentity(host, cert) {
          const error = tls.checkServerIdentity(host, cert);
          if (error) return error;
          const spki = new X509Certificate(cert.raw).publicKey.export({
            type: 'spki',
            format: 'der',
          });
          if (digest(spki) !== pin) return new Error(`an unknown key of ${cert.subject.CN}`);
          if (cert.fingerprint256 !== known.fingerprint256) return new Error('another certificate');
          return undefined;
        },
      });
      client.on('secureConnect', () => resolve('verified'));
      client.on('error', (error) => resolve(error.code ?? error.message));
      client.resume().on('close', () => server.close());
    });
  });

(async () => {
  assert.equal(await visit('server-rsa'), 'verified');
  assert.equal(await visit('server-ec'), 'an unknown key of server-ec');
  assert.equal(await visit('wrong-host'), 'ERR_TLS_CERT_ALTNAME_INVALID');
  console.log('done');
})();
