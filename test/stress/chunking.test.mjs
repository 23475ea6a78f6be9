import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { connect, tidyServer } from '../support/ends.mjs';
import { duplexPair, oneByteAtATime, reshapeInput } from '../support/duplex.mjs';
import { once, readAll } from '../support/events.mjs';
import { identity } from '../support/fixtures.mjs';
import { tidy } from '../support/cleanup.mjs';
import { tls } from '../support/subject.mjs';

/** Two secured ends whose transports `shape` has its hands on. */
async function shaped(shape, options = {}) {
  const [near, far] = duplexPair()
    .map((half) => shape(tidy(half)))
    .map(tidy);
  const server = tidyServer(tls.createServer({ ...identity('server-rsa'), ...options }));
  const accepted = once(server, 'secureConnection');
  server.emit('connection', far);
  const client = connect({ socket: near });
  await once(client, 'secureConnect');
  return { client, server: (await accepted)[0] };
}

/** Cuts what arrives into pieces of these lengths, over and over. */
function pieces(lengths) {
  return (transport) => {
    let turn = 0;
    return reshapeInput(transport, (chunk, push) => {
      for (let at = 0; at < chunk.length;) {
        const length = lengths[turn++ % lengths.length];
        push(Buffer.from(chunk.subarray(at, at + length)));
        at += length;
      }
    });
  };
}

/** Joins what arrives while the event loop turns `turns` times. */
function joined(turns) {
  return (transport) => {
    let waiting = [];
    let scheduled = false;
    const hand = (push) => {
      if (waiting.length > 0) push(Buffer.concat(waiting));
      waiting = [];
    };
    return reshapeInput(
      transport,
      (chunk, push) => {
        waiting.push(Buffer.from(chunk));
        if (scheduled) return;
        scheduled = true;
        let left = turns;
        setImmediate(function tick() {
          if (--left > 0) setImmediate(tick);
          else {
            scheduled = false;
            hand(push);
          }
        });
      },
      hand,
    );
  };
}

for (const version of ['TLSv1.2', 'TLSv1.3']) {
  describe(`records cut anyhow, ${version}`, function () {
    this.timeout(60_000);
    const options = { minVersion: version, maxVersion: version };

    it('one byte at a time, all the way', async () => {
      const { client, server } = await shaped(oneByteAtATime, options);
      const [up, down] = [randomBytes(5000), randomBytes(5000)];
      client.end(up);
      server.end(down);
      assert.deepEqual(await Promise.all([readAll(server), readAll(client)]), [up, down]);
    });

    it('in pieces of any length, written in pieces of any length', async () => {
      const lengths = fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 8 });
      const writes = fc.array(fc.integer({ min: 0, max: 50_000 }), { minLength: 1, maxLength: 12 });
      await fc.assert(
        fc.asyncProperty(lengths, writes, writes, async (cuts, ups, downs) => {
          const { client, server } = await shaped(pieces(cuts), options);
          const send = (socket, sizes) => {
            const data = sizes.map((size) => randomBytes(size));
            for (const piece of data) socket.write(piece);
            socket.end();
            return Buffer.concat(data);
          };
          const [up, down] = [send(client, ups), send(server, downs)];
          const [atServer, atClient] = await Promise.all([readAll(server), readAll(client)]);
          assert(atServer.equals(up), 'the server got something else');
          assert(atClient.equals(down), 'the client got something else');
        }),
        { numRuns: 40 },
      );
    });

    for (const turns of [1, 5]) {
      it(`joined over ${turns} turns of the event loop`, async () => {
        const { client, server } = await shaped(joined(turns), options);
        const data = randomBytes(400_000);
        for (let at = 0; at < data.length; at += 1000) client.write(data.subarray(at, at + 1000));
        server.on('end', () => server.end());
        client.resume();
        const got = readAll(server);
        await new Promise((resolve) => {
          client.write('', resolve);
        });
        client.end();
        assert(Buffer.from(await got).equals(data));
      });
    }
  });
}
