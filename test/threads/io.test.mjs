// Connections in I/O threads: whether they are, and what is different for a connection that JavaScript
// only hears of.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import { fileURLToPath } from 'node:url';
import { registered } from '../register/support.mjs';
import { run, runScript } from '../support/child.mjs';
import { tidy } from '../support/cleanup.mjs';
import { connect, connectPlain, listen, secured, serve } from '../support/ends.mjs';
import { closed, once, readAll, readBytes } from '../support/events.mjs';
import { fallsTo } from '../support/memory.mjs';
import { liveObjects } from '../support/native.mjs';
import { subject, subjectPath, tls } from '../support/subject.mjs';
import { withIoThreads } from './support.mjs';

const { ioStats } =
  subject === 'ownssl' ? createRequire(import.meta.url)('../../dist/native/io.js') : {};
const linux = process.platform === 'linux';

/** How many I/O threads this process has. */
function threads() {
  return readdirSync('/proc/self/task').filter(
    (id) => readFileSync(`/proc/self/task/${id}/comm`, 'latin1').trim() === 'ownssl-io',
  ).length;
}

/** Of a child that connects to `port`, by its standard output. */
const COUNT = `
  const { readdirSync, readFileSync } = require('node:fs');
  const threads = () => readdirSync('/proc/self/task').filter(
    (id) => readFileSync('/proc/self/task/' + id + '/comm', 'latin1').trim() === 'ownssl-io').length;
`;

