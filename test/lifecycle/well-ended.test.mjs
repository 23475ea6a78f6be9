import assert from 'node:assert/strict';
import { connect, serve } from '../support/ends.mjs';
import { once } from '../support/events.mjs';

// An error takes its stack, and that takes a quarter of the time of a resumed handshake.
describe('a connection that ends well', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    it(`makes no error for nobody, ${version}`, async () => {
      const { port } = await serve({}, (socket) => socket.resume());
      const made = [];
      const before = Error.prepareStackTrace;
      Error.prepareStackTrace = (error) => {
        made.push(`${error.code}: ${error.message}`);
        return '';
      };
      try {
        for (let i = 0; i < 5; i++) {
          const client = connect({ port, minVersion: version, maxVersion: version });
          client.resume();
          await once(client, 'secureConnect');
          client.end('goodbye');
          await once(client, 'close');
        }
      } finally {
        Error.prepareStackTrace = before;
      }
      assert.deepEqual(made, []);
    });
  }
});
