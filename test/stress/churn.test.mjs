import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { connect, secured, serve, transports } from '../support/ends.mjs';
import { duplexPair } from '../support/duplex.mjs';
import { closed, once } from '../support/events.mjs';
import { collect, settles } from '../support/memory.mjs';
import { liveObjects } from '../support/native.mjs';
import { seededRandom } from '../support/random.mjs';
import { ca, identity } from '../support/fixtures.mjs';
import { tls } from '../support/subject.mjs';

const total = (counts) =>
  counts === null ? null : Object.values(counts).reduce((sum, count) => sum + count, 0);
const live = () => {
  const counts = liveObjects();
  return counts !== null && typeof counts === 'object' ? total(counts) : counts;
};
/** Objects more than before. Fewer are fine: those of earlier tests may have gone meanwhile. */
const more = (before) => () => Math.max(0, (live() ?? 0) - (before ?? 0));

describe('many connections', function () {
  this.timeout(120_000);

  /** Opens connections to `open`'s server and destroys one end of each at a random moment; some live to the end. */
  async function churn(count, random, { server, target }) {
    server.on('tlsClientError', () => {});
    const gone = [];
    server.on('secureConnection', (peer) => {
      gone.push(closed(peer));
      peer.pipe(peer);
      if (random.next(4) === 0) peer.destroy();
    });
    const one = async () => {
      const socket = connect(await target());
      const finished = closed(socket);
      socket.resume();
      const kind = random.next(6);
      if (kind === 0) socket.destroy();
      else if (kind === 1) {
        for (let turns = random.next(20); turns > 0; turns--) await turn();
        socket.destroy();
      } else if (kind === 2) {
        socket.write(Buffer.alloc(random.next(200_000)));
        for (let turns = random.next(40); turns > 0; turns--) await turn();
        socket.destroy(new Error('at random'));
      } else if (kind === 3) {
        socket.once('secureConnect', () => socket.destroy());
      } else if (kind === 4) {
        socket.once('connect', () => setImmediate(() => socket.destroy()));
        socket.once('secure', () => socket.destroy());
      } else socket.end(Buffer.alloc(random.next(50_000)));
      await finished;
    };
    for (let started = 0; started < count; started += 20) {
      await Promise.all(Array.from({ length: Math.min(20, count - started) }, one));
    }
    // A server's handshake may end when its client has gone long ago; without a listener nobody would read that.
    const connections = promisify(server.getConnections.bind(server));
    while ((await connections()) > 0) await turn();
    await Promise.all(gone);
  }

  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    it(`1,000 connections, destroyed at random moments, leave nothing behind, ${version}`, async () => {
      const random = seededRandom();
      const options = { minVersion: version, maxVersion: version };
      const { server, port } = await serve(options);
      const secureContext = tls.createSecureContext({ ca });
      const target = () => ({ port, secureContext });

      await churn(100, random, { server, target });
      server.removeAllListeners('secureConnection');
      await collect();
      const before = live();
      const memory = process.memoryUsage();

      await churn(1000, random, { server, target });
      server.removeAllListeners('secureConnection');
      assert.equal(
        await settles(more(before), 0),
        0,
        `seed ${random.seed}: native objects are left`,
      );
      await collect();
      const after = process.memoryUsage();
      const grown = {
        heap: after.heapUsed - memory.heapUsed,
        external: after.external - memory.external,
      };
      assert(grown.heap < 16 << 20, `seed ${random.seed}: the heap grew by ${grown.heap} bytes`);
      assert(
        grown.external < 8 << 20,
        `seed ${random.seed}: external memory grew by ${grown.external} bytes`,
      );
    });
  }

  it('300 connections over Duplex streams, destroyed at random moments, all close', async () => {
    const random = seededRandom();
    const server = tls.createServer(identity('server-ec'));
    const target = () => {
      const [near, far] = duplexPair();
      for (const half of [near, far]) half.on('error', () => {});
      server.emit('connection', far);
      return { socket: near };
    };
    await churn(300, random, { server, target });
  });

  it('connections that are dropped without a word are collected', async () => {
    const before = await settles(live, 0, 10);
    const references = [];
    await (async () => {
      for (let i = 0; i < 20; i++) {
        const [near] = duplexPair();
        const socket = tls.connect({ socket: near, ca });
        socket.on('error', () => {});
        references.push(new WeakRef(socket));
      }
    })();
    const alive = () => references.filter((reference) => reference.deref()).length;
    assert((await settles(alive, 0)) <= 1, `${alive()} of 20 sockets were never collected`);
    assert.equal(await settles(more(before), 0), 0);
  });

  for (const over of transports) {
    it(`a connection survives garbage collection in every state, over ${over}`, async () => {
      const opening = secured({ over });
      for (let i = 0; i < 5; i++) await collect();
      const { client, server } = await opening;
      server.pipe(server);
      let got = 0;
      client.on('data', (data) => {
        got += data.length;
      });
      for (let i = 0; i < 5; i++) {
        client.write(Buffer.alloc(30_000));
        await collect();
      }
      client.end();
      await once(client, 'end');
      assert.equal(got, 150_000);
    });
  }
});
