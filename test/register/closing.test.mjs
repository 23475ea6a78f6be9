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

const midway = `
const { readFileSync } = require('fs');
const file = (name) => readFileSync(${JSON.stringify(fixturePath('.'))} + '/' + name);
const [module, create, method] = JSON.parse(process.env.CASE);
const server = require(module)[create]({
  cert: file('server-ec-chain.crt'),
  key: file('server-ec.key'),
  // The client has spoken, and waits for the server.
  SNICallback(name, callback) {
    server.close(() => console.log('server closed'));
    if (method !== 'close') server[method]();
    setTimeout(callback, 50, null);
  },
}, (request, response) => response.end());
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  const failed = ({ code }) => console.log(code);
  const target = { servername: 'localhost', rejectUnauthorized: false };
  if (module === 'https') {
    const answered = (response) => response.resume().on('end', () => console.log('answered'));
    require('https').get({ ...target, port, agent: false }, answered).on('error', failed);
    return;
  }
  const session = require('http2').connect('https://localhost:' + port, target).on('error', failed);
  const stream = session.request({ ':path': '/' }).on('error', () => {}).resume();
  stream.on('response', () => console.log('answered')).on('close', () => session.close());
});
`;

describe('register: closing a server while it answers a handshake', () => {
  for (const [module, create, method, told] of [
    ['https', 'createServer', 'close', 'answered'],
    ['https', 'createServer', 'closeIdleConnections', 'answered'],
    ['https', 'createServer', 'closeAllConnections', 'ECONNRESET'],
    ['http2', 'createSecureServer', 'close', 'answered'],
  ]) {
    it(`${module}, ${method}()`, async () => {
      const { code, stdout, stderr } = await run(
        process.execPath,
        [...registered(), '-e', midway],
        { env: { CASE: JSON.stringify([module, create, method]) } },
      );
      assert.equal(stderr, '');
      assert.equal(code, 0);
      assert.deepEqual(stdout.trim().split('\n').sort(), [told, 'server closed'].sort());
    });
  }
});
