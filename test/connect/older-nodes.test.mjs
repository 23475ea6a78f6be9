// What Node 20.9 lacks and newer ones have: the specs need a newer Node than the library does.
import assert from 'node:assert/strict';
import path from 'node:path';
import { run, skipBecause } from '../support/child.mjs';
import { fixturePath } from '../support/fixtures.mjs';

const root = path.resolve(import.meta.dirname, '../..');

describe('a Node without process.getBuiltinModule()', function () {
  this.timeout(60_000);

  it('has the fourteen checks passed, each with 1 MiB', async function () {
    if (process.env.OWNSSL_SUBJECT === 'builtin') skipBecause(this, 'it is about ownssl');
    const { code, stdout, stderr } = await run(process.execPath, [
      '--import',
      'data:text/javascript,delete process.getBuiltinModule',
      path.join(root, 'test/platforms/checks.cjs'),
      path.join(root, 'dist'),
      path.dirname(fixturePath('root.crt')),
    ]);
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /14 passed, 0 failed/);
  });
});
