// Who else has a say in the descriptors of connections: the program that made the socket below, processes that this one
// starts, and a cluster that hands connections to its workers.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import net from 'node:net';
import { runScript } from '../support/child.mjs';
import { onCleanup, tidy } from '../support/cleanup.mjs';
import { connect, connectPlain, listen, serve } from '../support/ends.mjs';
import { closed, once } from '../support/events.mjs';
import { fixturePath, identity } from '../support/fixtures.mjs';
import { fallsTo } from '../support/memory.mjs';
import { liveObjects } from '../support/native.mjs';
import { subject, tls } from '../support/subject.mjs';
import { withIoThreads } from './support.mjs';

/** How a program that has the socket below ends it. */
const ways = {
  'destroy()': (raw) => raw.destroy(),
  'destroy(error)': (raw) => raw.destroy(new Error('on purpose')),
  'resetAndDestroy()': (raw) => raw.resetAndDestroy(),
  'end()': (raw) => raw.end(),
};

/** When it does so; `then` is called at that moment, with the program's own TLS socket. */
const moments = {
  'before anything is sent': (mine, raw, then) => then(),
  'when the first bytes have come': (mine, raw, then) => {
    const look = () => (raw.bytesRead > 0 || raw.destroyed ? then() : setImmediate(look));
    look();
  },
  "in 'secure'": (mine, raw, then) => mine.once('secure', then),
  'while much is written': (mine, raw, then) => {
    mine.once('secure', () => {
      mine.write(Buffer.alloc(2 ** 20));
      setImmediate(then);
    });
  },
};

for (const mode of ['never', 'always'])
  (subject === 'builtin' ? describe.skip : describe)(`who owns descriptors (${mode})`, () => {
    withIoThreads(mode);

    for (const side of ['client', 'server'])
      for (const [how, end] of Object.entries(ways))
        it(`the socket below a ${side}: ${how}, at any moment`, async () => {
          const before = liveObjects().sessions;
          for (const when of Object.values(moments)) {
            const peers = [];
            const made = new Promise((resolve) => {
              const front = net.createServer((raw) => {
                const options = { isServer: true, ...identity('server-ec') };
                const server = tidy(
                  new tls.TLSSocket(
                    raw.on('error', () => {}),
                    options,
                  ),
                );
                resolve([server.on('error', () => {}).resume(), raw]);
              });
              void listen(front).then((port) => {
                const raw = connectPlain(port).on('error', () => {});
                const client = connect({ socket: raw }).on('error', () => {});
                peers.push(client.resume(), raw);
              });
            });
            const server = await made;
            const [mine, raw] = side === 'client' ? peers : server;
            const [other] = side === 'client' ? server : peers;
            const over = Promise.all([mine, other].map((socket) => closed(socket, [])));
            when(mine, raw, () => end(raw));
            // Whom nobody tells that the other is gone, ends by itself.
            mine.once('end', () => mine.end());
            await over;
            raw.destroy();
          }
          assert.ok((await fallsTo(before, () => liveObjects().sessions)) <= before);
        });

    // Node's own handles, too, call nobody back who closes them again.
    it('the handle below is closed: the peer hears of it', async () => {
      const { server, port } = await serve({}, (socket) => socket.on('error', () => {}).resume());
      server.on('tlsClientError', () => {});
      for (const moment of ['connect', 'secureConnect']) {
        const peer = once(server, 'connection').then(([below]) => once(below, 'close'));
        const raw = connectPlain(port).on('error', () => {});
        const client = connect({ socket: raw }).on('error', () => {});
        await once(moment === 'connect' ? raw : client, moment);
        raw._handle.close();
        client.destroy();
        await peer;
      }
    });

    // It would hold the connection open when it is closed here.
    it('a process that is started does not inherit them', async function () {
      if (process.platform === 'win32') this.skip();
      const accepted = [];
      const { port } = await serve({}, (socket) => accepted.push(socket.on('error', () => {})));
      const client = connect({ port }).on('error', () => {});
      await once(client, 'secureConnect');
      const child = spawn('sleep', ['60'], { stdio: 'ignore' });
      onCleanup(() => child.kill());
      await once(child, 'spawn');
      const over = closed(client.resume());
      while (accepted.length === 0) await new Promise(setImmediate);
      accepted[0].end();
      await over;
    });

    it('workers of a cluster serve, each with connections that its primary has accepted, and one is killed', async () => {
      const program = `
        const cluster = require('cluster');
        const { once } = require('events');
        const { readFileSync } = require('fs');
        const file = (name) => readFileSync(${JSON.stringify(fixturePath('.'))} + '/' + name);
        if (cluster.isPrimary) {
          cluster.setupPrimary({ exec: '-', execArgv: process.execArgv });
          const workers = [cluster.fork(), cluster.fork()];
          const ports = Promise.all(workers.map((each) => once(each, 'listening').then(([{ port }]) => port)));
          const ask = async (port) => {
            const socket = tls.connect({ port, host: '127.0.0.1', servername: 'localhost', ca: file('root.crt') });
            const parts = [];
            socket.on('data', (data) => parts.push(data));
            await once(socket, 'secureConnect');
            socket.write('hello');
            await once(socket, 'data');
            return { id: String(Buffer.concat(parts)), socket };
          };
          (async () => {
            const [port] = await ports;
            const all = await Promise.all(Array.from({ length: 8 }, () => ask(port)));
            console.log([...new Set(all.map(({ id }) => id))].sort().join());
            const [first, second] = workers;
            const gone = all.filter(({ id }) => id === String(first.id)).map(({ socket }) =>
              new Promise((resolve) => socket.on('error', () => {}).on('close', resolve)));
            // Until its primary knows, a worker that is gone may be given the next connection.
            const known = ['exit', 'disconnect'].map((event) => once(first, event));
            first.process.kill('SIGKILL');
            await Promise.all([...gone, ...known]);
            const last = await ask(port);
            console.log(last.id);
            // A worker ends by itself when its connections have.
            const over = once(second, 'exit');
            second.disconnect();
            for (const { socket } of [...all, last]) socket.resume().end();
            console.log((await over)[0]);
          })();
        } else {
          tls.createServer({ cert: file('server-ec-chain.crt'), key: file('server-ec.key') }, (socket) => {
            socket.on('error', () => {}).on('data', () => socket.write(String(cluster.worker.id)));
          }).listen(0, '127.0.0.1');
        }`;
      const { code, stdout, stderr } = await runScript(program);
      assert.equal(stderr, '');
      assert.equal(stdout, '1,2\n2\n0\n');
      assert.equal(code, 0);
    });
  });
