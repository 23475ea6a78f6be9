// Large buffers that are used once are freed where they die young. Otherwise V8 marks its whole heap each time that
// there are 64 MiB of them (before Node 24 it does not by itself).
import assert from 'node:assert/strict';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { start } from '../support/child.mjs';
import { once } from '../support/events.mjs';
import { ca, fixturePath } from '../support/fixtures.mjs';
import { subject, subjectPath } from '../support/subject.mjs';

const program = fileURLToPath(new URL('collecting-server.cjs', import.meta.url));
const MEGABYTES = 1024;

/** Without that it is 7 to 15 on Node 24 and 26, and up to 31 over a Duplex, whose chunks are large buffers, too. */
const MOST = { tcp: 6, duplex: 10 };

async function receives(client) {
  const chunk = Buffer.alloc(1 << 20, 'x');
  for (let i = 0; i < MEGABYTES; i++) if (!client.write(chunk)) await once(client, 'drain');
  client.end();
  return MEGABYTES << 20;
}

async function sends(client) {
  let received = 0;
  client.on('data', ({ length }) => {
    received += length;
  });
  await once(client, 'end');
  assert.equal(received, MEGABYTES << 20);
  return 0;
}

describe('1 GiB in large buffers seldom makes V8 mark its heap', function () {
  this.timeout(60_000);
  before(function () {
    if (subject === 'builtin') this.skip();
  });

  for (const [io, over] of [
    ['never', 'tcp'],
    ['never', 'duplex'],
    ['always', 'tcp'],
  ]) {
    for (const task of [receives, sends]) {
      // V8's young generation has 1 MiB at first, and grows to 16.
      for (const young of [1, 16]) {
        it(`over ${over}, OWNSSL_IO=${io}, ${young} MiB of young objects: ${task.name}`, async () => {
          const child = start(
            process.execPath,
            [
              `--min-semi-space-size=${young}`,
              program,
              subjectPath,
              fixturePath('server-ec-chain.crt'),
              fixturePath('server-ec.key'),
              over,
              task === sends ? String(MEGABYTES) : 'receives',
            ],
            { env: { OWNSSL_IO: io } },
          );
          const { port } = JSON.parse(await child.shows(/\{"port.*\}/));
          const client = connect({ port, ca, servername: 'localhost' });
          await once(client, 'secureConnect');
          const expected = await task(client);
          const { bytes, major } = JSON.parse(await child.shows(/\{"bytes.*\}/));
          assert.equal(bytes, expected);
          assert(major <= MOST[over], `${major} times`);
        });
      }
    }
  }
});
