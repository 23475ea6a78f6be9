// How a server accepts. Where nobody listens to 'connection', a server of ours makes no net.Socket for a
// connection (lib/socket/accept.ts). Whatever a program can see besides is as with one, and as with the built-in.
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import diagnostics from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import net from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { runScript, start as startProgram } from '../support/child.mjs';
import { tidy } from '../support/cleanup.mjs';
import { connect, connectPlain, listen, serve } from '../support/ends.mjs';
import { closed, once, readAll, readBytes } from '../support/events.mjs';
import { fixturePath, identity } from '../support/fixtures.mjs';
import { socketPath } from '../support/paths.mjs';
import { subject, subjectPath, tls } from '../support/subject.mjs';

const WAYS = {
  'with nobody listening to connections': () => {},
  'with a listener of connections': (server) => server.on('connection', () => {}),
};
/** For scripts. */
const READS_FILES = `
  const { readFileSync } = require('fs');
  const file = (name) => readFileSync(${JSON.stringify(fixturePath('.'))} + '/' + name);
`;
const windows = process.platform === 'win32';

const count = (server) =>
  new Promise((resolve) => server.getConnections((_, number) => resolve(number)));

/** Comes back when the server counts so many. */
async function counts(server, number) {
  while ((await count(server)) !== number) await turn();
}

/** What is called of the handle of each connection, as [name, ...arguments]. */
function watchHandles(server, names) {
  const calls = [];
  const handle = server._handle;
  const { onconnection } = handle;
  handle.onconnection = function (status, client) {
    for (const name of names) {
      const method = client[name];
      client[name] = function (...args) {
        calls.push([name, ...args.slice(0, 2)]);
        return method.apply(this, args);
      };
    }
    return onconnection.call(this, status, client);
  };
  return calls;
}

