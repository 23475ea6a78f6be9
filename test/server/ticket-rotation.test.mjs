import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { start } from '../support/child.mjs';
import { onCleanup } from '../support/cleanup.mjs';
import { connect, serve } from '../support/ends.mjs';
import { once } from '../support/events.mjs';
import { fixturePath } from '../support/fixtures.mjs';
import { temporaryFolder } from '../support/paths.mjs';
import { subject, subjectPath, tls } from '../support/subject.mjs';

const nameOf = (key) => key.subarray(0, 16).toString('hex');

/** Whether a connection is resumed, and its last session. */
async function visit(port, session) {
  const client = connect({ port, session });
  let given;
  client.on('session', (each) => (given = each));
  await once(client, 'secureConnect');
  const reused = client.isSessionReused();
  await once(client.resume(), 'end');
  return { reused, session: given, ticket: nameOf(client.getTLSTicket() ?? Buffer.alloc(0)) };
}

describe('ticketRotation', function () {
  this.timeout(30_000);
  before(function () {
    if (subject === 'builtin') this.skip(); // The built-in module has none.
  });

  const greets = (options) => serve(options, (socket) => socket.on('error', () => {}).end('x'));

  it('changes the keys by itself, keeps the older ones, and renews what came by them', async () => {
    const { server, port } = await greets({ ticketRotation: { every: 3, keep: 1 } });
    const first = server.getTicketKeys();
    assert.equal(first.length, 80);
    const old = await visit(port);
    await once(server, 'ticketRotation');
    const second = server.getTicketKeys();
    assert.notDeepEqual(second, first);
    const renewed = await visit(port, old.session);
    assert.equal(renewed.reused, true);
    await once(server, 'ticketRotation');
    assert.equal((await visit(port, renewed.session)).reused, true);
    assert.equal((await visit(port, old.session)).reused, false);
  });

  it('keys that were given are the first of the older ones', async () => {
    const given = Buffer.alloc(48, 9);
    const sessionIdContext = 'same';
    const old = await visit((await greets({ ticketKeys: given, sessionIdContext })).port);
    const ticketRotation = { every: 3600, keep: 1 };
    const { server, port } = await greets({ ticketKeys: given, ticketRotation, sessionIdContext });
    assert.notDeepEqual(server.getTicketKeys(), given);
    assert.equal((await visit(port, old.session)).reused, true);
  });

  it('goes on over setSecureContext(), and ends with setTicketKeys()', async () => {
    const { server, port } = await greets({ ticketRotation: { every: 3600 } });
    const { session } = await visit(port);
    const key = server.getTicketKeys();
    server.setSecureContext({
      cert: server.cert,
      key: server.key,
    });
    assert.deepEqual(server.getTicketKeys(), key);
    assert.equal((await visit(port, session)).reused, true);
    server.setTicketKeys(Buffer.alloc(48, 1));
    assert.deepEqual(server.getTicketKeys(), Buffer.alloc(48, 1));
    assert.equal((await visit(port, session)).reused, false);
    assert.equal(server._getServerData().ownssl, undefined);
  });

  it('ends with a setSecureContext() that has ticketKeys', async () => {
    const { server } = await greets({ ticketRotation: { every: 3600 } });
    const ticketKeys = Buffer.alloc(48, 2);
    server.setSecureContext({ cert: server.cert, key: server.key, ticketKeys });
    assert.deepEqual(server.getTicketKeys(), ticketKeys);
    assert.equal(server._getServerData().ownssl, undefined);
  });

  it('servers without a group have keys of their own, those of one group the same', async () => {
    const make = (group) => tls.createServer({ ticketRotation: { every: 3600, group } });
    const [a, b, c, d, e] = [undefined, undefined, 'one', 'one', 'two'].map(make);
    const names = [a, b, c, d, e].map((server) => nameOf(server.getTicketKeys()));
    assert.equal(new Set(names).size, 4);
    assert.equal(names[2], names[3]);
  });

  it('worker threads of one group have the same ring', async () => {
    const source = `
      const { parentPort, workerData } = require('node:worker_threads');
      const { readFileSync } = require('node:fs');
      const tls = require(workerData.subjectPath);
      const server = tls.createServer({
        cert: readFileSync(workerData.cert), key: readFileSync(workerData.key),
        sessionIdContext: 'same', ticketRotation: { every: 1, keep: 15, group: 'threads' },
      }, (socket) => socket.on('error', () => {}).end('x'));
      server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
      parentPort.on('message', () => {
        parentPort.postMessage(server.getTicketKeys().toString('hex'));
      });`;
    const workerData = {
      subjectPath,
      cert: fixturePath('server-ec-chain.crt'),
      key: fixturePath('server-ec.key'),
    };
    const threads = [1, 2].map(() => new Worker(source, { eval: true, workerData }));
    onCleanup(() => Promise.all(threads.map((each) => each.terminate())));
    const ports = await Promise.all(threads.map(async (each) => (await once(each, 'message'))[0]));
    const { session, ticket } = await visit(ports[0]);
    assert.equal((await visit(ports[1], session)).reused, true);
    // Here is a third of the group, which turns with them.
    const { server } = await greets({
      ticketRotation: { every: 1, keep: 15, group: 'threads' },
      sessionIdContext: 'same',
    });
    await once(server, 'ticketRotation');
    const renewed = await visit(ports[1], session);
    assert.equal(renewed.reused, true);
    assert.notEqual(renewed.ticket, ticket);
    assert.equal((await visit(ports[0], renewed.session)).reused, true);
    assert.equal((await visit(server.address().port, renewed.session)).reused, true);
  });

  it('workers of a cluster have the same ring, one that comes later too', async () => {
    const source = `
      const cluster = require('node:cluster');
      const { readFileSync } = require('node:fs');
      if (cluster.isPrimary) {
        // The primary knows nothing of ownssl.
        cluster.schedulingPolicy = cluster.SCHED_RR;
        const fork = () => {
          const worker = cluster.fork();
          worker.on('message', (message) => {
            console.log(JSON.stringify({ worker: worker.id, ...message }));
          });
        };
        process.stdin.on('data', fork);
        fork();
      } else {
        const tls = require(${JSON.stringify(subjectPath)});
        const server = tls.createServer({
          cert: readFileSync(${JSON.stringify(fixturePath('server-ec-chain.crt'))}),
          key: readFileSync(${JSON.stringify(fixturePath('server-ec.key'))}),
          // A slow machine takes seconds to start a worker, and the session has to outlive that.
          ticketRotation: { every: 1, keep: 15 },
        }, (socket) => socket.on('error', () => {}).end(String(cluster.worker.id)));
        server.listen(0, '127.0.0.1', () => {
          process.send({ port: server.address().port });
        });
        const keys = () => server._getServerData().ownssl.ring.map((each) => each.slice(0, 32));
        server.on('ticketRotation', () => process.send({ ring: keys() }));
      }`;
    const file = join(temporaryFolder(), 'cluster.cjs');
    writeFileSync(file, source);
    const child = start(process.execPath, [file]);
    const [, port] = await child.shows(/"worker":1,"port":(\d+)/);
    const { session } = await visit(Number(port));
    // The second worker begins when the first has turned its keys already.
    const [, first] = await child.shows(/"worker":1,"ring":\["(\w+)"/);
    child.process.stdin.write('fork\n');
    await child.shows(/"worker":2,"port"/);
    const rings = new Map();
    await child.shows(/"worker":2,"ring":\["\w+"[\s\S]*"worker":1,"ring"/);
    for (const line of child.output().trim().split('\n')) {
      const { worker, ring } = JSON.parse(line);
      if (ring) rings.set(`${worker} ${ring[0]}`, ring);
    }
    const newest = [...rings.keys()].filter((each) => each.startsWith('2 '));
    assert(newest.length > 0);
    for (const each of newest) {
      const other = rings.get(each.replace('2 ', '1 '));
      assert(other, 'the first worker has had the same newest key');
    }
    assert.notEqual(newest[0], `2 ${first}`);
    assert(rings.get(newest[0]).includes(first), 'the second worker has the older keys, too');
    // Round robin: whoever it is that gets the connection.
    for (let i = 0; i < 4; ++i) {
      const client = connect({ port: Number(port), session });
      await once(client, 'secureConnect');
      assert.equal(client.isSessionReused(), true);
      client.destroy();
    }
  });

  it('bad options are errors', () => {
    for (const [ticketRotation, code] of [
      [1, 'ERR_INVALID_ARG_TYPE'],
      [[], 'ERR_INVALID_ARG_TYPE'],
      [{}, 'ERR_INVALID_ARG_TYPE'],
      [{ every: 0.5 }, 'ERR_OUT_OF_RANGE'],
      [{ every: NaN }, 'ERR_OUT_OF_RANGE'],
      [{ every: 1, keep: -1 }, 'ERR_OUT_OF_RANGE'],
      [{ every: 1, keep: 16 }, 'ERR_INVALID_ARG_VALUE'],
      [{ every: 1, group: 1 }, 'ERR_INVALID_ARG_TYPE'],
    ])
      assert.throws(() => tls.createServer({ ticketRotation }), { code });
    for (const none of [undefined, null]) tls.createServer({ ticketRotation: none });
  });
});
