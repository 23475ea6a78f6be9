// Large chunks are freed where they die young. Otherwise V8 marks its whole heap each time that there are 64 MiB of
// them (before Node 24 it does not by itself).
import assert from 'node:assert/strict';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { start } from '../support/child.mjs';
import { once } from '../support/events.mjs';
import { ca, fixturePath } from '../support/fixtures.mjs';
import { subject, subjectPath } from '../support/subject.mjs';

const program = fileURLToPath(new URL('collecting-server.cjs', import.meta.url));
const MEGABYTES = 1024;
/** Without that it is 8 to 15 on Node 24 and 26, and up to 31 over a Duplex, whose chunks are large buffers, too. */
const MOST = { tcp: 3, duplex: 12 };

describe('a receiver of 1 GiB seldom marks its heap', function () {
  this.timeout(60_000);
  before(function () {
    if (subject === 'builtin') this.skip();
  });

  for (const io of ['never', 'always']) {
    for (const over of io === 'never' ? ['tcp', 'duplex'] : ['tcp']) {
      // V8's young generation has 1 MiB at first, and grows to 16.
      for (const young of [1, 16]) {
        it(`over ${over}, OWNSSL_IO=${io}, with ${young} MiB of young objects`, async () => {
          const child = start(
            process.execPath,
            [
              `--min-semi-space-size=${young}`,
              program,
              subjectPath,
              fixturePath('server-ec-chain.crt'),
              fixturePath('server-ec.key'),
              over,
            ],
            { env: { OWNSSL_IO: io } },
          );
          const { port } = JSON.parse(await child.shows(/\{"port.*\}/));
          const client = connect({ port, ca, servername: 'localhost' });
          await once(client, 'secureConnect');
          const chunk = Buffer.alloc(1 << 20, 'x');
          for (let i = 0; i < MEGABYTES; i++) if (!client.write(chunk)) await once(client, 'drain');
          client.end();
          const { bytes, major } = JSON.parse(await child.shows(/\{"bytes.*\}/));
          assert.equal(bytes, MEGABYTES << 20);
          assert(major <= MOST[over], `${major} times`);
        });
      }
    }
  }
});
