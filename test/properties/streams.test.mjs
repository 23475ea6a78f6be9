// The same programs as `npm run test:properties`, a few of them and always the same.
import fc from 'fast-check';
import { socketPairs } from '../faults/link.mjs';
import { onCleanup } from '../support/cleanup.mjs';
import { seededRandom } from '../support/random.mjs';
import { subject } from '../support/subject.mjs';
import { compare } from './compare.mjs';
import { programs } from './program.mjs';

(subject === 'builtin' ? describe.skip : describe)('random programs of both ends', function () {
  this.timeout(process.env.OWNSSL_SANITIZED ? 300_000 : 60_000);

  for (const over of ['duplex', 'tcp']) {
    it(`give the same bytes and the same order of events as the built-in, over ${over}`, async () => {
      const pairs = await socketPairs();
      onCleanup(() => pairs.close());
      const property = fc.asyncProperty(programs, async (program) => {
        await compare(over, program, pairs);
      });
      await fc.assert(property, { numRuns: 60, seed: seededRandom().seed });
    });
  }
});
