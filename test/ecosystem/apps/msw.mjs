// Mock Service Worker plays servers that are not there, for https and fetch, and lets others through.
import assert from 'node:assert/strict';
import https from 'node:https';
import { pathToFileURL } from 'node:url';
import { given, listening, load, pattern, report, watchConnects } from './support.mjs';

watchConnects();
// What it is made of are ES modules, which import() finds by their files.
const module = (entry) => import(pathToFileURL(load.resolve(`${given.package}${entry}`)));
const { http, HttpResponse, passthrough } = await module('');
const { setupServer } = await module('/node');
const { ca, cert, key } = given;
const played = 'https://played.example.test';
const body = pattern(300_000);

/** Resolves to what a request has come to; `authorized` is what its socket said while it was answered. */
const ask = (url, { data, ...options } = {}) =>
  new Promise((resolve) => {
    const request = https.request(url, { family: 4, ...options }, (response) => {
      const { authorized, encrypted } = response.socket;
      const chunks = [];
      response
        .on('data', (chunk) => chunks.push(chunk))
        .on('end', () => {
          const { statusCode: status } = response;
          resolve({ status, body: Buffer.concat(chunks), authorized, encrypted });
        });
    });
    request.on('error', (error) => resolve({ code: error.code, error })).end(data);
  });

const server = https.createServer({ cert, key }, (request, response) => request.pipe(response));
const real = `https://localhost:${await listening(server)}`;
const worker = setupServer(
  http.get(`${played}/a`, () => HttpResponse.text('played')),
  http.post(`${played}/b`, async ({ request }) => {
    assert.equal(await request.text(), 'sent');
    return HttpResponse.arrayBuffer(
      body.buffer.slice(body.byteOffset, body.byteOffset + body.length),
      {
        status: 201,
      },
    );
  }),
  http.get(`${played}/broken`, () => HttpResponse.error()),
  http.get(`${real}/played`, () => HttpResponse.text('instead')),
  http.all(`${real}/*`, () => passthrough()),
);
worker.listen({ onUnhandledRequest: 'error' });

// A server that is played.
assert.equal(String((await ask(`${played}/a`)).body), 'played');
const posted = await ask(`${played}/b`, { method: 'POST', data: 'sent' });
assert.deepEqual([posted.status, posted.encrypted, posted.authorized], [201, true, false]);
assert(posted.body.equals(body));
assert((await ask(`${played}/broken`)).error);
const agent = new https.Agent({ keepAlive: true });
for (let i = 0; i < 3; i++)
  assert.equal(String((await ask(`${played}/a`, { agent })).body), 'played');
assert.equal(await (await fetch(`${played}/a`)).text(), 'played');

// A real one, and the same one played.
const through = new https.Agent({ keepAlive: true, ca });
for (let i = 0; i < 3; i++) {
  const echoed = await ask(`${real}/echo`, { agent: through, method: 'POST', data: body });
  assert.deepEqual([echoed.status, echoed.encrypted, echoed.authorized], [200, true, true]);
  assert(echoed.body.equals(body));
}
const { code: refused } = await ask(`${real}/echo`, { ca: [], agent: false });
assert.equal(String((await ask(`${real}/played`, { agent: through })).body), 'instead');
worker.close();
const after = await ask(`${real}/played`, { ca, method: 'POST', data: body });
assert.deepEqual([after.status, after.authorized], [200, true]);
assert(after.body.equals(body));
report({ refused });
process.exit();