for (const [way, listenTo] of Object.entries(WAYS)) {
  for (const over of ['tcp', 'unix']) {
    describe(`a server over ${over} ${way}`, () => {
      /** { server, where, ends(): both ends of a connection } */
      async function start(options = {}) {
        const server = tls.createServer({ ...identity('server-ec'), ...options });
        server.on('secureConnection', tidy);
        listenTo(server);
        const where = over === 'tcp' ? { port: 0, host: '127.0.0.1' } : { path: socketPath() };
        const port = await listen(server, where);
        const target = over === 'tcp' ? { port } : where;
        return {
          server,
          target,
          async ends() {
            const client = connect(target);
            const [[near]] = await Promise.all([
              once(server, 'secureConnection'),
              once(client, 'secureConnect'),
            ]);
            return { client, near };
          },
        };
      }

      it('makes a net.Socket for a connection only for those who see it', async function () {
        if (subject === 'builtin') this.skip();
        const { server, ends } = await start();
        const { near } = await ends();
        const kParent = Object.getOwnPropertySymbols(near).find(
          ({ description }) => description === 'ownssl.parent',
        );
        const seen = server.listenerCount('connection') > 1;
        assert.equal(near[kParent] instanceof net.Socket, seen || windows);
      });

      it('counts its connections, and closes when they have', async () => {
        const { server, ends } = await start();
        const first = await ends();
        const second = await ends();
        assert.equal(await count(server), 2);
        assert.equal(server._connections, 2);
        const order = [];
        first.near.on('close', () => order.push('first'));
        second.near.on('close', () => order.push('second'));
        const over = new Promise((resolve) => {
          server.close(() => resolve(order.push('server')));
        });
        first.client.resume().end();
        first.near.resume().end();
        await closed(first.near);
        await counts(server, 1);
        assert.deepEqual(order, ['first']);
        const last = closed(second.near);
        second.near.destroy();
        await Promise.all([over, last]);
        assert.deepEqual(order, ['first', 'server', 'second']);
        assert.equal(server._connections, 0);
      });

      it('counts those that never begin to talk, and lets go of them', async () => {
        const { server, target } = await start();
        server.on('tlsClientError', () => {});
        const silent = tidy(net.connect(target));
        await counts(server, 1);
        silent.destroy();
        await counts(server, 0);
        const hasty = tidy(net.connect(target)).on('error', () => {});
        hasty.end('no TLS at all\n');
        await closed(hasty.resume());
        await counts(server, 0);
      });

      it('drops what is beyond maxConnections', async () => {
        const { server, target, ends } = await start();
        const { client, near } = await ends();
        server.maxConnections = 1;
        const dropped = once(server, 'drop');
        const refused = tidy(net.connect(target));
        const [data] = await dropped;
        await closed(refused.resume());
        if (over === 'tcp') {
          assert.equal(data.localPort, target.port);
          assert.equal(data.remoteAddress, '127.0.0.1');
          assert.match(data.remoteFamily, /IPv4/);
        } else {
          assert.equal(data?.remoteAddress, undefined);
        }
        client.write('x');
        assert.equal(String(await readBytes(near, 1)), 'x');
        assert.equal(await count(server), 1);
        server.maxConnections = 2;
        await ends();
      });

      it('each connection knows the addresses, of which those that were asked for stay', async () => {
        const { ends } = await start();
        const { client, near } = await ends();
        const read = () => [
          near.remoteAddress,
          near.remotePort,
          near.remoteFamily,
          near.localAddress,
          near.localPort,
          near.address(),
        ];
        if (over === 'tcp') {
          const { localPort, remotePort } = client;
          const own = { address: '127.0.0.1', family: 'IPv4', port: remotePort };
          const expected = ['127.0.0.1', localPort, 'IPv4', '127.0.0.1', remotePort, own];
          assert.deepEqual(read(), expected);
        } else {
          assert.deepEqual(read(), [...Array(5).fill(undefined), {}]);
        }
        const [, port] = read();
        near.destroy();
        await closed(near);
        assert.equal(near.remotePort, port);
        assert.equal(near.localPort, undefined);
      });

      it('reads allowHalfOpen and pauseOnConnect at each connection', async () => {
        const { server, ends } = await start();
        assert.equal((await ends()).near.allowHalfOpen, false);
        server.allowHalfOpen = true;
        assert.equal((await ends()).near.allowHalfOpen, true);
        assert.equal((await ends()).near.isPaused(), false);
      });

      it('_parent is the net.Socket below, with the connection in its hands', async () => {
        const { server, ends } = await start();
        const { client, near } = await ends();
        const { _parent: below } = near;
        assert.equal(Object.getPrototypeOf(below), net.Socket.prototype);
        assert.equal(near._parent, below);
        assert.equal(below.server, server);
        assert.equal(below.remotePort, near.remotePort);
        assert.equal(below.destroyed, false);
        assert.equal(await count(server), 1);
        client.write('x');
        assert.equal(String(await readBytes(near, 1)), 'x');
        near.write('y');
        assert.equal(String(await readBytes(client, 1)), 'y');
        const gone = Promise.all([closed(below), closed(near), closed(client)]);
        below.destroy();
        await gone;
        await counts(server, 0);
      });

      it('_parent, first asked for when all is over, is a closed socket', async () => {
        const { server, ends } = await start();
        const { near } = await ends();
        near.destroy();
        await closed(near);
        assert.equal(near._parent.destroyed, true);
        assert.equal(await count(server), 0);
      });

      it('half-closes, times out, and counts bytes', async () => {
        const { server, ends } = await start();
        server.allowHalfOpen = true;
        const { client, near } = await ends();
        client.end('question');
        assert.equal(String(await readAll(near)), 'question');
        const idle = once(near, 'timeout');
        near.setTimeout(20);
        await idle;
        near.setTimeout(0);
        near.end('answer');
        assert.equal(String(await readAll(client)), 'answer');
        if (!near.closed) await closed(near);
        assert.equal(near.bytesRead, 8);
        assert.equal(near.bytesWritten, 6);
        await counts(server, 0);
      });

      it('setNoDelay(), setKeepAlive(), ref() and unref() of a connection', async () => {
        const { ends } = await start({ noDelay: true });
        const { client, near } = await ends();
        for (let again = 0; again < 2; again++) {
          assert.equal(near.setNoDelay(again === 0), near);
          assert.equal(near.setKeepAlive(true, 1000), near);
          assert.equal(near.unref(), near);
          // The built-in's handle does not tell.
          assert.notEqual(near._handle.hasRef?.(), true);
          assert.equal(near.ref(), near);
          assert.notEqual(near._handle.hasRef?.(), false);
        }
        client.write('x');
        assert.equal(String(await readBytes(near, 1)), 'x');
      });

      it('whoever listens from now on gets the net.Socket of each connection', async () => {
        const { server, ends } = await start();
        await ends();
        const seen = [];
        const look = (socket) => seen.push(socket);
        server.on('connection', look);
        const { near } = await ends();
        assert.equal(seen.length, 1);
        assert.equal(near._parent, seen[0]);
        assert.equal(seen[0].server, server);
        server.off('connection', look);
        await ends();
        assert.equal(seen.length, 1);
        assert.equal(await count(server), 3);
      });

      it('whoever overrides emit() sees each', async () => {
        const { server, ends } = await start();
        const seen = [];
        server.emit = function emit(event, ...args) {
          if (event === 'connection') seen.push(args[0]);
          return EventEmitter.prototype.emit.call(this, event, ...args);
        };
        const { near } = await ends();
        assert.deepEqual(seen, [near._parent]);
      });

      it("subscribers of 'net.server.socket' get each", async () => {
        const { ends } = await start();
        const seen = [];
        const hear = ({ socket }) => seen.push(socket);
        diagnostics.subscribe('net.server.socket', hear);
        try {
          const { near } = await ends();
          assert(seen.includes(near._parent));
        } finally {
          diagnostics.unsubscribe('net.server.socket', hear);
        }
      });

      it('events of a connection are in the context in which the server listens', async () => {
        const storage = new AsyncLocalStorage();
        const { server, ends } = await storage.run('listens', () => start());
        const stores = [];
        const hear = () => stores.push(storage.getStore());
        server.on('secureConnection', (near) => {
          hear();
          near.on('data', hear).on('end', hear);
        });
        const { client, near } = await ends();
        client.end('x');
        await closed(near);
        assert.equal(new Set(stores).size, 1, String(stores));
        assert.equal(stores[0], 'listens');
      });

      it('can be closed by a server of its own that listens again', async () => {
        const { server, target, ends } = await start();
        const { near } = await ends();
        near.destroy();
        await new Promise((resolve) => server.close(resolve));
        server.listen(over === 'tcp' ? { ...target, host: '127.0.0.1' } : target);
        await once(server, 'listening');
        const again = await ends();
        assert.equal(await count(server), 1);
        again.client.write('x');
        assert.equal(String(await readBytes(again.near, 1)), 'x');
      });
    });
  }

  describe(`a server ${way}`, () => {
    async function start(options) {
      const { server, port } = await serve(options);
      listenTo(server);
      return { server, port };
    }

    it('sets noDelay and keepAlive of each connection', async () => {
      const options = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 7000 };
      const { server, port } = await start(options);
      const calls = watchHandles(server, ['setNoDelay', 'setKeepAlive']);
      const accepted = once(server, 'secureConnection');
      connect({ port });
      const [near] = await accepted;
      const set = [
        ['setNoDelay', true],
        ['setKeepAlive', true, 7],
      ];
      assert.deepEqual(calls, set);
      if (subject !== 'builtin') near.setNoDelay(true);
      assert.deepEqual(calls, set, 'what is set already is not set again');
      server.noDelay = false;
      server.keepAlive = false;
      const again = once(server, 'secureConnection');
      connect({ port });
      await again;
      assert.deepEqual(calls, set, 'read at each connection');
    });

    it('refuses addresses of its blockList', async function () {
      const blockList = new net.BlockList();
      blockList.addAddress('127.0.0.1');
      const { server, port } = await start({ blockList });
      if (server.blockList === undefined) this.skip(); // This Node has none.
      const refused = connectPlain(port);
      await closed(refused.resume());
      assert.equal(await count(server), 0);
    });

    it('pauseOnConnect', async () => {
      const { server, port } = await start({ pauseOnConnect: true });
      const accepted = once(server, 'secureConnection');
      const client = connect({ port });
      const [near] = await accepted;
      client.write('x');
      assert.equal(near.isPaused(), true);
      near.resume();
      assert.equal(String(await readBytes(near, 1)), 'x');
    });

    it('resetAndDestroy() of a connection is a reset for its peer', async function () {
      if (subject === 'builtin') this.skip(); // It refuses.
      const { server, port } = await start();
      const accepted = once(server, 'secureConnection');
      const client = connect({ port });
      const [near] = await accepted;
      const errors = [];
      const gone = closed(client, errors);
      near.on('error', () => {}).resetAndDestroy();
      await gone;
      assert.deepEqual(
        errors.map(({ code }) => code),
        ['ECONNRESET'],
      );
      await counts(server, 0);
    });

    it('listen({ fd }) of a socket that somebody else has opened', async function () {
      if (windows) this.skip();
      const opener = net.createServer();
      const port = await listen(opener);
      const source = `
        const tls = require(${JSON.stringify(subjectPath)});
        ${READS_FILES}
        const server = tls.createServer({ cert: file('server-ec-chain.crt'), key: file('server-ec.key') }, (socket) => {
          socket.end('by number');
          server.close();
        });
        (${listenTo})(server);
        server.listen({ fd: 3 }, () => console.log('listens'));
      `;
      const child = startProgram(process.execPath, ['-e', source], {
        stdio: ['pipe', 'pipe', 'pipe', opener._handle.fd],
        ready: /listens/,
      });
      await child.ready;
      await new Promise((resolve) => opener.close(resolve));
      assert.equal(String(await readAll(connect({ port }))), 'by number');
      assert.equal((await child.exited).code, 0);
    });
  });

  for (const policy of ['SCHED_RR', 'SCHED_NONE']) {
    it(`in a worker of a cluster, ${policy}, ${way}`, async function () {
      if (windows) this.skip();
      const { code, stdout, stderr } = await runScript(`
        const cluster = require('cluster');
        const net = require('net');
        ${READS_FILES}
        cluster.schedulingPolicy = cluster.${policy};
        if (cluster.isPrimary) {
          cluster.setupPrimary({ exec: '-', execArgv: process.execArgv });
          cluster.fork().on('exit', (code, signal) => console.log('exit', code, signal));
        } else {
          const server = tls.createServer({ cert: file('server-ec-chain.crt'), key: file('server-ec.key') }, (socket) => {
            const { _parent: below } = socket;
            console.log(below instanceof net.Socket, below.server === server, server._connections);
            socket.end('done');
          });
          (${listenTo})(server);
          server.listen(0, '127.0.0.1', () => {
            const client = tls.connect(server.address().port, '127.0.0.1', { rejectUnauthorized: false });
            client.on('data', (data) => console.log(String(data))).on('close', () => {
              server.close(() => {
                console.log('closed', server._connections);
                process.disconnect();
              });
            });
          });
        }
      `);
      assert.equal(stderr, '');
      assert.equal(code, 0);
      assert.equal(stdout, 'true true 1\ndone\nclosed 0\nexit 0 null\n');
    });
  }
}

