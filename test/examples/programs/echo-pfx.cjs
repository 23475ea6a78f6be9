// The same with PKCS#12 files in place of PEM.
const assert = require('node:assert');
const fs = require('node:fs');
const tls = require('node:tls');

const passphrase = 'correct horse';
const server = tls.createServer(
  {
    pfx: fs.readFileSync('server-ec.p12'),
    passphrase,
    requestCert: true,
    ca: [fs.readFileSync('root.crt')],
  },
  (socket) => {
    assert.equal(socket.getPeerCertificate().subject.CN, 'client');
    socket.pipe(socket);
  },
);
server.listen(0, () => {
  const socket = tls.connect(server.address().port, {
    pfx: [{ buf: fs.readFileSync('client.p12'), passphrase }],
    ca: [fs.readFileSync('root.crt')],
  });
  socket.setEncoding('utf8').on('data', (text) => console.log(text));
  socket.on('end', () => server.close());
  socket.end('done');
});
