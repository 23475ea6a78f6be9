// http2 over our sockets: a listener throws, in a program that listens to 'uncaughtException'. The session goes on.
import assert from 'node:assert/strict';
import { http2Program } from './http2-support.mjs';

const program = (version, ioThreads) => `
  tls.DEFAULT_MAX_VERSION = '${version}';
  const seen = [];
  process.on('uncaughtException', (error) => seen.push(error.message));
  const server = http2.createSecureServer({ ...identity('server-ec'), ioThreads: '${ioThreads}' });
  server.on('stream', (stream, { ':path': path }) => {
    stream.respond();
    if (path === '/throws') {
      setImmediate(() => stream.end('late'));
      throw new Error('of a listener');
    }
    stream.end('at once');
  });
  listen(server, async (port) => {
    const client = http2.connect('https://localhost:' + port, { ca, lookup, ioThreads: '${ioThreads}' });
    for (const path of ['/throws', '/', '/throws']) {
      let body = '';
      for await (const chunk of client.request({ ':path': path }).setEncoding('utf8')) body += chunk;
      seen.push(body);
    }
    show(seen);
    client.close();
    server.close();
  });
`;

describe('register: an exception of a listener of http2', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    for (const ioThreads of ['never', 'always']) {
      it(`of a server is told, and the session goes on, ${version}, I/O threads ${ioThreads}`, async () => {
        const [seen] = await http2Program(program(version, ioThreads));
        const once = ['of a listener', 'late'];
        assert.deepEqual(seen, [...once, 'at once', ...once]);
      });
    }
  }
});
