// AsyncLocalStorage: a connection's events belong to where it was made, over whatever transport, and
// callbacks to who gave them.
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import net from 'node:net';
import { tidy } from '../support/cleanup.mjs';
import { duplexPair } from '../support/duplex.mjs';
import { connect, connectPlain, listen, tidyServer, versionIs } from '../support/ends.mjs';
import { identity } from '../support/fixtures.mjs';
import { socketPath } from '../support/paths.mjs';
import { tls } from '../support/subject.mjs';

const storage = new AsyncLocalStorage();

describe('async contexts', () => {
  for (const over of ['tcp', 'duplex']) {
    for (const version of ['TLSv1.2', 'TLSv1.3']) {
      it(`each event and callback has its own, over ${over}, ${version}`, async () => {
        const seen = {};
        const note = (what) => {
          seen[what] ??= new Set();
          seen[what].add(storage.getStore());
        };
        const server = tidyServer(
          tls.createServer({ ...identity('server-ec'), ...versionIs(version) }, (socket) => {
            for (const name of ['data', 'end', 'finish']) socket.on(name, () => note(`S ${name}`));
            storage.run('greeting', () => socket.write('x', () => note('S written')));
            socket.on('end', () => socket.end());
          }),
        );
        const accepted = once(server, 'secureConnection');
        const port = over === 'tcp' ? await storage.run('theirs', () => listen(server)) : 0;
        const client = storage.run('ours', () => {
          if (over === 'tcp') return connect({ port });
          const [near, far] = duplexPair().map(tidy);
          storage.run('theirs', () => server.emit('connection', far));
          return connect({ socket: near });
        });
        for (const name of ['secureConnect', 'session', 'data', 'end'])
          client.on(name, () => note(`C ${name}`));
        await once(client, 'secureConnect');
        await storage.run('later', async () => {
          await new Promise((resolve) => {
            client.write(Buffer.alloc(2_000_000), () => {
              note('C written');
              resolve();
            });
          });
          client.on('finish', () => note('C finish'));
          client.end(() => note('C ended'));
          const [peer] = await accepted;
          await Promise.all([client, peer].map((end) => once(end, 'close')));
        });
        const expected = {
          'C secureConnect': ['ours'],
          'C session': ['ours'],
          'C data': ['ours'],
          'C end': ['ours'],
          'C written': ['later'],
          'C finish': ['later'],
          'C ended': ['later'],
          'S written': ['greeting'],
          'S data': ['theirs'],
          'S end': ['theirs'],
          'S finish': ['theirs'],
        };
        for (const [what, contexts] of Object.entries(expected))
          assert.deepEqual([what, ...(seen[what] ?? [])], [what, ...contexts]);
      });
    }
  }
});

