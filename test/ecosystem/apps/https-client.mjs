// An https client: agents with and without keep-alive, and a body that goes there and back.
import assert from 'node:assert/strict';
import https from 'node:https';
import { given, passed, pattern, report, times, tls, used } from './support.mjs';

const { port, ca } = given;
const at = { host: 'localhost', port, ca, family: 4 };

function newAgent(options) {
  const agent = new https.Agent(options);
  if (passed) agent.createConnection = (how) => tls.connect({ servername: 'localhost', ...how });
  return agent;
}

const request = (options, body) =>
  new Promise((resolve, reject) => {
    const message = https.request(
      { ...at, method: body ? 'POST' : 'GET', ...options },
      (response) => {
        const chunks = [];
        const { socket } = response;
        const resumed = socket.isSessionReused();
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => resolve({ socket, resumed, body: Buffer.concat(chunks) }));
      },
    );
    message.on('socket', used).on('error', reject).end(body);
  });

// Few connections, many requests.
const agent = newAgent({ keepAlive: true, maxSockets: 4 });
const answers = await times(60, (i) => request({ agent, path: `/${i}` }));
answers.forEach(({ body }, i) => assert.equal(body.toString(), `GET /${i} 0`));
const connections = new Set(answers.map(({ socket }) => socket)).size;
assert(answers.every(({ socket }) => socket.authorized && socket.encrypted));

// Large bodies, both ways, at once.
const sent = pattern(3_000_000);
const echoes = await times(4, () => request({ agent, path: '/echo' }, sent));
for (const { body } of echoes) assert(body.equals(sent));
agent.destroy();

// Each request on a connection of its own: the agent resumes the session.
const resumed = {};
for (const maxVersion of ['TLSv1.2', 'TLSv1.3']) {
  const short = newAgent({ keepAlive: false, maxVersion });
  const seen = [];
  for (let i = 0; i < 3; i++) seen.push((await request({ agent: short })).resumed);
  resumed[maxVersion] = seen;
}

// Nobody who is not trusted, and nobody by another name.
const refused = [];
for (const wrong of [{ ca: [] }, { servername: 'elsewhere.test' }]) {
  await request({ ...wrong, agent: newAgent(wrong) }).catch(({ code }) => refused.push(code));
}
report({ connections, resumed, refused });
