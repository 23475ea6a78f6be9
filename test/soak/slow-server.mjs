// A server that sends to each of many clients as much as they and its high-water mark let it.
import { once } from 'node:events';
import { identity } from '../support/fixtures.mjs';
import { tls } from '../support/subject.mjs';
import { serveMessages } from './lab.mjs';

const CHUNK = Buffer.alloc(16 * 1024, 'chunk ');
const sockets = new Set();
let total = 0;

const server = tls.createServer(identity('server-ec'), (socket) => {
  sockets.add(socket);
  socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  let sent = 0;
  const send = () => {
    while (sent < total) {
      sent += CHUNK.length;
      if (!socket.write(CHUNK) && sent < total) return;
    }
    socket.off('drain', send).end();
  };
  socket.on('drain', send);
  // Everybody is connected first.
  socket.once('data', send);
});
server.on('tlsClientError', () => {});

serveMessages({
  async listen({ file, bytes }) {
    total = bytes;
    server.listen({ path: file, backlog: 4096 });
    await once(server, 'listening');
  },
  /** What the streams hold that the kernel has not taken. */
  queued() {
    const all = [...sockets].map((socket) => socket.writableLength);
    const waiting = all.filter((length) => length > 0).length;
    return { open: all.length, waiting, most: Math.max(0, ...all) };
  },
});
