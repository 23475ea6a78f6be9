// ws: a server and its clients, text and large binary messages, and a close with a code.
import assert from 'node:assert/strict';
import http from 'node:http';
import https from 'node:https';
import { event, given, load, passed, pattern, report, times, tls, used } from './support.mjs';

const WebSocket = load('ws');
const { ca, cert, key } = given;

const plain = http.createServer();
const server = passed
  ? tls.createServer({ cert, key }, (socket) => plain.emit('connection', socket))
  : https.createServer({ cert, key });
const sockets = new WebSocket.Server({
  server: passed ? plain : server,
  verifyClient: ({ secure }) => secure,
});
sockets.on('connection', (socket, request) => {
  used(request.socket);
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

const options = { ca, perMessageDeflate: true, family: 4 };
if (passed) {
  options.createConnection = ({ port }) =>
    tls.connect({ host: '127.0.0.1', port, servername: 'localhost', ca });
}
const binary = pattern(2_000_000);
const codes = await times(10, async (i) => {
  const socket = new WebSocket(`wss://localhost:${server.address().port}/`, options);
  socket.on('upgrade', (response) => used(response.socket));
  await event(socket, 'open');
  socket.send(`number ${i}`);
  assert.equal((await event(socket, 'message')).toString(), `number ${i}`);
  socket.send(binary);
  assert((await event(socket, 'message')).equals(binary));
  socket.ping();
  await event(socket, 'pong');
  socket.close(4000 + i);
  return event(socket, 'close');
});
sockets.close();
server.close();
report({ codes });
