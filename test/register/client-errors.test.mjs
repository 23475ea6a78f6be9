// 'tlsClientError' and 'clientError' of the servers of HTTP have the peer's address, which who blocks
// scanners needs: under register, and for sockets of ours that a server was given.
import assert from 'node:assert/strict';
import { run } from '../support/child.mjs';
import { fixturePath } from '../support/fixtures.mjs';
import { subjectPath } from '../support/subject.mjs';
import { registered } from './support.mjs';

const program = `
const { readFileSync } = require('fs');
const net = require('net');
const file = (name) => readFileSync(${JSON.stringify(fixturePath('.'))} + '/' + name);
const identity = { cert: file('server-ec-chain.crt'), key: file('server-ec.key') };
const { module, create, options, what, direct } = JSON.parse(process.env.CASE);
const tls = require(direct || 'tls');
const given = direct ? require('http').createServer() : require(module)[create]({ ...identity, ...options });
const server = direct
  ? tls.createServer(identity, (socket) => given.emit('connection', socket))
  : given;
const told = [];
let port;
const note = (event) => (error, socket) => {
  const { remoteAddress, remoteFamily, remotePort } = socket;
  told.push([event, remoteAddress, remoteFamily, remotePort === port]);
  socket.destroy();
  server.close();
};
server.once('tlsClientError', note('tlsClientError'));
given.once('clientError', note('clientError'));
process.once('exit', () => console.log(JSON.stringify(told)));
server.listen(0, '127.0.0.1', () => {
  const to = { port: server.address().port, host: '127.0.0.1' };
  const accepted = new Promise((resolve) => server.once('connection', resolve));
  if (what === 'a bad request') {
    const client = tls.connect({ ...to, ca: file('root.crt'), servername: 'localhost' }, () => {
      port = client.localPort;
      client.end('not http\\r\\n\\r\\n');
    });
    client.on('error', () => {}).resume();
    return;
  }
  const client = net.connect(to, async () => {
    port = client.localPort;
    await accepted;
    if (what === 'garbage') client.write('GET / HTTP/1.1\\r\\n\\r\\n');
    else if (what === 'an end') client.end();
    else client.resetAndDestroy();
  });
  client.on('error', () => {}).resume();
});
`;

async function told(each) {
  const args = each.direct ? [] : registered();
  const { code, stdout, stderr } = await run(process.execPath, [...args, '-e', program], {
    env: { CASE: JSON.stringify(each) },
  });
  assert.equal(stderr, '');
  assert.equal(code, 0);
  return JSON.parse(stdout);
}

const peer = (event) => [event, '127.0.0.1', 'IPv4', true];

describe("register: errors of clients have the peer's address", () => {
  for (const [module, create, options] of [
    ['https', 'createServer', {}],
    ['http2', 'createSecureServer', {}],
    ['http2', 'createSecureServer', { allowHTTP1: true }],
  ]) {
    const title = options.allowHTTP1 ? `${module}, with HTTP/1.1` : module;
    for (const what of ['garbage', 'an end', 'a reset']) {
      it(`${title}: ${what} before the handshake`, async () => {
        const events = await told({ module, create, options, what });
        assert.deepEqual(events.sort(), [peer('clientError'), peer('tlsClientError')]);
      });
    }
    if (module === 'https' || options.allowHTTP1) {
      it(`${title}: a bad request`, async () => {
        const events = await told({ module, create, options, what: 'a bad request' });
        assert.deepEqual(events, [peer('clientError')]);
      });
    }
  }
});

describe("errors of clients have the peer's address: a server of http that was given a socket of ours", () => {
  it('a bad request', async () => {
    assert.deepEqual(await told({ direct: subjectPath, what: 'a bad request' }), [
      peer('clientError'),
    ]);
  });

  for (const what of ['garbage', 'an end', 'a reset']) {
    it(`${what} before the handshake`, async () => {
      assert.deepEqual(await told({ direct: subjectPath, what }), [peer('tlsClientError')]);
    });
  }
});