it('NODE_DEBUG=net tells of each connection', async () => {
  const { stderr } = await runScript(
    `
    ${READS_FILES}
    const server = tls.createServer({ cert: file('server-ec-chain.crt'), key: file('server-ec.key') }, (socket) => {
      socket.end();
      server.close();
    }).listen(0, '127.0.0.1', () => {
      tls.connect(server.address().port, '127.0.0.1', { rejectUnauthorized: false }).resume();
    });
    `,
    { env: { NODE_DEBUG: 'net' } },
  );
  assert.match(stderr, /NET \d+: onconnection/);
});

// On Windows there is a net.Socket, as of Node, which waits for its peer then.
(subject === 'builtin' || process.platform === 'win32' ? it.skip : it)(
  'an exception while a connection is taken is one of the process, and ends the connection',
  async () => {
    const { code, stdout } = await runScript(`
      const net = require('net');
      const server = tls.createServer();
      process.on('uncaughtException', (error) => console.log(error.code));
      server.listen(0, '127.0.0.1', () => {
        server._sharedCreds = { context: 'none' };
        const client = net.connect(server.address().port, '127.0.0.1').resume();
        client.on('error', () => {}).on('close', () => {
          console.log('closed', server._connections);
          server.close();
        });
      });
    `);
    assert.equal(stdout, 'ERR_TLS_INVALID_CONTEXT\nclosed 0\n');
    assert.equal(code, 0);
  },
);
