import assert from 'node:assert/strict';
import { pairings, transfer } from '../support/bulk.mjs';

describe('1 GiB arrives unchanged, in no more memory than 64 MiB', () => {
  for (const over of ['tcp', 'duplex']) {
    for (const [client, server] of pairings) {
      for (const direction of ['up', 'down']) {
        it(`${direction}, over ${over}, client ${client}, server ${server}`, async () => {
          const small = await transfer({ client, server, over, direction, megabytes: 64 });
          const large = await transfer({ client, server, over, direction, megabytes: 1024 });
          assert(
            large < small + (128 << 20),
            `${small >> 20} MiB for 64 MiB, ${large >> 20} MiB for 1 GiB`,
          );
        });
      }
    }
  }
});
