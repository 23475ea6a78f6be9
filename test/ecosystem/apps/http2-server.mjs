// An http2 server that speaks HTTP/1.1 with those who know no other.
import http2 from 'node:http2';
import { given, passed, report, serveUntilEnd, tls, used } from './support.mjs';

const { cert, key } = given;
const seen = [];

function answer(request, response) {
  const chunks = [];
  seen.push([request.httpVersion, request.socket.encrypted, request.stream?.session.alpnProtocol]);
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    if (request.url === '/echo') response.end(body);
    else response.end(`${request.method} ${request.url} ${body.length}`);
  });
}

let server;
if (passed) {
  const plain = http2.createServer(answer);
  server = tls.createServer({ cert, key, ALPNProtocols: ['h2'] }, (socket) =>
    plain.emit('connection', socket),
  );
} else {
  server = http2.createSecureServer({ cert, key, allowHTTP1: true }, answer);
}
server.on('secureConnection', used);
await serveUntilEnd(server);
report({ seen: [...new Set(seen.map((each) => JSON.stringify(each)))].sort() });
process.exit();
