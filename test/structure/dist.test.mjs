// What scripts/build/lib.mjs leaves in dist/, which is published: the program, its types in one file, and nothing of a
// file that is gone.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { root } from '../../scripts/support/run.mjs';

describe('the build of lib/', function () {
  this.timeout(120_000);

  it('leaves nothing of files that were moved or deleted', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'ownssl-dist-'));
    try {
      mkdirSync(path.join(folder, 'gone'));
      for (const name of [
        'gone.d.ts',
        'gone.js',
        'gone/gone.d.ts',
        'gone/gone.js',
        'gone.js.map',
      ]) {
        writeFileSync(path.join(folder, name), '');
      }
      execFileSync(process.execPath, ['scripts/build/lib.mjs', folder], { cwd: root });
      const files = (parent) => readdirSync(parent, { recursive: true }).map(String);
      const built = files(folder);
      assert.deepEqual(built.filter((name) => name.endsWith('.d.ts')).sort(), [
        'index.d.ts',
        'register.d.ts',
      ]);
      assert.deepEqual(
        built.filter((name) => name.includes('gone')),
        [],
      );
      assert.ok(built.includes('index.js') && built.includes(path.join('cli', 'index.js')));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
