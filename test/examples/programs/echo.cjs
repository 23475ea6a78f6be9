// An echo server that wants a certificate of its clients, and such a client, which sends what it reads.
const fs = require('node:fs');
const { Readable } = require('node:stream');
const tls = require('node:tls');

const server = tls.createServer(
  {
    key: fs.readFileSync('server-ec.key'),
    cert: fs.readFileSync('server-ec-chain.crt'),
    requestCert: true,
    ca: [fs.readFileSync('root.crt')],
  },
  (socket) => {
    console.log('server:', socket.authorized ? 'authorized' : 'unauthorized');
    socket.write('welcome\n');
    socket.setEncoding('utf8');
    socket.pipe(socket);
  },
);
server.listen(0, () => {
  const options = {
    key: fs.readFileSync('client.key'),
    cert: fs.readFileSync('client-chain.crt'),
    ca: [fs.readFileSync('root.crt')],
    checkServerIdentity: () => null,
  };
  const socket = tls.connect(server.address().port, options, () => {
    console.log('client:', socket.authorized ? 'authorized' : 'unauthorized');
    Readable.from(['back and forth\n']).pipe(socket);
  });
  socket.setEncoding('utf8');
  let text = '';
  socket.on('data', (data) => {
    text += data;
  });
  socket.on('end', () => {
    process.stdout.write(text);
    server.close(() => console.log('done'));
  });
});
