// Secrets of connections into a file, from either end, for those who read captured traffic.
const assert = require('node:assert');
const fs = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const tls = require('node:tls');

const folder = fs.mkdtempSync(join(tmpdir(), 'ownssl-'));
const logs = [join(folder, 'server'), join(folder, 'client')];
const [ofServer, ofClient] = logs.map((file) => fs.createWriteStream(file, { flags: 'a' }));

const server = tls.createServer(
  { key: fs.readFileSync('server-ec.key'), cert: fs.readFileSync('server-ec-chain.crt') },
  (socket) => socket.end(),
);
server.on('keylog', (line, socket) => {
  if (socket.remoteAddress === '127.0.0.1') ofServer.write(line);
});
server.listen(0, '127.0.0.1', () => {
  const client = tls.connect(server.address().port, { ca: fs.readFileSync('root.crt') });
  client.on('keylog', (line) => ofClient.write(line));
  client.resume().on('close', () => server.close(compare));
});

async function compare() {
  await Promise.all([ofServer, ofClient].map((log) => new Promise((done) => log.end(done))));
  const [a, b] = logs.map((file) => fs.readFileSync(file, 'latin1').split('\n').sort());
  assert.deepEqual(a, b);
  assert(a.some((line) => /^CLIENT_TRAFFIC_SECRET_0 [0-9a-f]{64} [0-9a-f]{64,}$/.test(line)));
  fs.rmSync(folder, { recursive: true });
  console.log('done');
}
