// TLSSocket around sockets that exist already: what replaced createSecurePair().
const assert = require('node:assert');
const fs = require('node:fs');
const net = require('node:net');
const { TLSSocket, connect, createSecureContext } = require('node:tls');

const secureContext = createSecureContext({
  key: fs.readFileSync('server-ec.key'),
  cert: fs.readFileSync('server-ec-chain.crt'),
});
const server = net.createServer((plain) => {
  plain.once('data', (chunk) => {
    assert.equal(chunk.toString(), 'STARTTLS\n');
    plain.write('READY\n');
    const secure = new TLSSocket(plain, { isServer: true, secureContext });
    secure.pipe(secure);
  });
});
server.listen(0, () => {
  const plain = net.connect(server.address().port, () => plain.write('STARTTLS\n'));
  plain.once('data', (chunk) => {
    assert.equal(chunk.toString(), 'READY\n');
    const ca = fs.readFileSync('root.crt');
    const secure = connect({ socket: plain, servername: 'localhost', ca });
    secure.setEncoding('utf8').on('data', (text) => console.log(text));
    secure.on('close', () => server.close());
    secure.end('done');
  });
});
