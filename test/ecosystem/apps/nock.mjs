// nock plays servers that are not there, for https and fetch, and lets others through to a real one.
import assert from 'node:assert/strict';
import https from 'node:https';
import { given, listening, load, pattern, report, watchConnects } from './support.mjs';

watchConnects();
const { default: nock } = await import(load.resolve(given.package));
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
    request.on('error', ({ code }) => resolve({ code })).end(data);
  });

// A server that is played.
nock(played).get('/a').reply(200, 'played');
assert.equal(String((await ask(`${played}/a`)).body), 'played');
nock(played).post('/b', 'sent').reply(201, body);
const posted = await ask(`${played}/b`, { method: 'POST', data: 'sent' });
assert.deepEqual([posted.status, posted.encrypted, posted.authorized], [201, true, false]);
assert(posted.body.equals(body));
nock(played)
  .get('/late')
  .delay(20)
  .replyWithError(Object.assign(new Error('played'), { code: 'EPLAYED' }));
assert.equal((await ask(`${played}/late`)).code, 'EPLAYED');
const agent = new https.Agent({ keepAlive: true });
nock(played).get('/kept').times(3).reply(200, 'kept');
for (let i = 0; i < 3; i++)
  assert.equal(String((await ask(`${played}/kept`, { agent })).body), 'kept');
nock(played).get('/fetched').reply(200, 'fetched');
assert.equal(await (await fetch(`${played}/fetched`)).text(), 'fetched');

// A real one, and the same one played.
const server = https.createServer({ cert, key }, (request, response) => request.pipe(response));
const real = `https://localhost:${await listening(server)}`;
nock.enableNetConnect('localhost');
const through = new https.Agent({ keepAlive: true, ca });
for (let i = 0; i < 3; i++) {
  const echoed = await ask(real, { agent: through, method: 'POST', data: body });
  assert.deepEqual([echoed.status, echoed.encrypted, echoed.authorized], [200, true, true]);
  assert(echoed.body.equals(body));
}
const { code: refused } = await ask(real, { ca: [], agent: false });
nock(real).get('/').reply(200, 'played');
const instead = await ask(real, { agent: through });
assert.equal(String(instead.body), 'played');
nock.restore();
nock.cleanAll();
const after = await ask(real, { ca, method: 'POST', data: body });
assert.deepEqual([after.status, after.authorized], [200, true]);
assert(after.body.equals(body));
report({ refused });
process.exit();
