// An https server. Given sockets of ownssl, a server of http gets them by its event 'connection'.
import http from 'node:http';
import https from 'node:https';
import { given, passed, report, serveUntilEnd, tls, used } from './support.mjs';

const { cert, key } = given;
let resumed = 0;

function answer(request, response) {
  const chunks = [];
  used(request.socket);
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    if (request.url === '/echo') response.end(body);
    else response.end(`${request.method} ${request.url} ${body.length}`);
  });
}

let server;
if (passed) {
  const plain = http.createServer(answer);
  server = tls.createServer({ cert, key }, (socket) => plain.emit('connection', socket));
} else {
  server = https.createServer({ cert, key }, answer);
}
server.on('secureConnection', (socket) => (resumed += socket.isSessionReused() ? 1 : 0));
await serveUntilEnd(server);
server.close();
server.closeAllConnections?.();
report({ resumed });
process.exit();
