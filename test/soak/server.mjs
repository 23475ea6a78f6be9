// The server of a soak: it echoes, and ends who is silent. In a process of its own.
import net from 'node:net';
import { once } from 'node:events';
import { identity } from '../support/fixtures.mjs';
import { tls } from '../support/subject.mjs';
import { serveMessages } from './lab.mjs';

/** Milliseconds; more than a busy machine makes anybody wait. */
const HANDSHAKE_TIMEOUT = 10_000;
const IDLE_TIMEOUT = 10_000;
const seen = { accepted: 0, secure: 0, idle: 0, failed: {}, broken: {} };
const count = (where, code) => {
  where[code] = (where[code] ?? 0) + 1;
};

const server = tls.createServer(
  { ...identity('server-ec'), handshakeTimeout: HANDSHAKE_TIMEOUT },
  (socket) => {
    seen.secure += 1;
    socket.on('error', ({ code }) => count(seen.broken, code));
    socket.setTimeout(IDLE_TIMEOUT, () => {
      seen.idle += 1;
      socket.destroy();
    });
    socket.pipe(socket);
  },
);
server.on('tlsClientError', ({ code }) => {
  count(seen.failed, code);
});

serveMessages({
  /** One port of many loopback addresses: closed connections keep their pair of addresses for a minute. */
  async listen(addresses) {
    const listeners = [];
    let port = 0;
    for (const host of addresses) {
      const listener = net.createServer((raw) => {
        seen.accepted += 1;
        server.emit('connection', raw);
      });
      listener.listen({ port, host, backlog: 1024 });
      await once(listener, 'listening');
      ({ port } = listener.address());
      listeners.push(listener);
    }
    return port;
  },
  seen: () => seen,
});
