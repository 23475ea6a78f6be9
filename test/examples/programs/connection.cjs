// TLS over streams that are no sockets: one end is injected into a server, the other given to connect().
const { Duplex } = require('node:stream');
const fs = require('node:fs');
const tls = require('node:tls');

class End extends Duplex {
  _read() {}
  _write(chunk, encoding, callback) {
    this.other.push(chunk);
    callback();
  }
  _final(callback) {
    this.other.push(null);
    callback();
  }
}
const near = new End();
const far = new End();
near.other = far;
far.other = near;

const server = tls.createServer(
  { key: fs.readFileSync('server-ec.key'), cert: fs.readFileSync('server-ec-chain.crt') },
  (socket) => socket.pipe(socket),
);
server.emit('connection', far);
const client = tls.connect({
  socket: near,
  servername: 'localhost',
  ca: fs.readFileSync('root.crt'),
});
client.setEncoding('utf8').on('data', (text) => console.log(text));
client.end('done');
