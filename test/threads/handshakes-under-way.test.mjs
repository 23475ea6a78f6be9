// Handshakes in an established connection (a renegotiation, an authentication of the client) that begin while data is
// under way. An I/O thread reads ahead of the application, and nothing can be sent in the middle of a handshake.
import assert from 'node:assert/strict';
import { secured } from '../support/ends.mjs';
import { closed } from '../support/events.mjs';
import { ca, identity } from '../support/fixtures.mjs';
import { subject } from '../support/subject.mjs';

const renegotiate = (socket) =>
  new Promise((resolve, reject) => {
    socket.renegotiate({}, (error) => (error ? reject(error) : resolve()));
  });

const kinds = {
  'the client renegotiates': {
    options: { maxVersion: 'TLSv1.2' },
    begin: ({ client }) => renegotiate(client),
  },
  'the server renegotiates': {
    options: { maxVersion: 'TLSv1.2' },
    begin: ({ server }) => renegotiate(server),
  },
  'the client is asked for its certificate': {
    options: { minVersion: 'TLSv1.3', postHandshakeAuth: true },
    begin: ({ server }) => server.requestClientCertificate(),
  },
};

describe('data is under way, and', function () {
  before(function () {
    if (subject === 'builtin') this.skip(); // It has no threads.
  });

  for (const [kind, { options, begin }] of Object.entries(kinds)) {
    for (const ends of ['never always', 'always never', 'always always', 'never never']) {
      const [ofServer, ofClient] = ends.split(' ');
      for (const size of [10, 100_000, 600_000]) {
        for (const first of ['data', 'handshake']) {
          it(`${kind}, ${first} first, ${size} bytes, in threads: ${ends}`, async () => {
            const { client, server } = await secured({
              server: { ...options, ca, ioThreads: ofServer },
              client: { ...options, ...identity('client'), ioThreads: ofClient },
            });
            // An echo reads no more until it has written.
            server.pipe(server);
            let received = 0;
            const all = new Promise((resolve) => {
              client.on('data', (chunk) => {
                received += chunk.length;
                if (received === size) resolve();
              });
            });
            const write = () => client.write(Buffer.alloc(size, 7));
            if (first === 'data') write();
            const done = begin({ client, server });
            if (first === 'handshake') write();
            await Promise.all([done, all]);
            assert.equal(received, size);
            // Where the client has something unread, such as a ticket, the kernel resets the connection.
            const gone = closed(server);
            client.destroy();
            await gone;
          });
        }
      }
    }
  }
});
