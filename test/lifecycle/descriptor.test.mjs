// What a user could notice of the direct way between the kernel and a session (lib/stream/descriptor-path.ts).
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import net from 'node:net';
import { runScript } from '../support/child.mjs';
import { tidy } from '../support/cleanup.mjs';
import { connect, connectPlain, listen, secured, serve } from '../support/ends.mjs';
import { once, readAll, readBytes } from '../support/events.mjs';
import { identity } from '../support/fixtures.mjs';
import { tls } from '../support/subject.mjs';

describe('over a socket of the kernel', () => {
  it('the socket below counts the bytes of the wire, before and after the handshake', async () => {
    const { port } = await serve({}, (socket) => socket.pipe(socket));
    const raw = connectPlain(port);
    await once(raw, 'connect');
    const client = connect({ socket: raw });
    await once(client, 'secureConnect');
    const { bytesRead, bytesWritten } = raw;
    assert(bytesRead > 500, `${bytesRead} bytes`);
    assert(bytesWritten > 200, `${bytesWritten} bytes`);
    client.write(Buffer.alloc(10_000));
    await readBytes(client, 10_000);
    assert(raw.bytesRead > bytesRead + 10_000);
    assert(raw.bytesWritten > bytesWritten + 10_000);
    client.destroy();
    await once(raw, 'close');
    assert(raw.bytesRead > bytesRead + 10_000, 'after it was closed');
  });

  it('who resumes the socket below takes nothing away', async () => {
    const { port } = await serve({}, (socket) => socket.pipe(socket));
    const raw = connectPlain(port);
    await once(raw, 'connect');
    const client = connect({ socket: raw });
    await once(client, 'secureConnect');
    raw.resume();
    raw.read(0);
    client.write('mine');
    assert.equal((await readBytes(client, 4)).toString(), 'mine');
  });

  it('what came before TLS and was put back is part of it', async () => {
    const server = tls.createServer(identity('server-ec'), (socket) => socket.end('hello'));
    server.on('secureConnection', tidy);
    // A header of its own in front, as load balancers send it.
    const front = net.createServer((raw) => {
      raw.once('data', (chunk) => {
        raw.pause();
        assert.equal(chunk.subarray(0, 6).toString(), 'HEADER');
        raw.unshift(chunk.subarray(6));
        server.emit('connection', raw);
      });
    });
    const port = await listen(front);
    const raw = connectPlain(port);
    await once(raw, 'connect');
    raw.write('HEADER');
    const client = connect({ socket: raw });
    assert.equal((await readAll(client)).toString(), 'hello');
  });

  it('destroying the socket below ends the connection, and nothing is used after', async () => {
    const { client, server } = await secured();
    const closed = once(server, 'close');
    server.on('error', () => {});
    server._parent.destroy();
    server.write('too late');
    await closed;
    client.destroy();
  });

  it("events run in the asynchronous context of the connection's maker", async () => {
    const storage = new AsyncLocalStorage();
    const { port } = await serve({}, (socket) => socket.end('data'));
    const stores = await storage.run('maker', async () => {
      const client = connect({ port });
      const seen = [];
      client.on('data', () => seen.push(storage.getStore()));
      client.on('end', () => seen.push(storage.getStore()));
      await once(client, 'close');
      return seen;
    });
    assert.deepEqual(stores, ['maker', 'maker']);
  });

  it('an exception in a listener is an uncaught exception of the process', async () => {
    const { port } = await serve({}, (socket) => socket.on('error', () => {}).write('data'));
    const { code, stdout } = await runScript(`
      process.on('uncaughtException', (error) => {
        console.log(error.message);
        process.exit(3);
      });
      tls.connect({ port: ${port}, host: '127.0.0.1', rejectUnauthorized: false }).on('data', () => {
        throw new Error('of a listener');
      });
    `);
    assert.equal(stdout.trim(), 'of a listener');
    assert.equal(code, 3);
  });
});
