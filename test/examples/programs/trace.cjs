// The packets of a handshake on stderr, as `openssl s_server -trace` writes them.
const fs = require('node:fs');
const tls = require('node:tls');

const server = tls.createServer(
  {
    key: fs.readFileSync('server-ec.key'),
    cert: fs.readFileSync('server-ec-chain.crt'),
    enableTrace: true,
  },
  (socket) => socket.end(),
);
server.listen(0, () => {
  const client = tls.connect(server.address().port, { ca: fs.readFileSync('root.crt') });
  client.resume().on('close', () => server.close(() => console.log('done')));
});
