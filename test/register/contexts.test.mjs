// AsyncLocalStorage: what happens on a socket that https.Agent uses again belongs to the request that uses it.
import assert from 'node:assert/strict';
import { run } from '../support/child.mjs';
import { fixturePath } from '../support/fixtures.mjs';
import { registered } from './support.mjs';

const program = `
const { AsyncLocalStorage } = require('async_hooks');
const https = require('https');
const { readFileSync } = require('fs');
const file = (name) => readFileSync(${JSON.stringify(fixturePath('.'))} + '/' + name);
const storage = new AsyncLocalStorage();
const server = https.createServer({ cert: file('server-ec-chain.crt'), key: file('server-ec.key') }, (request, response) => {
  gc();
  if (request.url === '/destroy') request.socket.destroy();
  else response.end('body');
});
server.on('upgrade', (request, socket) => {
  socket.end('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: x\\r\\nConnection: Upgrade\\r\\n\\r\\n');
});
const agent = new https.Agent({ keepAlive: true, maxSockets: 1, ca: file('root.crt') });
const result = [];
function request(number, path, headers = {}) {
  return storage.run('request ' + number, () => new Promise((resolve) => {
    const seen = [];
    const note = (event) => seen.push([event, storage.getStore()]);
    const { port } = server.address();
    const sent = https.get({ host: '127.0.0.1', port, agent, path, headers });
    const done = () => { result.push({ number, reused: sent.reusedSocket, seen }); resolve(); };
    sent.on('response', (response) => {
      note('response');
      response.on('data', () => note('data')).on('end', () => note('end')).on('close', done);
    });
    sent.on('error', () => { note('error'); done(); });
    sent.on('upgrade', (response, socket) => {
      note('upgrade');
      socket.on('end', () => { note('end'); done(); }).resume().end();
    });
  }));
}
server.listen(0, '127.0.0.1', async () => {
  await request(1, '/');
  await request(2, '/');
  await request(3, '/destroy');
  await request(4, '/');
  await request(5, '/', { Upgrade: 'x', Connection: 'Upgrade' });
  await Promise.all([request(6, '/'), request(7, '/')]);
  console.log(JSON.stringify(result));
  agent.destroy();
  server.close();
});
`;

it('register: events of a reused socket of https.Agent belong to its present request', async () => {
  const { code, stdout, stderr } = await run(process.execPath, [
    '--expose-gc',
    ...registered(),
    '-e',
    program,
  ]);
  assert.equal(stderr, '');
  assert.equal(code, 0);
  const result = JSON.parse(stdout);
  assert.deepEqual(
    result.map(({ number, reused }) => [number, reused]),
    [[1, false], [2, true], [3, true], [4, false], [5, true], [6, false], [7, false]],
  ); // prettier-ignore
  for (const { number, seen } of result) {
    assert(seen.length > 0);
    for (const [event, store] of seen) assert.equal(store, `request ${number}`, event);
  }
});
