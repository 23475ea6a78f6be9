// A key, a request, a self-signed certificate and a PKCS#12 file of both, made on the command line.
const { execFileSync } = require('node:child_process');
const { mkdtempSync, readFileSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const tls = require('node:tls');

const cwd = mkdtempSync(join(tmpdir(), 'ownssl-'));
const openssl = (line) => execFileSync('openssl', line.split(' '), { cwd, stdio: 'pipe' });
openssl('genrsa -out my.key 2048');
openssl('req -new -sha256 -key my.key -subj /CN=localhost -out my.csr');
openssl('x509 -req -in my.csr -signkey my.key -out my.crt');
openssl('pkcs12 -export -in my.crt -inkey my.key -passout pass:secret -out my.p12');
const cert = readFileSync(join(cwd, 'my.crt'));
const pfx = readFileSync(join(cwd, 'my.p12'));
rmSync(cwd, { recursive: true });

const server = tls.createServer({ pfx, passphrase: 'secret' }, (socket) => socket.end('hello'));
server.listen(0, () => {
  const client = tls.connect(server.address().port, { ca: cert });
  client.setEncoding('utf8').on('data', (text) => console.log(text, client.authorized));
  client.on('close', () => server.close(() => console.log('done')));
});
