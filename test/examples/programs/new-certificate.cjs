// A server that gets a new certificate while it runs; who is connected stays.
const assert = require('node:assert');
const fs = require('node:fs');
const tls = require('node:tls');

const identity = (name) => ({
  key: fs.readFileSync(`${name}.key`),
  cert: fs.readFileSync(`${name}-chain.crt`),
});
const server = tls.createServer(identity('server-ec'), (socket) => socket.pipe(socket));
server.listen(0, () => {
  const options = { port: server.address().port, ca: fs.readFileSync('root.crt') };
  const first = tls.connect(options, () => {
    server.setSecureContext(identity('server-rsa'));
    const second = tls.connect(options, () => {
      assert.equal(first.getPeerCertificate().subject.CN, 'server-ec');
      assert.equal(second.getPeerCertificate().subject.CN, 'server-rsa');
      second.end();
      first.end('done');
    });
  });
  first.setEncoding('utf8').on('data', (text) => console.log(text));
  first.on('close', () => server.close());
});