(subject === 'builtin' ? describe.skip : describe)('connections in I/O threads', () => {
  withIoThreads('always');

  it('every other mode is refused', () => {
    assert.throws(() => new tls.TLSSocket(null, { ioThreads: 'sometimes' }), {
      code: 'ERR_INVALID_ARG_VALUE',
      message: /options\.ioThreads.*'never', 'always', 'auto'/,
    });
    assert.throws(() => tls.createServer({ ioThreads: 'sometimes' }), {
      code: 'ERR_INVALID_ARG_VALUE',
      message: /options\.ioThreads/,
    });
    assert.throws(() => tls.createServer({ allowRenegotiation: 'yes' }), {
      code: 'ERR_INVALID_ARG_TYPE',
      message: /options\.allowRenegotiation/,
    });
    tls.createServer({ ioThreads: null, allowRenegotiation: null });
    assert.throws(() => tls.connect({ port: 1, ioThreads: true }), {
      code: 'ERR_INVALID_ARG_VALUE',
    });
  });

  it('every other mode of the program is refused where it is assigned', () => {
    for (const mode of ['sometimes', true, 1, {}, '']) {
      assert.throws(() => (tls.ioThreads = mode), {
        code: 'ERR_INVALID_ARG_VALUE',
        message: /'ioThreads'.*'never', 'always', 'auto'/,
      });
      assert.equal(tls.ioThreads, 'always');
    }
    tls.ioThreads = 'never';
    tls.ioThreads = undefined;
    assert.equal(tls.ioThreads, process.env.OWNSSL_IO);
  });

  it('of ownssl and, under register, of node:tls the mode is the same', async () => {
    const source = `const ownssl = require('ownssl');
      ownssl.ioThreads = 'auto';
      const seen = [require('node:tls').ioThreads];
      require('node:tls').ioThreads = 'never';
      seen.push(ownssl.ioThreads);
      try { require('node:tls').ioThreads = 'x'; } catch ({ code }) { seen.push(code); }
      console.log(seen.join());`;
    const { stdout, stderr } = await run(process.execPath, [...registered(), '-e', source], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
    });
    assert.equal(stdout, 'auto,never,ERR_INVALID_ARG_VALUE\n', stderr);
  });

  it('every other mode of the environment is refused', async () => {
    const { code, stderr } = await runScript('', { env: { OWNSSL_IO: 'sometimes' } });
    assert.equal(code, 1);
    assert.match(stderr, /ERR_INVALID_ARG_VALUE/);
    assert.match(stderr, /OWNSSL_IO/);
  });

  for (const [how, env, option, expected, load = 'idle'] of [
    ['not by default', { OWNSSL_IO: '' }, '', 0],
    ['by the environment', { OWNSSL_IO: 'always' }, '', 1],
    ['by an option', { OWNSSL_IO: '' }, "ioThreads: 'always',", 1],
    ['not by an option', { OWNSSL_IO: 'always' }, "ioThreads: 'never',", 0],
    ['not by auto, on an idle loop', { OWNSSL_IO: 'auto' }, '', 0],
    ['by auto, on a busy loop', { OWNSSL_IO: 'auto' }, '', 1, 'busy'],
    ['by an option, on a busy loop', { OWNSSL_IO: '' }, "ioThreads: 'auto',", 1, 'busy'],
    ['not by never, on a busy loop', { OWNSSL_IO: 'never' }, '', 0, 'busy'],
    ['not with OWNSSL_THREADS=0', { OWNSSL_IO: 'always', OWNSSL_THREADS: '0' }, '', 0],
  ]) {
    (linux ? it : it.skip)(how, async () => {
      const { port } = await serve({}, (socket) => socket.on('error', () => {}).end('hello'));
      const { stdout, stderr } = await runScript(
        `${COUNT}
        setTimeout(() => {
          const end = Date.now() + 300;
          while (${load === 'busy'} && Date.now() < end);
          // On a slow machine the loop is busy with loading this program.
          if (${load === 'idle'}) {
            performance.eventLoopUtilization = () => ({ active: 100, idle: 900, utilization: 0.1 });
          }
          const socket = tls.connect({ port: ${port}, ${option} rejectUnauthorized: false });
          socket.on('data', (data) => console.log(String(data), Math.min(threads(), 1)));
        });`,
        { env },
      );
      assert.equal(stdout, `hello ${expected}\n`, stderr);
    });
  }

  (linux ? it : it.skip)('as many threads as OWNSSL_THREADS says', async () => {
    const { port } = await serve({}, (socket) => socket.on('error', () => {}).write('hello'));
    const { stdout, stderr } = await runScript(
      `${COUNT}
      const { once } = require('node:events');
      const options = { port: ${port}, rejectUnauthorized: false };
      const sockets = Array.from({ length: 7 }, () => tls.connect(options));
      Promise.all(sockets.map((socket) => once(socket, 'data'))).then(() => {
        console.log(threads());
        for (const socket of sockets) socket.destroy();
      });`,
      { env: { OWNSSL_THREADS: '3' } },
    );
    assert.equal(stdout, '3\n', stderr);
  });

  (linux ? it : it.skip)('here, too', async () => {
    await secured();
    assert.ok(threads() > 0);
  });

  // Unread tickets of TLS 1.3 would make the kernel reset the connection.
  it('what is written before process.exit() reaches the peer', async () => {
    const { server, port } = await serve({}, () => {});
    const received = once(server, 'secureConnection').then(([socket]) => {
      socket.on('error', () => {});
      return readAll(socket);
    });
    const { code, stderr } = await runScript(`
      const socket = tls.connect({ port: ${port}, rejectUnauthorized: false, maxVersion: 'TLSv1.2' }, () => {
        socket.end(Buffer.alloc(50_000, 'x'));
        process.exit(3);
      });`);
    assert.equal(code, 3, stderr);
    assert.equal((await received).length, 50_000);
  });

  it('a million bytes each way over 20 connections at once', async () => {
    const data = Buffer.alloc(1_000_000, 'y');
    const { port } = await serve({}, (socket) => socket.pipe(socket));
    const got = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const client = connect({ port });
        client.end(data);
        return readAll(client);
      }),
    );
    for (const each of got) assert.ok(data.equals(each));
  });

  it('the number of a descriptor that a thread uses is not told', async () => {
    const { port } = await serve({}, (socket) => socket.pipe(socket));
    const raw = connectPlain(port);
    await once(raw, 'connect');
    const client = connect({ socket: raw });
    await once(client, 'secureConnect');
    for (const { _handle } of [client, raw]) {
      assert.equal(_handle.fd, -1);
      assert.throws(() => new net.Socket({ fd: _handle.fd }), RangeError);
    }
    client.write('mine');
    assert.equal(String(await readBytes(client, 4)), 'mine');
  });

  it('what is written past TLS, much more than is on its way at once, keeps its order', async () => {
    const front = net.createServer();
    const port = await listen(front);
    const [[raw], below] = await Promise.all([once(front, 'connection'), connectPlain(port)]);
    const { port: secure, server } = await serve();
    const relay = tidy(net.connect(secure, '127.0.0.1'));
    raw.pipe(relay).pipe(raw);
    const client = connect({ socket: below });
    client.on('error', () => {});
    await Promise.all([once(client, 'secureConnect'), once(server, 'secureConnection')]);
    raw.unpipe(relay);
    relay.unpipe(raw);
    const pieces = Array.from({ length: 40 }, (_, i) => Buffer.alloc(30_000, 65 + i));
    const all = Buffer.concat(pieces);
    const written = Promise.all(
      pieces.map((piece) => new Promise((resolve) => below.write(piece, resolve))),
    );
    const got = await readBytes(raw.resume(), all.length);
    assert.ok(all.equals(got));
    assert.ok((await written).every((error) => error == null));
    client.write('a record');
    assert.equal((await readBytes(raw, 5))[0], 23);
  });

  it('a chunk is a buffer of its own, whatever comes after it', async () => {
    const { client, server } = await secured();
    const chunks = [];
    server.on('data', (chunk) => chunks.push(chunk));
    for (let i = 0; i < 200; i++) {
      client.write(Buffer.alloc(1 + ((i * 997) % 30_000), i));
      if (i % 10 === 0) await once(server, 'data');
    }
    client.end();
    await once(server, 'end');
    let at = 0;
    const all = Buffer.concat(chunks);
    for (let i = 0; i < 200; i++) {
      const size = 1 + ((i * 997) % 30_000);
      assert.ok(all.subarray(at, at + size).every((byte) => byte === i));
      at += size;
    }
    assert.equal(at, all.length);
  });

  it('the function of onread gets what is received, after a pause, too', async () => {
    const text = 'to a buffer of the application';
    let received = '';
    const onread = {
      buffer: Buffer.alloc(8),
      callback(size, view) {
        received += view.toString('latin1', 0, size);
        if (received === text) this.emit('all received');
        return true;
      },
    };
    const { client, server } = await secured({ client: { onread } });
    client.pause();
    await new Promise((resolve) => server.write(text, resolve));
    const all = once(client, 'all received');
    client.resume();
    await all;
  });

  it('who does not read is sent no more than what is on its way, and others are served', async () => {
    const { port } = await serve({}, (socket) => {
      socket.on('error', () => {});
      const write = () => {
        while (!socket.destroyed && socket.write(Buffer.alloc(65_536)));
      };
      socket.on('drain', write);
      write();
    });
    const lazy = Array.from({ length: 20 }, () => connect({ port }));
    await Promise.all(lazy.map((socket) => once(socket, 'secureConnect')));
    for (const socket of lazy) socket.pause();
    const busy = connect({ port });
    let got = 0;
    busy.on('data', ({ length }) => (got += length));
    while (got < 20_000_000) await once(busy, 'data');
    for (const socket of lazy) assert.ok(socket.bytesRead <= 200_000, socket.bytesRead);
  });

  it('nothing is left behind, however connections end', async () => {
    const before = liveObjects().sessions;
    const { port } = await serve({}, (socket) => socket.on('error', () => {}).end('bye'));
    for (let round = 0; round < 5; round++) {
      const sockets = Array.from({ length: 10 }, () => connect({ port }));
      for (const [i, socket] of sockets.entries()) {
        socket.on('error', () => {});
        if (i % 3 === 0) setImmediate(() => socket.destroy());
        else if (i % 3 === 1) socket.once('secureConnect', () => socket.destroy());
        else socket.resume().once('end', () => socket.end());
      }
      await Promise.all(sockets.map((socket) => closed(socket, [])));
    }
    assert.ok((await fallsTo(before, () => liveObjects().sessions)) <= before);
  });

  (linux ? it : it.skip)("at 'close' the thread has closed the descriptor", async () => {
    const { port } = await serve({}, (socket) => socket.on('error', () => {}).resume());
    const { stdout, stderr } = await runScript(`
      const { readdirSync } = require('node:fs');
      const { once } = require('node:events');
      const descriptors = () => readdirSync('/proc/self/fd').length;
      const open = async () => {
        const socket = tls.connect({ port: ${port}, rejectUnauthorized: false });
        socket.on('error', () => {});
        await once(socket, 'secureConnect');
        return socket;
      };
      (async () => {
        (await open()).destroy();
        const counts = new Set();
        for (let i = 0; i < 20; i++) {
          const socket = await open();
          const before = descriptors();
          socket.unref();
          if (i % 2) socket.destroy();
          else socket.resetAndDestroy();
          await once(socket, 'close');
          counts.add(before - descriptors());
        }
        console.log(...counts);
      })();`);
    assert.equal(stdout, '1\n', stderr);
  });

  it('a renegotiation is refused while another is under way', async () => {
    const maxVersion = 'TLSv1.2';
    const { client, server } = await secured({ server: { maxVersion }, client: { maxVersion } });
    server.on('data', () => {});
    client.on('data', () => {});
    const first = new Promise((resolve) => client.renegotiate({}, resolve));
    // It asks this thread for its verdict on the server.
    const second = await new Promise((resolve) => {
      assert.equal(client.renegotiate({}, resolve), false);
    });
    assert.equal(second.code, 'ERR_TLS_INVALID_STATE');
    assert.equal(await first, null);
  });

  it('counters tell of threads, connections, wake-ups and what is on its way', async () => {
    const before = ioStats();
    const { client, server } = await secured();
    // A loop that is busy is not woken.
    while (ioStats().wakeups === before.wakeups) {
      client.write('x');
      await once(server, 'data');
    }
    const { threads: all } = ioStats();
    assert.ok(all.length > 0);
    assert.ok(all.reduce((sum, { connections }) => sum + connections, 0) >= 2);
    assert.ok(all.some((each) => each.wakeups > 0));
    for (const { queuedCommands, queuedReports } of all)
      assert.ok(queuedCommands < 1 << 20 && queuedReports < 1 << 20);
    client.destroy();
    server.destroy();
    await Promise.all([closed(client, []), closed(server, [])]);
    const count = ({ threads: each }) =>
      each.reduce((sum, { connections }) => sum + connections, 0);
    assert.ok(count(ioStats()) <= count(before));
  });

  it('a worker ends with its connections, at any moment, and others go on', async () => {
    const { port } = await serve({}, (socket) => socket.on('error', () => {}).pipe(socket));
    const { code, stdout, stderr } = await runScript(`
      const { Worker } = require('node:worker_threads');
      const { once } = require('node:events');
      const main = tls.connect({ port: ${port}, rejectUnauthorized: false });
      const source = \`
        const { parentPort } = require('node:worker_threads');
        const tls = require(${JSON.stringify(subjectPath)});
        for (let i = 0; i < 8; i++) {
          const socket = tls.connect({ port: ${port}, rejectUnauthorized: false }, () => {
            parentPort.postMessage('secure');
            socket.write(Buffer.alloc(300_000));
          });
          socket.on('error', () => {}).resume();
        }
        parentPort.postMessage('started');\`;
      (async () => {
        await once(main, 'secureConnect');
        for (let i = 0; i < 6; i++) {
          const worker = new Worker(source, { eval: true });
          await once(worker, 'message');
          if (i % 2) await once(worker, 'message');
          await worker.terminate();
        }
        main.write('still here');
        const [data] = await once(main, 'data');
        console.log(String(data));
        main.destroy();
      })();`);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, 'still here\n');
  });
});
