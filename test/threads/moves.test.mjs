// Connections with `ioThreads: 'auto'` move between the event loop and an I/O thread while they are open, when
// the load of the loop changes. Nothing of that is seen.
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import { createRequire } from 'node:module';
import { setImmediate as turn } from 'node:timers/promises';
import { runScript } from '../support/child.mjs';
import { onCleanup } from '../support/cleanup.mjs';
import { connect, connectPlain, secured, serve, versionIs } from '../support/ends.mjs';
import { once, readAll, readBytes } from '../support/events.mjs';
import { fallsTo } from '../support/memory.mjs';
import { liveObjects } from '../support/native.mjs';
import { subject, subjectPath, tls } from '../support/subject.mjs';

const { ioStats } =
  subject === 'ownssl' ? createRequire(import.meta.url)('../../dist/native/io.js') : {};

const { native } =
  subject === 'ownssl' ? createRequire(import.meta.url)('../../dist/native/addon.js') : {};

/** The ends that a test looks at. */
const watched = new Set();
const watch = (socket) => {
  watched.add(socket);
  return socket;
};

/** How many of them are in threads. */
const inThreads = () => [...watched].filter(({ _handle }) => _handle?.pump.threaded).length;

/** How many connections I/O threads have, for whomever. */
const ofThreads = () => ioStats().threads.reduce((sum, { connections }) => sum + connections, 0);

const { eventLoopUtilization } = performance;
let time = 0;

/** From now on the event loop counts as so busy: 0 to 1. */
function setLoad(share) {
  performance.eventLoopUtilization = () => {
    time += 2000;
    return { active: time * share, idle: time * (1 - share), utilization: share };
  };
}

/** One end speaks and the other answers, so often that both look at the load. */
async function talk(client, server, times = 80) {
  for (let i = 0; i < times; i++) {
    client.write(`question ${i}`);
    assert.equal(String(await readBytes(server, `question ${i}`.length)), `question ${i}`);
    server.write(`answer ${i}`);
    assert.equal(String(await readBytes(client, `answer ${i}`.length)), `answer ${i}`);
  }
}

/** Talks until so many connections are in threads. */
async function talkUntil(client, server, wanted) {
  for (let i = 0; i < 50 && inThreads() !== wanted; i++) await talk(client, server, 20);
  assert.equal(inThreads(), wanted);
}

const auto = { ioThreads: 'auto' };

/** Both ends, of which those that are named may move. */
async function pair(who, { server = {}, client = {}, ...others } = {}) {
  setLoad(0.3);
  const ends = await secured({
    server: { ...(who === 'client' ? {} : auto), ...server },
    client: { ...(who === 'server' ? {} : auto), ...client },
    ...others,
  });
  watch(ends.client);
  watch(ends.server);
  return ends;
}

