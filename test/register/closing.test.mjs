// What closes the connections of a server of HTTP also closes those whose handshakes are under way.
import assert from 'node:assert/strict';
import { run } from '../support/child.mjs';
import { fixturePath } from '../support/fixtures.mjs';
import { registered } from './support.mjs';

const program = `
const { readFileSync } = require('fs');
const net = require('net');
const tls = require('tls');
const file = (name) => readFileSync(${JSON.stringify(fixturePath('.'))} + '/' + name);
const identity = { cert: file('server-ec-chain.crt'), key: file('server-ec.key') };
const [module, create, method, options] = JSON.parse(process.env.CASE);
const server = require(module)[create]({ ...identity, ...options });
const told = [];
for (const event of ['tlsClientError', 'clientError']) server.on(event, () => told.push(event));
server.listen(0, '127.0.0.1', () => {
  const silent = net.connect(server.address().port, '127.0.0.1').on('error', () => {});
  server.once('connection', () => setImmediate(() => {
    silent.once('close', () => console.log('closed', told.join()));
    server.close(() => console.log('server closed'));
    if (method !== 'close') server[method]();
  }));
});
`;

describe('register: closing a server while a client says nothing', () => {
  for (const each of [
    ['https', 'createServer', 'close', {}],
    ['https', 'createServer', 'closeIdleConnections', {}],
    ['https', 'createServer', 'closeAllConnections', {}],
    ['http2', 'createSecureServer', 'close', {}],
    ['http2', 'createSecureServer', 'closeIdleConnections', { allowHTTP1: true }],
  ]) {
    it(`${each[0]}, ${each[2]}()`, async () => {
      const { code, stdout, stderr } = await run(
        process.execPath,
        [...registered(), '-e', program],
        {
          env: { CASE: JSON.stringify(each) },
        },
      );
      assert.equal(stderr, '');
      assert.equal(code, 0);
      assert.deepEqual(
        stdout
          .trim()
          .split('\n')
          .map((line) => line.trim())
          .sort(),
        ['closed', 'server closed'],
      );
    });
  }

  it('a server of tls waits for it', async () => {
    const { code, stdout } = await run(process.execPath, [...registered(), '-e', program], {
      env: { CASE: JSON.stringify(['tls', 'createServer', 'close', { handshakeTimeout: 200 }]) },
    });
    assert.equal(code, 0);
    assert.deepEqual(stdout.trim().split('\n').sort(), ['closed tlsClientError', 'server closed']);
  });
});
