// A path instead of a port, a buffer of one's own for what arrives, and half-open connections.
const fs = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const tls = require('node:tls');

const folder = fs.mkdtempSync(join(tmpdir(), 'ownssl-'));
const path =
  process.platform === 'win32' ? `\\\\.\\pipe\\ownssl-${process.pid}` : join(folder, 's');
const server = tls.createServer(
  {
    key: fs.readFileSync('server-ec.key'),
    cert: fs.readFileSync('server-ec-chain.crt'),
    allowHalfOpen: true,
  },
  (socket) => {
    let text = '';
    socket.setEncoding('utf8').on('data', (data) => {
      text += data;
    });
    socket.on('end', () => socket.end(text.toUpperCase()));
  },
);
server.listen(path, () => {
  const client = tls.connect(path, {
    ca: fs.readFileSync('root.crt'),
    servername: 'localhost',
    allowHalfOpen: true,
    onread: {
      buffer: Buffer.alloc(1024),
      callback(length, buffer) {
        console.log(buffer.subarray(0, length).toString());
        return true;
      },
    },
  });
  client.end('answered after the end');
  client.on('close', () => {
    fs.rmSync(folder, { recursive: true });
    server.close(() => console.log('done'));
  });
});