(subject === 'builtin' || process.platform === 'win32' ? describe.skip : describe)(
  'connections that move',
  () => {
    let mode;
    before(() => {
      mode = tls.ioThreads;
      tls.ioThreads = 'never';
    });
    after(() => {
      tls.ioThreads = mode;
    });
    afterEach(() => {
      watched.clear();
      performance.eventLoopUtilization = eventLoopUtilization;
    });

    for (const version of ['TLSv1.2', 'TLSv1.3']) {
      for (const over of ['tcp', 'unix']) {
        for (const [who, count] of [
          ['server', 1],
          ['client', 1],
          ['both', 2],
        ]) {
          it(`there and back, ${version}, ${over}, ${who}`, async () => {
            const { client, server } = await pair(who, { over, client: versionIs(version) });
            const before = [client, server].map((socket) => [
              socket.remoteAddress,
              socket.remotePort,
              socket.localPort,
              socket.exportKeyingMaterial(16, 'label').toString('hex'),
            ]);
            await talk(client, server);
            assert.equal(inThreads(), 0);
            for (let i = 0; i < 3; i++) {
              setLoad(0.9);
              await talkUntil(client, server, count);
              setLoad(0.3); // Neither busy nor idle, so nothing moves.
              await talk(client, server);
              assert.equal(inThreads(), count);
              setLoad(0.05);
              await talkUntil(client, server, 0);
            }
            const after = [client, server].map((socket) => [
              socket.remoteAddress,
              socket.remotePort,
              socket.localPort,
              socket.exportKeyingMaterial(16, 'label').toString('hex'),
            ]);
            assert.deepEqual(after, before);
            const ended = Promise.all([readAll(client), readAll(server)]);
            client.end();
            await ended;
          });
        }
      }
    }

    it('where no thread can have it, it does not try again', async () => {
      const addon = native();
      const { IoConnection } = addon;
      onCleanup(() => (addon.IoConnection = IoConnection));
      let attempts = 0;
      // As one that finds a key in a token.
      addon.IoConnection = function refused() {
        attempts += 1;
        throw new Error('The key is in a token');
      };
      const { client, server } = await pair('client');
      setLoad(0.9);
      await talk(client, server, 200);
      assert.equal(attempts, 1);
      assert.equal(inThreads(), 0);
      // Another connection asks for itself.
      const others = await pair('client');
      setLoad(0.9);
      await talk(others.client, others.server);
      assert.equal(attempts, 2);
    });

    it("not with 'never', nor with 'always', nor over a Duplex", async () => {
      setLoad(0.3);
      for (const [options, there] of [
        [{ ioThreads: 'never' }, 0],
        [{ ioThreads: 'always' }, 2],
      ]) {
        const { client, server } = await secured({ server: options, client: options });
        watched.clear();
        watch(client);
        watch(server);
        for (const load of [0.9, 0.05]) {
          setLoad(load);
          await talk(client, server, 100);
          assert.equal(inThreads(), there);
        }
        const ends = [once(client, 'close'), once(server, 'close')];
        client.destroy();
        server.destroy();
        await Promise.all(ends);
      }
      const { client, server } = await pair('both', { over: 'duplex' });
      setLoad(0.9);
      await talk(client, server, 100);
      assert.equal(inThreads(), 0);
    });

    it('counts of bytes, of plaintext and of ciphertext, go on', async () => {
      setLoad(0.3);
      const { port } = await serve(auto, (socket) => watch(socket).pipe(socket));
      const raw = connectPlain(port);
      await once(raw, 'connect');
      const client = watch(connect({ socket: raw, ...auto }));
      await once(client, 'secureConnect');
      let [sent, below] = [0, 0];
      for (const load of [0.3, 0.9, 0.05, 0.9]) {
        setLoad(load);
        for (let i = 0; i < 100; i++) {
          client.write('x'.repeat(100));
          await readBytes(client, 100);
        }
        sent += 10_000;
        assert.deepEqual([client.bytesWritten, client.bytesRead], [sent, sent]);
        assert.ok(raw.bytesWritten > sent && raw.bytesRead > sent);
        assert.ok(raw.bytesWritten > below);
        below = raw.bytesWritten;
      }
      assert.equal(inThreads(), 2);
    });

    it('a transfer each way, of chunks of many sizes, while the load changes', async () => {
      const halfOpen = { allowHalfOpen: true };
      const { client, server } = await pair('both', { server: halfOpen, client: halfOpen });
      const data = randomBytes(3_000_000);
      let moves = 0;
      let last = 0;
      const flip = setInterval(() => {
        setLoad(Math.random() < 0.5 ? 0.9 : 0.05);
        if (inThreads() !== last) moves++;
        last = inThreads();
      }, 1);
      const send = async (socket) => {
        for (let at = 0; at < data.length;) {
          const size = 1 + Math.floor(Math.random() ** 4 * 60_000);
          const written = new Promise((resolve) => {
            socket.write(data.subarray(at, at + size), resolve);
          });
          at += size;
          if (Math.random() < 0.3) await written;
          if (Math.random() < 0.1) await turn();
        }
        socket.end();
      };
      const receive = (socket) => {
        socket.on('data', () => {
          if (Math.random() > 0.1) return;
          socket.pause();
          setImmediate(() => socket.resume());
        });
        return readAll(socket);
      };
      const [atServer, atClient] = await Promise.all([
        receive(server),
        receive(client),
        send(client),
        send(server),
      ]);
      clearInterval(flip);
      assert.ok(data.equals(atServer));
      assert.ok(data.equals(atClient));
      assert.ok(moves > 0);
    });

    it('a write, an end or a destruction at the moment of a move', async () => {
      const [live, threaded] = [liveObjects(), ofThreads()];
      const sizes = [1, 2000, 300_000];
      for (let i = 0; i < 90; i++) {
        const { client, server } = await pair('both');
        const load = i % 2 === 0 ? 0.9 : 0.05;
        if (load === 0.05) {
          setLoad(0.9);
          await talkUntil(client, server, 2);
        }
        setLoad(load);
        // So it is about to move, or is moving, or has just moved.
        for (let j = 0; j < 30 + (i % 7); j++) {
          client.write('x');
          await readBytes(server, 1);
        }
        for (let j = 0; j < i % 4; j++) await turn();
        const size = sizes[i % 3];
        const received = readAll(server);
        if (i % 9 < 6) {
          client.write(Buffer.alloc(size, 'y'));
          client.end();
          assert.equal((await received).length, size);
          server.end();
          await Promise.all([client.resume(), once(client, 'close')]);
        } else {
          const gone = [once(client, 'close'), once(server, 'close')];
          received.catch(() => {});
          server.on('error', () => {});
          client.destroy();
          await Promise.all(gone);
        }
        client.destroy();
        server.destroy();
        watched.clear();
      }
      const left = await fallsTo(threaded, ofThreads);
      assert.ok(left <= threaded, `${left} connections in threads, ${threaded} before`);
      const now = await fallsTo(live, liveObjects);
      assert.ok(now <= live, `${now} native objects, ${live} before`);
    });

    it('a reader that is paused keeps what was received', async () => {
      const { client, server } = await pair('both');
      await talk(client, server);
      setLoad(0.9);
      server.pause();
      const data = randomBytes(500_000);
      client.write(data);
      for (let i = 0; i < 40; i++) {
        server.write('x');
        await readBytes(client, 1);
      }
      setLoad(0.05);
      server.resume();
      assert.ok(data.equals(await readBytes(server, data.length)));
      await talk(client, server);
      await talkUntil(client, server, 0);
    });

    for (const before of ['on the loop', 'in a thread']) {
      it(`a renegotiation, of TLS 1.2, after a move: ${before} first`, async () => {
        const { client, server } = await pair('both', { client: versionIs('TLSv1.2') });
        setLoad(0.9);
        await talkUntil(client, server, 2);
        if (before === 'in a thread') {
          setLoad(0.05);
          await talkUntil(client, server, 0);
        }
        setLoad(0.3);
        client.resume();
        server.resume();
        for (const asks of [server, client]) {
          await new Promise((resolve, reject) => {
            assert.ok(asks.renegotiate({}, (error) => (error ? reject(error) : resolve())));
          });
          await talk(client, server, 5);
        }
      });
    }

    it('into the buffer of `onread`', async () => {
      setLoad(0.3);
      const { port } = await serve(auto, (socket) => watch(socket).pipe(socket));
      let text = '';
      let more = () => {};
      const client = connect({
        port,
        ...auto,
        onread: {
          buffer: Buffer.alloc(7),
          callback(size, buffer) {
            text += buffer.subarray(0, size).toString();
            more();
          },
        },
      });
      watch(client);
      await once(client, 'secureConnect');
      for (const [load, wanted] of [
        [0.9, 2],
        [0.05, 0],
        [0.9, 2],
      ]) {
        setLoad(load);
        for (let i = 0; i < 80; i++) {
          text = '';
          client.write('more than fits into it');
          while (text !== 'more than fits into it') await new Promise((r) => (more = r));
        }
        assert.equal(inThreads(), wanted);
      }
    });

    it('setNoDelay(), setKeepAlive(), ref() and unref() work on what there is', async () => {
      const { client, server } = await pair('client');
      client.unref();
      setLoad(0.9);
      await talkUntil(client, server, 1);
      const { _handle: handle } = client;
      assert.equal(handle.hasRef(), false);
      client.setNoDelay(true).setKeepAlive(true, 1000).ref();
      assert.equal(handle.hasRef(), true);
      setLoad(0.05);
      await talkUntil(client, server, 0);
      assert.equal(handle.hasRef(), true);
      client.setNoDelay(false).setKeepAlive(false);
      assert.ok(handle.fd > 0);
    });

    it('events stay in the async context of the connection', async () => {
      const { client, server } = await pair('server');
      const storage = new AsyncLocalStorage();
      const seen = new Set();
      server.on('data', () => seen.add(storage.getStore()));
      await storage.run('elsewhere', async () => {
        for (const load of [0.9, 0.05]) {
          setLoad(load);
          for (let i = 0; i < 80; i++) {
            client.write('x');
            await once(server, 'data');
          }
        }
      });
      assert.deepEqual([...seen], [undefined]);
    });

    it('requests over kept connections, with bodies of many sizes', async () => {
      setLoad(0.3);
      const web = http.createServer((request, response) => request.pipe(response));
      const { port } = await serve(auto, (socket) => web.emit('connection', watch(socket)));
      const agent = new http.Agent({ keepAlive: true, maxSockets: 3 });
      agent.createConnection = () => watch(connect({ port, ...auto }));
      onCleanup(() => agent.destroy());
      const places = new Set();
      const post = async (size) => {
        const request = http.request({ agent, method: 'POST', host: 'localhost' });
        request.end(Buffer.alloc(size, 'z'));
        const [response] = await once(request, 'response');
        assert.equal((await readAll(response)).length, size);
      };
      for (const load of [0.3, 0.9, 0.05, 0.9, 0.05]) {
        setLoad(load);
        for (let i = 0; i < 60; i++) {
          await Promise.all([post(0), post(i * 500), post(20)]);
          places.add(inThreads());
        }
      }
      assert.ok(places.has(0) && places.has(6), [...places].join());
    });

    it('a process ends that has a connection which has moved and is not waited for', async () => {
      const { port } = await serve({}, (socket) => socket.on('error', () => {}).pipe(socket));
      const { code, stdout, stderr } = await runScript(`
        let time = 0;
        performance.eventLoopUtilization = () => ({ active: time += 2000, idle: 0, utilization: busy });
        let busy = 0.3;
        const socket = tls.connect({ port: ${port}, rejectUnauthorized: false, ioThreads: 'auto' });
        socket.on('secureConnect', () => { busy = 0.9; socket.write('x'); });
        let count = 0;
        socket.on('data', () => {
          if (++count < 100) socket.write('x');
          else {
            const { ioThreads } = tls.getStats();
            console.log(ioThreads.threads.reduce((sum, { connections }) => sum + connections, 0));
            socket.unref();
          }
        });`);
      assert.equal(code, 0, stderr);
      assert.equal(stdout, '1\n');
    });

    it('workers that are terminated while their connections move', async () => {
      const { port } = await serve({}, (socket) => socket.on('error', () => {}).pipe(socket));
      const { code, stdout, stderr } = await runScript(`
        const { Worker } = require('node:worker_threads');
        const source = ${JSON.stringify(`
          const { parentPort } = require('node:worker_threads');
          const tls = require(${JSON.stringify(subjectPath)});
          let [time, share] = [0, 0.3];
          performance.eventLoopUtilization = () =>
            ({ active: time += 2000, idle: 0, utilization: share = share > 0.5 ? 0.05 : 0.9 });
          let count = 0;
          for (let i = 0; i < 5; i++) {
            const socket = tls.connect({ port: ${port}, rejectUnauthorized: false, ioThreads: 'auto' });
            socket.write('x');
            socket.on('data', () => {
              socket.write('x');
              if (++count === 500) parentPort.postMessage('going on');
            });
          }
        `)};
        let ended = 0;
        for (let i = 0; i < 6; i++) {
          const worker = new Worker(source, { eval: true });
          worker.once('message', () => setTimeout(() => worker.terminate(), i * 3));
          worker.once('exit', () => ++ended === 6 && console.log('all have ended'));
        }`);
      assert.equal(code, 0, stderr);
      assert.equal(stdout, 'all have ended\n');
    });

    it('a process that exits while its connections move', async () => {
      const { port } = await serve({}, (socket) => socket.on('error', () => {}).pipe(socket));
      for (const last of [100, 131, 163, 164, 165, 200]) {
        const { code, stderr } = await runScript(`
          let [time, share] = [0, 0.3];
          performance.eventLoopUtilization = () =>
            ({ active: time += 2000, idle: 0, utilization: share = share > 0.5 ? 0.05 : 0.9 });
          let count = 0;
          const socket = tls.connect({ port: ${port}, rejectUnauthorized: false, ioThreads: 'auto' });
          socket.write('x');
          socket.on('data', () => {
            socket.write('x');
            if (++count === ${last}) process.exit(7);
          });`);
        assert.equal(code, 7, stderr);
      }
    });
  },
);
