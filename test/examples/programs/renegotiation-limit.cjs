// A client that renegotiates more often than it may is thrown out.
const assert = require('node:assert');
const fs = require('node:fs');
const tls = require('node:tls');

assert.equal(tls.CLIENT_RENEG_LIMIT, 3);
assert.equal(tls.CLIENT_RENEG_WINDOW, 600);
tls.CLIENT_RENEG_LIMIT = 2;

const server = tls.createServer({
  key: fs.readFileSync('server-rsa.key'),
  cert: fs.readFileSync('server-rsa-chain.crt'),
  maxVersion: 'TLSv1.2',
});
let refused;
server.on('secureConnection', (socket) => {
  socket.resume();
  socket.on('error', (error) => {
    refused = error;
    socket.destroy();
  });
});
server.listen(0, () => {
  let times = 0;
  const client = tls.connect(server.address().port, { ca: fs.readFileSync('root.crt') }, again);
  function again() {
    client.renegotiate({}, (error) => {
      assert.equal(error, null);
      times++;
      again();
    });
  }
  client.on('error', () => {});
  client.on('close', () => {
    assert.equal(times, 2);
    assert.equal(refused.code, 'ERR_TLS_SESSION_ATTACK');
    server.close(() => console.log('done'));
  });
});
