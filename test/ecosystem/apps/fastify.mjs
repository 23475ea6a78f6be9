// fastify: HTTP/1.1 and HTTP/2 on one port, asked by undici; answers after an await.
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { given, load, report, times, used } from './support.mjs';

const fastify = load('fastify');
const { Agent, request } = load('undici7');
const { ca, cert, key } = given;
const server = fastify({ http2: true, https: { allowHTTP1: true, cert, key } });
const versions = new Set();
server.addHook('onRequest', async ({ raw }) => {
  await turn();
  versions.add(raw.httpVersion);
});
server.post('/', async ({ body }) => {
  await turn();
  return { length: body.text.length };
});
server.server.on('secureConnection', (socket) => used(socket));
await server.listen({ port: 0, host: '127.0.0.1' });
const { port } = server.server.address();
for (const allowH2 of [false, true]) {
  const dispatcher = new Agent({ allowH2, connect: { ca } });
  await times(40, async (i) => {
    const body = JSON.stringify({ text: 'x'.repeat(i * 10_000) });
    const headers = { 'content-type': 'application/json' };
    const options = { dispatcher, method: 'POST', headers, body };
    const answer = await request(`https://localhost:${port}/`, options);
    assert.deepEqual(await answer.body.json(), { length: i * 10_000 });
  });
  await dispatcher.close();
}
await server.close();
report({ versions: [...versions] });
