import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { duplexPair } from '../support/duplex.mjs';
import { connect, secured, tidyServer, transports } from '../support/ends.mjs';
import { once } from '../support/events.mjs';
import { identity } from '../support/fixtures.mjs';
import { tidy } from '../support/cleanup.mjs';
import { tls } from '../support/subject.mjs';

const chunk = Buffer.alloc(64 * 1024, 'b');

/**
 * Writes until told to stop and the pipe stays full for a while. Gives the number of bytes that went in. The writer is
 * full at the end, whenever a thread has taken the last of what fits.
 */
async function fill(writer) {
  let written = 0;
  for (let idle = 0; idle < 50 || !writer.writableNeedDrain;) {
    if (writer.writableNeedDrain) {
      await turn();
      idle++;
    } else {
      writer.write(chunk);
      written += chunk.length;
      idle = 0;
    }
    assert(written < 200 << 20, 'a reader that reads nothing does not stop the writer');
  }
  return written;
}

for (const over of transports) {
  describe(`backpressure over ${over}`, () => {
    for (const [from, to] of [
      ['client', 'server'],
      ['server', 'client'],
    ]) {
      it(`a reader that reads nothing stops the writer: ${from} to ${to}`, async () => {
        const ends = await secured({ over });
        const [writer, reader] = [ends[from], ends[to]];
        const written = await fill(writer);
        assert(reader.readableLength <= reader.readableHighWaterMark + (1 << 20));
        let got = 0;
        reader.on('data', (data) => {
          got += data.length;
        });
        await once(writer, 'drain');
        writer.end();
        await once(reader, 'end');
        assert.equal(got, written);
      });
    }

    it('pause() stops, resume() goes on', async () => {
      const { client, server } = await secured({ over });
      let got = 0;
      let flowing = true;
      server.on('data', (data) => {
        assert(flowing, "'data' while paused");
        got += data.length;
        if (got === data.length) {
          server.pause();
          flowing = false;
        }
      });
      client.write(chunk);
      await once(server, 'pause');
      const written = chunk.length + (await fill(client));
      assert(got < written);
      const rest = once(server, 'end');
      flowing = true;
      server.resume();
      client.end();
      await rest;
      assert.equal(got, written);
    });

    it('write() returns false, and drain comes, once per filling', async () => {
      const { client, server } = await secured({ over });
      server.resume();
      for (let round = 0; round < 3; round++) {
        let drains = 0;
        const count = () => {
          drains++;
        };
        client.on('drain', count);
        const drained = once(client, 'drain');
        assert.equal(client.write(Buffer.alloc(client.writableHighWaterMark)), false);
        assert.equal(client.writableNeedDrain, true);
        await drained;
        assert.equal(drains, 1);
        client.off('drain', count);
      }
    });

    it('a slow reader of a fast pipeline gets everything, and nothing piles up on the way', async () => {
      const { client, server } = await secured({ over });
      let made = 0;
      let taken = 0;
      let most = 0;
      const source = new Readable({
        read() {
          made += chunk.length;
          this.push(made <= 8 << 20 ? chunk : null);
        },
      });
      const sending = pipeline(source, client);
      for await (const data of server) {
        taken += data.length;
        most = Math.max(most, client.writableLength + server.readableLength);
        await turn();
      }
      await sending;
      assert.equal(taken, 8 << 20);
      assert(most < 4 << 20, `${most} bytes piled up`);
    });
  });
}

describe('backpressure of a transport', () => {
  it('a Duplex that does not take more stops the writer of TLS', async () => {
    const [near, far] = duplexPair({ highWaterMark: 1024 }).map(tidy);
    const server = tls.createServer(identity('server-ec'));
    const accepted = once(server, 'secureConnection');
    tidyServer(server).emit('connection', far);
    const client = connect({ socket: near });
    await once(client, 'secureConnect');
    const [reader] = await accepted;
    const written = await fill(client);
    assert(written < 4 << 20, `${written} bytes went into a transport that was full`);
    let got = 0;
    reader.on('data', (data) => {
      got += data.length;
    });
    client.end();
    await once(reader, 'end');
    assert.equal(got, written);
  });

  it('TLS that is not read stops reading the Duplex', async () => {
    const { client, server } = await secured({ over: 'duplex' });
    client.pause();
    const written = await fill(server);
    assert(written < 8 << 20, `${written} bytes were swallowed by a reader that is paused`);
  });
});
