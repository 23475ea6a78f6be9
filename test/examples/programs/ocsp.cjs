// A server that has its certificate's status with it, as an authority signed it.
const assert = require('node:assert');
const { execFileSync } = require('node:child_process');
const { X509Certificate } = require('node:crypto');
const fs = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const tls = require('node:tls');

const server = tls.createServer(
  {
    key: fs.readFileSync('server-ec.key'),
    cert: fs.readFileSync('server-ec-chain.crt'),
    ca: fs.readFileSync('intermediate.crt'),
  },
  (socket) => socket.end(),
);
server.on('OCSPRequest', (certificate, issuer, callback) => {
  assert.match(new X509Certificate(certificate).subject, /CN=server-ec/);
  assert.match(new X509Certificate(issuer).subject, /CN=intermediate/);
  callback(null, fs.readFileSync('server-ec.ocsp'));
});
server.listen(0, () => {
  const client = tls.connect({
    port: server.address().port,
    ca: fs.readFileSync('root.crt'),
    requestOCSP: true,
  });
  let status;
  client.on('OCSPResponse', (response) => {
    const folder = fs.mkdtempSync(join(tmpdir(), 'ownssl-'));
    const file = join(folder, 'response');
    fs.writeFileSync(file, response);
    const args = ['-issuer', 'intermediate.crt', '-cert', 'server-ec.crt', '-CAfile', 'root.crt'];
    status = execFileSync('openssl', ['ocsp', '-respin', file, ...args], { stdio: 'pipe' });
    fs.rmSync(folder, { recursive: true });
  });
  client.on('secureConnect', () => assert.match(`${status}`, /^server-ec.crt: good$/m));
  client.resume().on('close', () => server.close(() => console.log('done')));
});
