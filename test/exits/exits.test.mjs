// Every state of a connection × every way to end, each in a process of its own. `npm run test:exits` runs all of them,
// `npm test` every way once.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';
import { run } from '../support/child.mjs';
import { fixturePath } from '../support/fixtures.mjs';
import { subjectPath, tls } from '../support/subject.mjs';

const fixtures = path.dirname(fixturePath('root.crt'));
const states = Object.keys(createRequire(import.meta.url)('./states.cjs')(tls, fixtures));
/** `npm test` takes one of these for each way to end. */
const some = [
  'waiting for SNICallback',
  'inside keylog',
  'inside pskCallback of a server, TLS 1.3',
  'both ends writing',
  'many handshakes under way',
];
const complete = process.env.OWNSSL_EXITS === 'all';

const stillThere = 'main: TLSv1.3, TLSv1.3\n';
/** What the process ends with. Nothing else may be on stderr. */
const exits = {
  'process.exit()': { code: 7 },
  'uncaught exception': { code: 1, stderr: /Error: on purpose/ },
  'unhandled rejection': { code: 1, stderr: /Error: on purpose/ },
  'natural end': { code: 0 },
  'process.exit() of a worker': { code: 0, stdout: `worker: 7, ${stillThere}` },
  'uncaught exception of a worker': {
    code: 0,
    stdout: `error: on purpose\nworker: 1, ${stillThere}`,
  },
  'worker.terminate()': { code: 0, stdout: `worker: 1, ${stillThere}` },
  'worker.terminate() of a busy thread': { code: 0, stdout: `worker: 1, ${stillThere}` },
};

describe('exits', function () {
  this.timeout(process.env.OWNSSL_SANITIZED ? 60_000 : 20_000);
  const program = path.join(import.meta.dirname, 'program.cjs');

  const short = (index) => [some[index % some.length]];
  const all = Object.entries(exits).flatMap(([exit, expected], index) =>
    (complete ? states : short(index)).map((state) => ({ exit, expected, state })),
  );
  for (const { exit, expected, state } of all) {
    it(`${exit}, ${state}`, async () => {
      const args = [program, subjectPath, fixtures, state, exit];
      const { code, signal, stdout, stderr } = await run(process.execPath, args);
      const told = `${signal ?? ''}\n${stdout}${stderr}`;
      assert.deepEqual({ code, signal }, { code: expected.code, signal: null }, told);
      assert.equal(stdout, expected.stdout ?? '');
      if (expected.stderr) assert.match(stderr, expected.stderr);
      else assert.equal(stderr, '');
    });
  }
});
