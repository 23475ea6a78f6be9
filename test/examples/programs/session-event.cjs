// The 'session' event of a client, for the next connection to the same server.
const assert = require('node:assert');
const fs = require('node:fs');
const tls = require('node:tls');

const server = tls.createServer(
  { key: fs.readFileSync('server-ec.key'), cert: fs.readFileSync('server-ec-chain.crt') },
  (socket) => socket.end('hello'),
);
server.listen(0, () => {
  const options = { port: server.address().port, ca: fs.readFileSync('root.crt') };
  const first = tls.connect(options).resume();
  first.once('session', (session) => {
    assert.equal(first.isSessionReused(), false);
    const second = tls.connect({ ...options, session }, () => {
      assert.equal(second.isSessionReused(), true);
      assert.equal(second.authorized, true);
      second.resume();
      server.close(() => console.log('done'));
    });
  });
});
