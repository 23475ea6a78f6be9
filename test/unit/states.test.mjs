// The states of a connection are those in the pictures of ARCHITECTURE.md, and no other step is taken.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { subject, subjectPath } from '../support/subject.mjs';

(subject === 'builtin' ? describe.skip : describe)('the states of a connection', () => {
  const { MACHINES, Machine, newStates } = createRequire(subjectPath)('./stream/states.js');
  const pictures = [
    ...readFileSync(new URL('../../ARCHITECTURE.md', import.meta.url), 'utf8').matchAll(
      /stateDiagram-v2\n([^`]*)/g,
    ),
  ].map(([, text]) => [...text.matchAll(/(\S+) --> (\w+)/g)].map(([, from, to]) => [from, to]));

  Object.entries(MACHINES).forEach(([name, steps], index) => {
    it(`${name}: as in the picture`, () => {
      const [start, ...arrows] = pictures[index];
      assert.deepEqual(start, ['[*]', newStates(() => {})[name].state]);
      const written = Object.entries(steps).flatMap(([from, next]) =>
        next.map((to) => `${from} ${to}`),
      );
      assert.deepEqual(arrows.map((arrow) => arrow.join(' ')).sort(), written.sort());
    });

    it(`${name}: every other step is refused, and leaves the state as it is`, () => {
      for (const from of Object.keys(steps)) {
        for (const to of Object.keys(steps)) {
          const refused = [];
          const machine = new Machine(name, from, steps, ({ code }) => refused.push(code));
          machine.go(to);
          const may = steps[from].includes(to);
          assert.equal(machine.state, may ? to : from);
          assert.deepEqual(refused, may ? [] : ['ERR_OWNSSL_INTERNAL_STATE']);
        }
      }
    });
  });

  it('with OWNSSL_ASSERT=1 an impossible step is thrown', () => {
    const { life } = newStates(() => assert.fail('not told'));
    life.go('closed');
    assert.throws(() => life.go('failed'), { code: 'ERR_OWNSSL_INTERNAL_STATE' });
  });
});
