// An `async` SNICallback that calls back after it has waited, in each server: as programs with changing certificates have it.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import { event, given, listening, load, passed, report, times, tls, used } from './support.mjs';

const { ca, cert, key, clientCert, clientKey } = given;
const asked = [];
const options = {
  cert: clientCert,
  key: clientKey, // Not for a server: only the callback has the right one.
  SNICallback: async (name, callback) => {
    await sleep(1);
    asked.push(name);
    callback(null, tls.createSecureContext({ cert, key }));
  },
};
const answer = (request, response) => response.end(request.httpVersion);
const WebSocket = load('ws');
const plain = http.createServer(answer);
const servers = {
  tls: tls.createServer(options, (socket) =>
    socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n1.1'),
  ),
  https: passed
    ? tls.createServer(options, (socket) => plain.emit('connection', socket))
    : https.createServer(options, answer),
  http2: passed ? undefined : http2.createSecureServer(options, answer),
};
for (const server of Object.values(servers)) server?.on('secureConnection', used);
new WebSocket.Server({ server: passed ? plain : servers.https }).on('connection', (socket) =>
  socket.send('hello'),
);
const connect = (port, more) =>
  tls.connect({ port, host: '127.0.0.1', servername: 'localhost', ca, ...more });
const get = (port) =>
  new Promise((resolve, reject) =>
    http
      .get({ createConnection: () => connect(port), host: 'localhost' }, (response) => {
        let body = '';
        response.on('data', (chunk) => (body += chunk)).on('end', () => resolve(body));
      })
      .on('error', reject),
  );
for (const name of ['tls', 'https']) {
  const port = await listening(servers[name]);
  for (const body of await times(5, () => get(port))) assert.equal(body, '1.1');
}
const socket = new WebSocket(`wss://localhost:${servers.https.address().port}/`, {
  createConnection: ({ port }) => connect(port),
});
assert.equal(String(await event(socket, 'message')), 'hello');
if (servers.http2) {
  const session = http2.connect(`https://localhost:${await listening(servers.http2)}`, {
    ca,
    servername: 'localhost',
    family: 4,
  });
  const stream = session.request({ ':path': '/' });
  let body = '';
  stream.setEncoding('utf8').on('data', (chunk) => (body += chunk));
  await event(stream, 'end');
  assert.equal(body, '2.0');
}
report({ asked: asked.length, names: [...new Set(asked)] });
process.exit();
