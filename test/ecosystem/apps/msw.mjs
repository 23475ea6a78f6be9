// Mock Service Worker plays servers that are not there, for https and fetch, and lets others through.
import assert from 'node:assert/strict';
import { pathToFileURL } from 'node:url';
import { given, load, report, watchConnects } from './support.mjs';

watchConnects();
// What it is made of are ES modules, which import() finds by their files.
const module = (entry) => import(pathToFileURL(load.resolve(`${given.package}${entry}`)));
const { http, HttpResponse, passthrough } = await module('');
const { setupServer } = await module('/node');
const { ask, body, echoing, isOver, keepsAlive, letsThrough, played, takesRequests, text } =
  await import('./played.mjs');

const real = await echoing();
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
assert.equal(await text(`${played}/a`), 'played');
await takesRequests();
assert((await ask(`${played}/broken`)).error);
await keepsAlive(`${played}/a`, 'played');
assert.equal(await (await fetch(`${played}/a`)).text(), 'played');

// A real one, and the same one played.
const { through, refused } = await letsThrough(`${real}/echo`);
assert.equal(await text(`${real}/played`, { agent: through }), 'instead');
worker.close();
await isOver(`${real}/played`);
report({ refused });
process.exit();