describe('the async context of what a write calls back', () => {
  // The kernel takes the first at once, and of the last a part.
  const sizes = [100, 100_000, 1_000_000, 8_000_000];

  for (const ioThreads of ['never', 'always']) {
    for (const version of ['TLSv1.2', 'TLSv1.3']) {
      const way = { ...versionIs(version), ioThreads };
      for (const over of ioThreads === 'never' ? ['tcp', 'unix', 'duplex'] : ['tcp', 'unix']) {
        const pair = async () => {
          const server = tidyServer(tls.createServer({ ...identity('server-ec'), ...way }));
          const accepted = once(server, 'secureConnection');
          const target = over === 'unix' ? { path: socketPath() } : {};
          const port =
            over === 'duplex' ? 0 : await listen(server, over === 'unix' ? target : undefined);
          const client = storage.run('ours', () => {
            if (over !== 'duplex') return connect({ port, ...target, ...way });
            const [near, far] = duplexPair().map(tidy);
            server.emit('connection', far);
            return connect({ socket: near, ...way });
          });
          return { client, accepted };
        };
        const title = `over ${over}, ${version}, I/O threads ${ioThreads}`;

        for (const writer of ['client', 'server']) {
          it(`is the one of the write, a ${writer}'s, ${title}`, async () => {
            const { client, accepted } = await pair();
            const [socket] = await accepted;
            tidy(socket);
            const [from, to] = writer === 'client' ? [client, socket] : [socket, client];
            to.resume();
            for (const size of [...sizes, ...sizes]) {
              const seen = await storage.run(`write of ${size}`, () => {
                const contexts = [];
                const note = () => contexts.push(storage.getStore());
                return new Promise((resolve) => {
                  from.write(Buffer.alloc(size), note);
                  // This one waits for the other, and is written in its context, as with the built-in.
                  from.write(Buffer.alloc(size), note);
                  if (from.writableNeedDrain) from.once('drain', note);
                  from.write('x', () => setImmediate(resolve, contexts));
                });
              });
              assert.deepEqual([...new Set(seen)], [`write of ${size}`]);
            }
          });
        }

        it(`is the one of a write before the end of the handshake, ${title}`, async () => {
          const { client, accepted } = await pair();
          if (client.connecting) await once(client, 'connect');
          const written = storage.run(
            'early',
            () =>
              new Promise((resolve) => client.write('early', () => resolve(storage.getStore()))),
          );
          tidy((await accepted)[0]).resume();
          assert.equal(await written, 'early');
        });

        // A Duplex takes all of it.
        if (over === 'duplex') continue;
        it(`is the one of a write that fails, ${title}`, async () => {
          const { client, accepted } = await pair();
          const [socket] = await accepted;
          tidy(socket);
          client.on('error', () => {});
          const written = storage.run(
            'lost',
            () =>
              new Promise((resolve) =>
                client.write(Buffer.alloc(32_000_000), (error) =>
                  resolve([typeof error?.message, storage.getStore()]),
                ),
              ),
          );
          socket.destroy();
          assert.deepEqual(await written, ['string', 'lost']);
        });
      }
    }
  }
});

describe("the async context of 'close'", () => {
  const ways = ['TLSv1.2', 'TLSv1.3'].flatMap((version) =>
    ['never', 'always'].map((ioThreads) => ({ ...versionIs(version), ioThreads })),
  );
  const contextOf = (socket) =>
    new Promise((resolve) => socket.on('close', () => resolve(storage.getStore())));

  for (const way of ways) {
    const title = `${way.minVersion}, I/O threads ${way.ioThreads}`;

    for (const over of ['tcp', 'unix']) {
      for (const ends of ['the client', 'the server', 'nobody but destroy()', 'an error']) {
        it(`of a server's socket is none, which is that of the accepted connection: ${ends} ends it, over ${over}, ${title}`, async () => {
          const server = tls.createServer({ ...identity('server-ec'), ...way });
          const target = over === 'tcp' ? {} : { path: socketPath() };
          const where = over === 'tcp' ? undefined : target;
          const port = await storage.run('listening', () => listen(server, where));
          const accepted = once(server, 'secureConnection');
          const client = storage.run('ours', () => connect({ port, ...target, ...way }));
          client.on('error', () => {}).resume();
          const [socket] = await accepted;
          tidy(socket)
            .on('error', () => {})
            .resume();
          const contexts = Promise.all([contextOf(socket), contextOf(client)]);
          storage.run('ending', () => {
            if (ends === 'the client') client.end();
            else if (ends === 'the server') socket.end();
            else socket.destroy(ends === 'an error' ? new Error('enough') : undefined);
          });
          assert.deepEqual(await contexts, [undefined, 'ours']);
        });
      }
    }

    it(`of a given socket, and of TLS over it, is where that was made: ${title}`, async () => {
      const server = tls.createServer({ ...identity('server-ec'), ...way });
      const plain = net.createServer((raw) => {
        storage.run('given', () => server.emit('connection', raw));
      });
      const port = await storage.run('listening', () => listen(plain));
      const accepted = once(server, 'secureConnection');
      const raw = storage.run('raw', () => connectPlain(port));
      await once(raw, 'connect');
      const client = storage.run('ours', () => connect({ socket: raw, ...way }));
      const [socket] = await accepted;
      tidy(socket).resume();
      const contexts = Promise.all([raw, client.resume(), socket].map(contextOf));
      storage.run('ending', () => client.end());
      assert.deepEqual(await contexts, ['raw', 'raw', undefined]);
    });
  }
});
