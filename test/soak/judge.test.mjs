import assert from 'node:assert/strict';
import { judge } from './soak.mjs';

const MiB = 2 ** 20;

/** What a soak of 20 rounds has measured, with `own(round)` MiB of the clients' own, and `heap(round)` MiB of V8's. */
const samples = ({ own = () => 40, heap = () => 7, files = () => 48, descriptors = () => 25 }) =>
  Array.from({ length: 20 }, (_, i) => {
    const flat = { rss: 90 * MiB, anonymous: 42 * MiB, heapUsed: 7 * MiB, descriptors: 57 };
    const anonymous = own(i) * MiB;
    const rss = anonymous + files(i) * MiB;
    const clients = { rss, anonymous, heapUsed: heap(i) * MiB, descriptors: descriptors(i) };
    return { connections: (i + 1) * 1000, server: flat, clients };
  });

describe('the judge of a soak', () => {
  const complains = (given) => judge(samples(given), []).map((each) => each.split(' grew')[0]);

  it('complains of what grows all the time', () => {
    assert.deepEqual(complains({ own: (round) => 40 + round }), ['clients: anonymous']);
    assert.deepEqual(complains({ heap: (round) => 7 + round / 4 }), ['clients: heapUsed']);
    assert.equal(complains({ descriptors: (round) => 25 + round }).length, 1);
    assert.deepEqual(judge(samples({}), ['echo: ECONNRESET']).length, 1);
  });

  it('complains neither of a crowd, after which the heap is kept, nor of the executable', () => {
    for (let at = 0; at < 20; at++) {
      assert.deepEqual(complains({ own: (round) => (round < at ? 40 : 70) }), [], `at ${at}`);
    }
    assert.deepEqual(complains({ own: (round) => 40 - 10 / (round + 1) }), []);
    assert.deepEqual(complains({ files: (round) => 10 + 3 * round }), []);
  });
});
