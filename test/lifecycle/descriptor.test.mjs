// What a user could notice of the direct way between the kernel and a session (lib/stream/descriptor-path.ts).
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import net from 'node:net';
import { runScript } from '../support/child.mjs';
import { tidy } from '../support/cleanup.mjs';
import { connect, connectPlain, listen, secured, serve } from '../support/ends.mjs';
import { closed, once, readAll, readBytes } from '../support/events.mjs';
import { fixturePath, identity } from '../support/fixtures.mjs';
import { subject, tls } from '../support/subject.mjs';

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
    const gone = closed(server, []);
    server._parent.destroy();
    server.write('too late');
    await gone;
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

  describe('the socket below is what it was', () => {
    /** Both ends with their sockets below, which the program knows. */
    async function ends() {
      const { server, port } = await serve();
      const accepted = once(server, 'connection');
      const raw = connectPlain(port);
      const handle = await once(raw, 'connect').then(() => raw._handle);
      const client = connect({ socket: raw });
      const [[secure]] = await Promise.all([
        once(server, 'secureConnection'),
        once(client, 'secureConnect'),
      ]);
      const [below] = await accepted;
      for (const socket of [raw, below]) socket.on('error', () => {});
      return { client, secure, raw, below, handle, port };
    }

    it('its handle, number and names', async () => {
      const { client, secure, raw, below, handle, port } = await ends();
      assert.equal(raw._handle, handle);
      assert.equal(Object.getPrototypeOf(handle).constructor.name, 'TCP');
      // That of a thread's descriptor is not told; on Windows there is none.
      if (tls.ioThreads === 'always' || process.platform === 'win32')
        assert.equal(raw._handle.fd, -1);
      else if (tls.ioThreads !== 'auto') assert(raw._handle.fd > 2);
      assert.equal(client._handle.fd, raw._handle.fd);
      for (const socket of [raw, client]) {
        assert.equal(socket.remotePort, port);
        assert.equal(socket.remoteAddress, '127.0.0.1');
        assert.equal(socket.remoteFamily, 'IPv4');
        assert.equal(socket.localPort, below.remotePort);
        assert.deepEqual(socket.address(), remote(secure));
      }
      assert(raw._handle.getAsyncId() > 0);
    });

    const remote = ({ remoteAddress: address, remoteFamily: family, remotePort: port }) => ({
      address,
      family,
      port,
    });

    it('its options', async () => {
      const { client, raw, below } = await ends();
      for (const socket of [raw, below, client]) {
        assert.equal(socket.setNoDelay(true), socket);
        assert.equal(socket.setKeepAlive(true, 5000), socket);
        assert.equal(raw._handle.setNoDelay(true), 0);
        assert.equal(raw._handle.setKeepAlive(true, 5), 0);
        assert.equal(raw._handle.setKeepAlive(false, 0), 0);
      }
      if (raw.setTypeOfService === undefined) return; // Before Node 25.
      raw.setTypeOfService(0x10);
      assert.equal(raw.getTypeOfService(), 0x10);
    });

    it('unref() and ref()', async () => {
      const { client, raw } = await ends();
      for (const socket of [raw, client]) {
        socket.unref();
        assert.equal(raw._handle.hasRef(), false);
        assert.equal(client._handle.hasRef?.() ?? false, false);
        socket.ref();
        assert.equal(raw._handle.hasRef(), true);
      }
    });

    for (const side of ['raw', 'below']) {
      it(`resetAndDestroy(): ${side}`, async function () {
        // The built-in's connection stays open then.
        if (subject === 'builtin' && side === 'raw') this.skip();
        const all = await ends();
        const other = side === 'raw' ? all.secure : all.client;
        const error = new Promise((resolve) => other.once('error', resolve));
        const closed = once(all[side], 'close');
        all[side].resetAndDestroy();
        assert.equal((await error).code, 'ECONNRESET');
        await closed;
      });
    }

    it('end() is the end of the stream for the peer', async () => {
      const { client, secure, below } = await ends();
      const closed = once(secure, 'close');
      client.resume();
      below.end();
      await once(client, 'end');
      client.end();
      await closed;
    });

    it('end() comes behind what was written, through TLS and past it', async () => {
      const { client, secure, raw } = await ends();
      secure.on('error', () => {});
      const sent = Buffer.alloc(100_000, 'through TLS ');
      const got = readBytes(secure, sent.length);
      // What is no record makes the other end say so, and nobody is there to hear it.
      const error = new Promise((resolve) => secure.once('error', resolve));
      client.on('error', () => {});
      client.write(sent);
      raw.end('no record');
      assert.deepEqual(await got, sent);
      assert.match((await error).code, /^ERR_SSL_(WRONG_VERSION_NUMBER|BAD_RECORD_TYPE)$/);
    });

    it('what is written past TLS comes between the records', async () => {
      for (const text of ['no record', Buffer.from('no record')]) {
        const { client, secure, below } = await ends();
        secure.on('error', () => {});
        const error = new Promise((resolve) => client.once('error', resolve));
        const written = new Promise((resolve) => below.write(text, resolve));
        // OpenSSL before 4.0 calls it a version, later ones a type of record.
        assert.match((await error).code, /^ERR_SSL_(WRONG_VERSION_NUMBER|BAD_RECORD_TYPE)$/);
        assert.equal((await written) ?? null, null);
      }
    });

    it("'close' comes in the asynchronous context of the connection's maker", async () => {
      const storage = new AsyncLocalStorage();
      const { port } = await serve();
      const client = storage.run('maker', () => connect({ port }));
      await once(client, 'secureConnect');
      const store = new Promise((resolve) => client.on('close', () => resolve(storage.getStore())));
      storage.run('another', () => client.destroy());
      assert.equal(await store, 'maker');
    });

    // In a process of its own: here others close theirs meanwhile.
    it('a connection has one descriptor', async function () {
      if (process.platform !== 'linux') this.skip();
      const program = `
        const { readdirSync, readFileSync } = require('node:fs');
        const { once } = require('node:events');
        const file = (name) => readFileSync(${JSON.stringify(fixturePath('.'))} + '/' + name);
        const identity = { cert: file('server-ec-chain.crt'), key: file('server-ec.key') };
        const server = tls.createServer(identity).listen(0, '127.0.0.1', async () => {
          const { port } = server.address();
          const counts = [];
          for (let i = 0; i <= 10; i++) {
            await Promise.all([
              once(server, 'secureConnection'),
              once(
                tls.connect({
                  port,
                  rejectUnauthorized: false,
                  ioThreads: i === 0 ? 'always' : undefined,
                }),
                'secureConnect',
              ),
            ]);
            counts.push(readdirSync('/proc/self/fd').length);
          }
          console.log(JSON.stringify(counts));
          process.exit();
        });`;
      const { stdout, stderr } = await runScript(program, { env: { OWNSSL_THREADS: '1' } });
      const [first, ...more] = JSON.parse(stdout || stderr);
      // The first brings what a process has once; an I/O thread, too, has descriptors.
      assert.deepEqual(
        more,
        more.map((_, i) => first + 2 * (i + 1)),
      );
    });
  });
});
