// https: a client that has sent its request ends, often in the same segment, and a handler that awaits still answers it.
import assert from 'node:assert/strict';
import { run } from '../support/child.mjs';
import { fixturePath } from '../support/fixtures.mjs';
import { registered } from './support.mjs';

const program = `
const { readFileSync } = require('fs');
const https = require('https');
const tls = require('tls');
const file = (name) => readFileSync(${JSON.stringify(fixturePath('.'))} + '/' + name);
const { version, wait } = JSON.parse(process.env.CASE);
const waits = {
  'a microtask': () => null,
  'three microtasks': async () => { await null; await null; },
};
const server = https.createServer(
  { cert: file('server-ec-chain.crt'), key: file('server-ec.key'), minVersion: version, maxVersion: version },
  async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    await waits[wait]();
    response.end(request.method + ' ' + body);
  },
);
server.listen(0, '127.0.0.1', async () => {
  const { port } = server.address();
  const answers = [];
  for (let i = 0; i < 20; i++) {
    const client = tls.connect({ port, host: '127.0.0.1', servername: 'localhost', ca: file('root.crt'), allowHalfOpen: true });
    client.cork();
    client.write('POST / HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\nContent-Length: 4\\r\\n\\r\\nbody');
    client.end();
    process.nextTick(() => client.uncork());
    let text = '';
    for await (const chunk of client.setEncoding('utf8')) text += chunk;
    answers.push(text.slice(text.indexOf('POST')));
  }
  console.log(JSON.stringify([...new Set(answers)]));
  server.close();
});
`;

describe('register: an https handler that awaits answers a client that has ended', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    for (const wait of ['a microtask', 'three microtasks']) {
      it(`${wait}, ${version}`, async () => {
        const { code, stdout, stderr } = await run(
          process.execPath,
          [...registered(), '-e', program],
          { env: { CASE: JSON.stringify({ version, wait }) } },
        );
        assert.equal(code, 0, stderr);
        assert.deepEqual(JSON.parse(stdout), ['POST body']);
      });
    }
  }
});
