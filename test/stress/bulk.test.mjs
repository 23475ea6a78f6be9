import assert from 'node:assert/strict';
import { pairings, transfer } from '../support/bulk.mjs';

describe('64 MiB arrive unchanged', function () {
  this.timeout(60_000);

  for (const over of ['tcp', 'duplex']) {
    for (const [client, server] of pairings) {
      for (const direction of ['up', 'down']) {
        it(`${direction}, over ${over}, client ${client}, server ${server}`, async () => {
          const rss = await transfer({ client, server, over, direction, megabytes: 64 });
          // AddressSanitizer keeps what was freed.
          if (!process.env.OWNSSL_SANITIZED)
            assert(rss < 400 << 20, `${rss >> 20} MiB at the peak`);
        });
      }
    }
  }
});
