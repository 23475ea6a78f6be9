// The states of a connection, of the pump as of the session, are those in the pictures of ARCHITECTURE.md,
// and no other step is taken.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { subject } from '../support/subject.mjs';

(subject === 'builtin' ? describe.skip : describe)('the states of a connection', () => {
  const { MACHINES, Machine, newStates } = createRequire(import.meta.url)(
    '../../dist/stream/states.js',
  );
  const MINE = { pump: /^(?!session,)/, session: /^(?!pump,)/ };
  const pictures = [
    ...readFileSync(new URL('../../ARCHITECTURE.md', import.meta.url), 'utf8').matchAll(
      /stateDiagram-v2\n([^`]*)/g,
    ),
  ].map(([, text]) =>
    [...text.matchAll(/(\S+) --> (\w+)(?:: (.*))?/g)].map(([, from, to, why = '']) => ({
      arrow: `${from} ${to}`,
      why,
    })),
  );
  const arrowsOf = (index, side) =>
    pictures[index].filter(({ why }) => MINE[side].test(why)).map(({ arrow }) => arrow);

  // The session's steps are a table in C++, which is read as it stands there.
  const table = readFileSync(new URL('../../csrc/session/states.cc', import.meta.url), 'utf8');
  const camel = (name) => name[0].toLowerCase() + name.slice(1);
  const inSession = (machine) => {
    const [, steps] = new RegExp(`k${machine}\\[\\] = \\{([^;]*);`).exec(table);
    return [...steps.matchAll(/\{\w::k(\w+), \w::k(\w+)\}/g)].map(
      ([, from, to]) => `${camel(from)} ${camel(to)}`,
    );
  };

  it('there are three pictures', () => {
    assert.equal(pictures.length, 3);
  });

  Object.entries(MACHINES).forEach(([name, steps], index) => {
    it(`${name}: the pump's steps are those in the picture`, () => {
      const [start, ...arrows] = arrowsOf(index, 'pump');
      assert.deepEqual(start, `[*] ${newStates(() => {})[name].state}`);
      const written = Object.entries(steps).flatMap(([from, next]) =>
        next.map((to) => `${from} ${to}`),
      );
      assert.deepEqual(arrows.sort(), written.sort());
    });

    it(`${name}: the session's steps are those in the picture`, () => {
      const [, ...arrows] = arrowsOf(index, 'session');
      assert.deepEqual(arrows.sort(), inSession(name[0].toUpperCase() + name.slice(1)).sort());
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
