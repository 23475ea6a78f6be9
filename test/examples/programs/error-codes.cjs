// What a certificate that can't be verified is called.
const assert = require('node:assert');
const fs = require('node:fs');
const tls = require('node:tls');

const attempt = (name, chain, options) =>
  new Promise((resolve) => {
    const server = tls.createServer({
      key: fs.readFileSync(`${name}.key`),
      cert: fs.readFileSync(chain),
    });
    server.on('tlsClientError', () => {});
    server.on('secureConnection', (socket) => socket.on('error', () => {}));
    server.listen(0, () => {
      const ca = fs.readFileSync('root.crt');
      const client = tls.connect({ port: server.address().port, ca, ...options });
      client.on('error', (error) => server.close(() => resolve(error.code)));
    });
  });

(async () => {
  const crl = [fs.readFileSync('intermediate.crl'), fs.readFileSync('root.crl')];
  const cases = [
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed', 'self-signed.crt'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'server-ec', 'server-ec.crt'],
    ['CERT_HAS_EXPIRED', 'expired', 'expired-chain.crt'],
    ['CERT_NOT_YET_VALID', 'not-yet-valid', 'not-yet-valid-chain.crt'],
    ['CERT_REVOKED', 'revoked', 'revoked-chain.crt', { crl }],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'wrong-host', 'wrong-host-chain.crt'],
  ];
  for (const [code, ...rest] of cases) assert.equal(await attempt(...rest), code);
  console.log('done');
})();
