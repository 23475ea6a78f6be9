// https.Agent: a connection that waits for its next request and is ended or reset by the server. From
// Node 24 on the agent looks for that below the stream; what is heard then is what Node's own tells.
import assert from 'node:assert/strict';
import { run } from '../support/child.mjs';
import { fixturePath } from '../support/fixtures.mjs';
import { versionIs } from '../support/ends.mjs';
import { registered } from './support.mjs';

const program = `
const { once } = require('events');
const { readFileSync } = require('fs');
const https = require('https');
const file = (name) => readFileSync(${JSON.stringify(fixturePath('.'))} + '/' + name);
const range = JSON.parse(process.env.RANGE);
const told = [];
const hold = setInterval(() => {}, 1000); // The agent's connections do not hold the event loop.
(async () => {
  for (const how of ['server.close()', 'destroy()', 'end()', 'reset']) {
    const server = https.createServer({ cert: file('server-ec-chain.crt'), key: file('server-ec.key'), ...range });
    server.on('request', (request, response) => response.end('answer'));
    const accepted = once(server, 'secureConnection');
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const agent = new https.Agent({ keepAlive: true });
    const where = { port: server.address().port, host: '127.0.0.1', servername: 'localhost', ca: file('root.crt') };
    const [response] = await once(https.get({ ...where, agent }), 'response');
    const { socket } = response;
    const free = once(socket, 'free');
    response.resume();
    await free;
    for (const event of ['end', 'finish', 'error', 'close']) {
      socket.on(event, (value) => told.push([how, event, String(value?.code ?? value), socket.readableEnded]));
    }
    const gone = new Promise((resolve) => socket.on('close', resolve));
    const [far] = await accepted;
    if (how === 'server.close()') server.close();
    else if (how === 'reset') far._parent.resetAndDestroy();
    else far[how.slice(0, -2)]();
    await gone;
    told.push(Object.keys(agent.freeSockets).length);
    agent.destroy();
    server.close();
    server.closeAllConnections();
  }
  console.log(JSON.stringify(told));
  clearInterval(hold);
})();
`;

async function told(flags, version, io) {
  const env = { RANGE: JSON.stringify(versionIs(version)), OWNSSL_IO: io };
  const { code, stdout, stderr } = await run(process.execPath, [...flags, '-e', program], { env });
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

describe('register: an idle connection of https.Agent', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    for (const io of ['never', 'always']) {
      it(`that the server ends tells what Node's tells, ${version}, I/O threads ${io}`, async () => {
        assert.deepEqual(await told(registered(), version, io), await told([], version, io));
      });
    }
  }
});
