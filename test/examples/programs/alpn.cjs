// Which protocol is spoken above TLS: by the server's preference, and by a function.
const assert = require('node:assert');
const fs = require('node:fs');
const tls = require('node:tls');

const identity = {
  key: fs.readFileSync('server-ec.key'),
  cert: fs.readFileSync('server-ec-chain.crt'),
};
const offer = (options, ALPNProtocols) =>
  new Promise((resolve) => {
    let atServer;
    const server = tls.createServer({ ...identity, ...options }, (socket) => {
      atServer = socket.alpnProtocol;
      socket.end();
    });
    server.listen(0, () => {
      const ca = fs.readFileSync('root.crt');
      const client = tls.connect({ port: server.address().port, ca, ALPNProtocols });
      client.resume().on('close', () => {
        assert.equal(client.alpnProtocol, atServer);
        server.close(() => resolve(atServer));
      });
    });
  });

(async () => {
  const both = { ALPNProtocols: ['h2', 'http/1.1'] };
  assert.equal(await offer(both, ['http/1.1', 'h2']), 'h2');
  assert.equal(await offer(both, Buffer.from('\x08http/1.1')), 'http/1.1');
  assert.equal(await offer(both, undefined), false);
  const last = { ALPNCallback: ({ servername, protocols }) => (servername, protocols.at(-1)) };
  assert.equal(await offer(last, ['a', 'b', 'c']), 'c');
  console.log('done');
})();
