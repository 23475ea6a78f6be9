// mockttp: a server that makes a certificate for each name, over HTTP/1.1 and HTTP/2, and tells of clients that refuse it.
import assert from 'node:assert/strict';
import http2 from 'node:http2';
import https from 'node:https';
import { event, load, report, watchConnects } from './support.mjs';

watchConnects();
const mockttp = load('mockttp');
const { cert: ca, key } = await mockttp.generateCACertificate();
const server = mockttp.getLocal({ https: { cert: ca, key }, http2: true });
await server.start();
await server.forGet('/here').thenReply(200, 'mocked');
const seen = [];
await server.on('request', ({ remoteIpAddress, httpVersion }) =>
  seen.push([httpVersion, !!remoteIpAddress]),
);
const failed = new Promise((resolve) => server.on('tls-client-error', resolve));

const text = (stream) =>
  new Promise((resolve) => {
    let body = '';
    stream
      .setEncoding('utf8')
      .on('data', (chunk) => (body += chunk))
      .on('end', () => resolve(body));
  });
const get = (options) =>
  new Promise((resolve, reject) =>
    https
      .get({ port: server.port, host: 'localhost', path: '/here', ca, ...options }, (response) =>
        resolve(text(response)),
      )
      .on('error', reject),
  );
assert.equal(await get({ servername: 'one.test', headers: { host: 'one.test' } }), 'mocked');
assert.equal(await get({}), 'mocked');
const session = http2.connect(`https://localhost:${server.port}`, { ca });
await event(session, 'connect');
assert.equal(await text(session.request({ ':path': '/here' })), 'mocked');
session.close();
const refused = await get({ ca: [], agent: false }).catch(({ code }) => code);
const failure = await failed;
report({
  seen: [...new Set(seen.map(String))].sort(),
  refused,
  failure: { cause: failure.failureCause, address: !!failure.remoteIpAddress },
});
process.exit();
