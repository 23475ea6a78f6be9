// A client that is through when it has its answer, as http's is, hears the end that came with the answer.
import assert from 'node:assert/strict';
import { connect, serve, versionIs } from '../support/ends.mjs';
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
