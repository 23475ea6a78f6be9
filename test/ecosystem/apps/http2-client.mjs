// An http2 client: many streams at once, large bodies, and what the session says of itself.
import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { event, given, passed, pattern, report, times, tls, used } from './support.mjs';

const { port, ca } = given;
const options = { ca };
if (passed) {
  const socket = tls.connect({
    host: '127.0.0.1',
    port,
    servername: 'localhost',
    ca,
    ALPNProtocols: ['h2'],
  });
  await event(socket, 'secureConnect');
  options.createConnection = () => used(socket);
} else {
  // The session's socket is a wrapper; what connect() returns is what is below it.
  options.createConnection = () =>
    used(
      tls.connect({ host: '127.0.0.1', port, servername: 'localhost', ca, ALPNProtocols: ['h2'] }),
    );
}
const session = http2.connect(`https://localhost:${port}`, options);

const request = (path, body) =>
  new Promise((resolve, reject) => {
    const stream = session.request({ ':path': path, ':method': body ? 'POST' : 'GET' });
    const chunks = [];
    stream.on('data', (chunk) => chunks.push(chunk));
    stream.on('end', () => resolve(Buffer.concat(chunks))).on('error', reject);
    stream.end(body);
  });

await event(session, 'connect');
const { encrypted, alpnProtocol } = session;
const answers = await times(80, (i) => request(`/${i}`));
answers.forEach((body, i) => assert.equal(body.toString(), `GET /${i} 0`));
const sent = pattern(2_000_000);
for (const body of await times(4, () => request('/echo', sent))) assert(body.equals(sent));
await new Promise((resolve, reject) =>
  session.ping((error) => (error ? reject(error) : resolve())),
);
await new Promise((resolve) => session.close(resolve));

// The client's own connections.
let own = {};
if (!passed) {
  const direct = http2.connect(`https://localhost:${port}`, { ca, family: 4 });
  await event(direct, 'connect');
  own = {
    encrypted: direct.encrypted,
    alpn: direct.alpnProtocol,
    authorized: direct.socket.authorized,
  };
  await new Promise((resolve) => direct.close(resolve));
}
report({ encrypted, alpn: alpnProtocol, own });
