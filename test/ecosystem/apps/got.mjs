// got over HTTP/1.1 and, by http2-wrapper, HTTP/2: many requests, a large body, a stream, and what it says of a server that it
// can't trust or that does not speak TLS.
import assert from 'node:assert/strict';
import net from 'node:net';
import { Readable } from 'node:stream';
import { given, listening, load, pattern, report, times, watchConnects } from './support.mjs';

watchConnects();
const { got, default: old } = await import(load.resolve(given.package));
const client = (got ?? old).extend({
  https: { certificateAuthority: given.ca },
  dnsLookupIpVersion: 4,
  retry: { limit: 0 },
});
const body = pattern(500_000);
const versions = new Set();
for (const [name, port] of Object.entries(given.ports)) {
  const options = { http2: name === 'h2' };
  const url = `https://localhost:${port}`;
  const answers = await times(10, (i) => client(`${url}/${i}`, options));
  answers.forEach((response, i) => {
    versions.add(response.httpVersion);
    assert.equal(response.body, `GET /${i} 0`);
  });
  const echo = await client.post(`${url}/echo`, { ...options, body, responseType: 'buffer' });
  assert(echo.body.equals(body));
  const stream = Readable.from([body.subarray(0, 100_000), body.subarray(100_000)]);
  const streamed = await client.post(`${url}/echo`, {
    ...options,
    body: stream,
    responseType: 'buffer',
  });
  assert(streamed.body.equals(body));
}
const code = (promise) =>
  promise.then(
    () => 'fine',
    (error) => error.code,
  );
const plain = net.createServer((socket) => {
  socket.on('error', () => {}).once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
});
const refused = {
  untrusted: await code(
    client(`https://localhost:${given.ports.h1}/`, { https: { certificateAuthority: [] } }),
  ),
  plain: await code(client(`https://localhost:${await listening(plain)}/`)),
};
report({ versions: [...versions].sort(), refused });
process.exit();
