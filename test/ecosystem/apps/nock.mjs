// nock plays servers that are not there, for https and fetch, and lets others through to a real one.
import assert from 'node:assert/strict';
import { given, load, report, watchConnects } from './support.mjs';

watchConnects();
const { default: nock } = await import(load.resolve(given.package));
const { ask, body, echoing, isOver, keepsAlive, letsThrough, played, takesRequests, text } =
  await import('./played.mjs');

// A server that is played.
nock(played).get('/a').reply(200, 'played');
assert.equal(await text(`${played}/a`), 'played');
nock(played).post('/b', 'sent').reply(201, body);
await takesRequests();
nock(played)
  .get('/late')
  .delay(20)
  .replyWithError(Object.assign(new Error('played'), { code: 'EPLAYED' }));
assert.equal((await ask(`${played}/late`)).code, 'EPLAYED');
nock(played).get('/kept').times(3).reply(200, 'kept');
await keepsAlive(`${played}/kept`, 'kept');
nock(played).get('/fetched').reply(200, 'fetched');
assert.equal(await (await fetch(`${played}/fetched`)).text(), 'fetched');

// A real one, and the same one played.
const real = await echoing();
nock.enableNetConnect('localhost');
const { through, refused } = await letsThrough(real);
nock(real).get('/').reply(200, 'played');
assert.equal(await text(real, { agent: through }), 'played');
nock.restore();
nock.cleanAll();
await isOver(real);
report({ refused });
process.exit();
