// Where Node takes a socket's handle, or asks it something. Ours is none that Node's C++ knows: it has to be
// refused, by an error, and the connection goes on.
import assert from 'node:assert/strict';
import { fork, spawn } from 'node:child_process';
import net from 'node:net';
import { inspect } from 'node:util';
import v8 from 'node:v8';
import { MessageChannel } from 'node:worker_threads';
import { runScript } from '../support/child.mjs';
import { onCleanup, tidy } from '../support/cleanup.mjs';
import { secured } from '../support/ends.mjs';
import { once, readBytes } from '../support/events.mjs';
import { fixturePath } from '../support/fixtures.mjs';
import { builtin, subject } from '../support/subject.mjs';

/** That a connection still works, in both directions. */
async function assertWorks({ client, server }) {
  client.write('ping');
  assert.equal(String(await readBytes(server, 4)), 'ping');
  server.write('pong');
  assert.equal(String(await readBytes(client, 4)), 'pong');
}

const count = (listener) =>
  new Promise((resolve) => listener.getConnections((_, number) => resolve(number)));

describe('where Node wants the handle of a TLS socket', () => {
  for (const serialization of ['json', 'advanced']) {
    it(`child.send(): ${serialization}`, async function () {
      // The built-in says nothing until the message has arrived.
      if (subject === 'builtin') this.skip();
      const ends = await secured();
      const child = fork('-', {
        serialization,
        execArgv: ['-e', 'process.on("message", () => {}); process.send("ready")'],
      });
      onCleanup(() => child.kill());
      await once(child, 'message');
      for (const socket of [ends.client, ends.server]) {
        for (let again = 0; again < 2; again++) {
          assert.throws(() => child.send({}, socket), { code: 'ERR_INVALID_HANDLE_TYPE' });
          const error = await new Promise((resolve) =>
            child.send({}, socket, { keepOpen: true }, resolve),
          );
          assert.equal(error.code, 'EINVAL');
        }
      }
      assert.equal(await count(ends.listener), 1);
      await assertWorks(ends);
    });
  }

  it('process.send() and a worker of a cluster', async function () {
    if (subject === 'builtin') this.skip();
    const { code, stdout, stderr } = await runScript(`
      const cluster = require('cluster');
      const { readFileSync } = require('fs');
      const file = (name) => readFileSync(${JSON.stringify(fixturePath('.'))} + '/' + name);
      if (cluster.isPrimary) {
        cluster.setupPrimary({ exec: '-', execArgv: process.execArgv });
        cluster.fork().on('exit', (code, signal) => console.log('exit', code, signal));
      } else {
        const server = tls.createServer({ cert: file('server-ec-chain.crt'), key: file('server-ec.key') }, (socket) => {
          for (const how of [process, cluster.worker]) {
            try { how.send({}, socket); } catch (error) { console.log(error.code); }
          }
          socket.destroy();
          server.close(() => process.disconnect());
        }).listen(0, '127.0.0.1', () => {
          tls.connect(server.address().port, '127.0.0.1', { rejectUnauthorized: false }).on('error', () => {}).resume();
        });
      }
    `);
    assert.equal(stderr, '');
    assert.equal(code, 0);
    const refused = 'ERR_INVALID_HANDLE_TYPE\n';
    assert.equal(stdout, `${refused}${refused}exit 0 null\n`);
  });

  it('postMessage() and structuredClone()', async () => {
    const ends = await secured();
    const { port1, port2 } = new MessageChannel();
    onCleanup(() => port2.close());
    for (const list of [[], [ends.client]]) {
      assert.throws(() => port1.postMessage(ends.client, list), /DataCloneError|transfer/);
      assert.throws(() => structuredClone(ends.client, { transfer: list }), Error);
    }
    await assertWorks(ends);
  });

  it('server.listen()', async () => {
    const ends = await secured();
    for (const socket of [ends.client, ends.server]) {
      const listening = net.createServer();
      const error = await new Promise((resolve, reject) => {
        listening.on('error', resolve).on('listening', reject);
        try {
          listening.listen(socket);
        } catch (thrown) {
          resolve(thrown);
        }
      });
      assert(error instanceof Error);
      await assertWorks(ends);
    }
  });

  it('spawn() with it as stdio', async () => {
    const ends = await secured();
    assert.throws(() => spawn('true', [], { stdio: ['ignore', ends.client, 'ignore'] }), {
      code: 'ERR_INVALID_ARG_VALUE',
    });
    await assertWorks(ends);
  });

  it("the built-in's TLSSocket over it", async function () {
    const ends = await secured();
    if (subject === 'builtin') this.skip(); // That works.
    assert.throws(() => new builtin.TLSSocket(ends.client), { code: 'ERR_INTERNAL_ASSERTION' });
  });

  it('inspection: util.inspect(), active handles, a heap snapshot', async () => {
    const ends = await secured();
    assert.match(inspect(ends.client, { depth: 3, showHidden: true }), /TLSSocket/);
    assert(process._getActiveHandles().some((each) => each instanceof net.Socket));
    assert(process.getActiveResourcesInfo().length > 0);
    const snapshot = tidy(v8.getHeapSnapshot()).resume();
    await once(snapshot, 'end');
    await assertWorks(ends);
    // The snapshot is of everything that the specs before have left in the process.
  }).timeout(180_000);
});
