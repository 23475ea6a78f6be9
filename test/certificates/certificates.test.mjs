// Every entry of the corpus in one handshake, in which the certificates are looked at from all sides.
// `npm run test:certificates` asks more, and others.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { tls } from '../support/subject.mjs';

const { corpus } = await import('./corpus/index.mjs');
const { fits } = await import('./support/compare.mjs');
const { firstImpression } = await import('./support/opinions.mjs');

const file = new URL('differences.json', import.meta.url);
const explanations = JSON.parse(readFileSync(file, 'utf8'));
const known = new Set(
  explanations.filter((one) => one.with === 'expected').flatMap(({ entries }) => entries),
);

describe('hostile certificates', function () {
  this.timeout(60_000);
  for (const group of new Set(corpus.map((entry) => entry.group))) {
    it(`${group}: are accepted and refused as the corpus says, and harm nobody`, async () => {
      for (const entry of corpus.filter((one) => one.group === group)) {
        const { answer, expected } = await firstImpression(tls, entry);
        const judged = answer === 'ok' ? 'ok' : 'refused';
        if (!known.has(entry.name)) assert.equal(judged, expected, `${entry.name}: ${answer}`);
      }
    });
  }

  it('explanations speak of entries that exist', () => {
    for (const { entries } of explanations)
      for (const line of entries)
        assert.ok(
          corpus.some(({ name }) => fits(line, name)),
          line,
        );
  });
});
