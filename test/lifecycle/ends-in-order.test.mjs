// The order of 'end' and 'finish'. A client that is through when it has its answer, as http's is, hears the end that
// came with the answer.
import assert from 'node:assert/strict';
import { connect, secured, serve, versionIs } from '../support/ends.mjs';
import { closed, once, record } from '../support/events.mjs';

describe('the end that came with the last data', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    for (const ioThreads of ['never', 'always']) {
      it(`is told before that of what was sent meanwhile, ${version}, I/O threads ${ioThreads}`, async () => {
        const range = { ...versionIs(version), ioThreads };
        const { port } = await serve(range, (socket) => {
          socket
            .on('error', () => {})
            .once('data', () => {
              socket.write('answer');
              socket.destroySoon();
            });
        });
        const client = connect({ port, ...range });
        await once(client, 'secureConnect');
        const log = record(client, ['data', 'end', 'finish', 'close', 'error']);
        client.once('data', () => process.nextTick(() => client.destroySoon()));
        client.write('question');
        await closed(client);
        assert.deepEqual(log, ['data', 'end', 'finish', 'close']);
      });
    }
  }
});

// Who waits for 'finish' and then for 'end' waits for ever if 'end' came before.
describe('the answer to our own end', () => {
  const forms = {
    'end()': (socket) => socket.end(),
    'end() with data': (socket) => socket.end('goodbye'),
    'destroySoon()': (socket) => {
      socket.write('goodbye');
      socket.destroySoon();
    },
  };
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    for (const ioThreads of ['never', 'always']) {
      for (const side of ['client', 'server']) {
        for (const [form, leave] of Object.entries(forms)) {
          it(`is told behind 'finish', ${version}, I/O threads ${ioThreads}, the ${side}, ${form}`, async () => {
            const range = versionIs(version);
            // The peer answers from another thread at once, or else from this one.
            for (const others of [ioThreads, 'never']) {
              for (let i = 0; i < 5; i++) {
                const ends = await secured({
                  server: { ...range, ioThreads: side === 'server' ? ioThreads : others },
                  client: { ...range, ioThreads: side === 'client' ? ioThreads : others },
                });
                const near = ends[side].resume();
                ends[side === 'client' ? 'server' : 'client'].on('error', () => {}).resume();
                const log = record(near, ['end', 'finish', 'close', 'error']);
                leave(near);
                await closed(near);
                // As destroySoon() says, it does not wait for the peer.
                const told = form === 'destroySoon()' ? [] : ['end'];
                assert.deepEqual(log, ['finish', ...told, 'close']);
              }
            }
          });
        }
      }
    }
  }
});

// net.Server counts a socket no more when that is destroyed, and its 'close' is yet to come.
describe('the callback of server.close()', () => {
  for (const ioThreads of ['never', 'always']) {
    for (const [who, leave] of [
      ['the client ends', ({ client }) => client.end()],
      ['the server ends', ({ server }) => server.end()],
      ['the server destroys it', ({ server }) => server.destroy()],
    ]) {
      it(`comes before 'close' of the last socket, I/O threads ${ioThreads}, ${who}`, async () => {
        const ends = await secured({ server: { ioThreads } });
        const log = record(ends.server.resume(), ['close']);
        const gone = once(ends.server, 'close');
        ends.client.on('error', () => {}).resume();
        const over = new Promise((resolve) => {
          ends.listener.close(() => resolve(log.push('server')));
        });
        leave(ends);
        await Promise.all([gone, over]);
        assert.deepEqual(log, ['server', 'close']);
      });
    }
  }
});
