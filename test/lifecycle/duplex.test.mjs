import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { connect, secured, serve, transports, versionIs } from '../support/ends.mjs';
import { once, readAll, readBytes } from '../support/events.mjs';

for (const over of transports) {
  describe(`a TLS socket as a stream, over ${over}`, () => {
    it('write() takes strings in any encoding, and every kind of view', async () => {
      const { client, server } = await secured({ over });
      client.write('é', 'utf8');
      client.write('é', 'latin1');
      client.write('6869', 'hex');
      client.write('aGk=', 'base64');
      client.write('hi', 'utf16le');
      client.write(new Uint8Array([1, 2]));
      client.end(Buffer.from([3]));
      assert.equal(
        (await readAll(server)).toString('hex'),
        'c3a9' + 'e9' + '6869' + '6869' + '68006900' + '0102' + '03',
      );
    });

    it('write() refuses what is no data', async () => {
      const { client } = await secured({ over });
      assert.throws(() => client.write(1), { code: 'ERR_INVALID_ARG_TYPE' });
      assert.throws(() => client.write(null), { code: 'ERR_STREAM_NULL_VALUES' });
      assert.equal(client.destroyed, false);
    });

    it('empty writes are fine', async () => {
      const { client, server } = await secured({ over });
      client.write('');
      client.write(Buffer.alloc(0), () => client.end('x'));
      assert.equal((await readAll(server)).toString(), 'x');
    });

    it('a large write in records of 512 bytes arrives, and its callback comes once, at the end', async () => {
      const { client, server } = await secured({ over });
      assert.equal(client.setMaxSendFragment(512), true);
      const sent = randomBytes(3 << 20);
      let calls = 0;
      const written = new Promise((resolve, reject) => {
        client.write(sent, (error) => {
          calls++;
          if (error) reject(error);
          else resolve();
        });
      });
      const got = readBytes(server, sent.length);
      await written;
      assert.ok(sent.equals(await got));
      client.end();
      await readAll(server);
      assert.equal(calls, 1);
    });

    it('setEncoding() does not cut characters', async () => {
      const { client, server } = await secured({ over });
      server.setEncoding('utf8');
      const text = '€'.repeat(20_000);
      client.end(text);
      let got = '';
      server.on('data', (chunk) => {
        got += chunk;
      });
      await once(server, 'end');
      assert.equal(got, text);
    });

    it('cork() gathers, uncork() lets go, in order', async () => {
      const { client, server } = await secured({ over });
      client.cork();
      for (let i = 0; i < 100; i++) client.write(`${i},`);
      client.write('ff', 'hex');
      assert.equal(client.writableCorked, 1);
      assert(client.writableLength > 0);
      client.uncork();
      client.end();
      const expected = Array.from({ length: 100 }, (_, i) => `${i},`).join('') + '\xff';
      assert.equal((await readAll(server)).toString('latin1'), expected);
    });

    it('async iteration reads to the end', async () => {
      const { client, server } = await secured({ over });
      client.end('abc');
      let got = '';
      for await (const chunk of server) got += chunk;
      assert.equal(got, 'abc');
    });

    it('leaving an async iteration destroys the socket', async () => {
      const { client, server } = await secured({ over });
      client.on('error', () => {}).write('abc');
      for await (const chunk of server) {
        assert(chunk.length > 0);
        break;
      }
      assert.equal(server.destroyed, true);
    });

    it('read() in paused mode', async () => {
      const { client, server } = await secured({ over });
      client.end('abcdef');
      await once(server, 'readable');
      assert.equal(server.read(2).toString(), 'ab');
      server.unshift(Buffer.from('xy'));
      assert.equal((await readAll(server)).toString(), 'xycdef');
    });

    it('pipeline() through both ends', async () => {
      const { client, server } = await secured({ over });
      const data = Array.from({ length: 50 }, () => randomBytes(10_000));
      const echo = pipeline(server, server);
      const got = readAll(client);
      await pipeline(Readable.from(data), client, { end: true });
      assert.deepEqual(await got, Buffer.concat(data));
      await echo;
    });

    it('a megabyte each way at once arrives unchanged', async () => {
      const { client, server } = await secured({ over });
      const [up, down] = [randomBytes(1 << 20), randomBytes(1 << 20)];
      client.end(up);
      server.end(down);
      const [atServer, atClient] = await Promise.all([readAll(server), readAll(client)]);
      assert(atServer.equals(up));
      assert(atClient.equals(down));
    });

    for (const version of ['TLSv1.2', 'TLSv1.3'])
      for (const late of ['client', 'server'])
        it(`who writes much reads meanwhile: the ${late} reads when it has written all, ${version}`, async () => {
          const options = (side) => ({
            ...versionIs(version),
            allowHalfOpen: true,
            ioThreads: side === late ? 'never' : 'always',
          });
          const ends = await secured({
            over,
            client: options('client'),
            server: options('server'),
          });
          const size = over === 'tcp' ? 24 << 20 : 4 << 20; // More than the kernel keeps.
          const [up, down] = [randomBytes(size), randomBytes(size)];
          const eager = ends[late === 'client' ? 'server' : 'client'];
          const received = readAll(eager);
          eager.end(up);
          ends[late].end(down);
          await once(ends[late], 'finish');
          assert((await readAll(ends[late])).equals(up));
          assert((await received).equals(down));
        });

    it('what is written before the connection stands arrives', async () => {
      const { port } = await serve({}, (socket) => {
        socket.pipe(socket);
      });
      const client = connect({ port });
      client.write('early ');
      client.write('62697264', 'hex');
      client.end();
      assert.equal((await readAll(client)).toString(), 'early bird');
    });

    it('a chunk belongs to the reader: later data does not change it', async () => {
      const { client, server } = await secured({ over });
      const first = once(server, 'data');
      client.write('first message');
      const [chunk] = await first;
      client.write('SECOND MESSAGE, LONGER THAN THE FIRST');
      await readBytes(server, 10);
      assert.equal(chunk.toString(), 'first message');
    });

    it('a buffer that was written is not needed once its callback was called', async () => {
      const { client, server } = await secured({ over });
      const buffer = Buffer.alloc(100_000, 'a');
      const got = readAll(server);
      await new Promise((resolve) => {
        client.write(buffer, resolve);
      });
      buffer.fill('b');
      client.end();
      assert.deepEqual(await got, Buffer.alloc(100_000, 'a'));
    });
  });
}
