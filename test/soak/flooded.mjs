// The server of the floods, in a process of its own.
import { once } from 'node:events';
import { ca, identity } from '../support/fixtures.mjs';
import { liveObjects } from '../support/native.mjs';
import { tls } from '../support/subject.mjs';
import { serveMessages } from './lab.mjs';

const seen = { dropped: 0, timeouts: 0 };
let most = { sessions: 0, rss: 0 };
let server;

function look() {
  const { sessions } = liveObjects();
  if (sessions > most.sessions) most = { sessions, rss: process.memoryUsage.rss() };
}

const connect = (port) =>
  tls.connect({ port, host: '127.0.0.1', ca, servername: 'localhost', maxVersion: 'TLSv1.2' });

/** Of one client, until the server has had enough. */
async function renegotiate(port) {
  const accepted = once(server, 'secureConnection');
  const client = connect(port).on('error', () => {});
  client.resume();
  await once(client, 'secureConnect');
  const [peer] = await accepted;
  const failed = once(peer.resume(), 'error');
  let renegotiations = 0;
  const again = () =>
    client.renegotiate({}, (error) => {
      if (error || client.destroyed) return;
      renegotiations += 1;
      setImmediate(again);
    });
  again();
  const closed = once(peer, 'close');
  const result = await Promise.race([failed.catch((error) => [error]), closed.then(() => [{}])]);
  client.destroy();
  return { renegotiations, code: String(result[0].code) };
}

serveMessages({
  async listen(options) {
    server = tls.createServer({ ...identity('server-ec'), ...options }, (socket) =>
      socket.on('error', () => {}).resume(),
    );
    server.on('tlsClientError', ({ code }) => {
      if (code === 'ERR_TLS_HANDSHAKE_TIMEOUT') seen.timeouts += 1;
    });
    server.on('drop', () => {
      seen.dropped += 1;
    });
    server.on('connection', look);
    server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
    await once(server, 'listening');
    return server.address().port;
  },
  peak: () => most,
  seen: () => seen,
  async served(port) {
    const client = connect(port);
    await once(client, 'secureConnect');
    client.destroy();
    return 'is served';
  },
  renegotiate,
});
