// The rule that the documents tell of all that there is (scripts/lint/documents.mjs) refuses what breaks it.
import assert from 'node:assert/strict';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { faultsOfDocuments } from '../../scripts/lint/documents.mjs';
import { root } from '../../scripts/support/run.mjs';

describe('the documents', () => {
  it('tell of all that there is', () => {
    assert.deepEqual(faultsOfDocuments(root), []);
  });

  it('are refused when they do not', () => {
    const copy = mkdtempSync(path.join(tmpdir(), 'ownssl-documents-'));
    try {
      const files = ['package.json', 'ARCHITECTURE.md', 'CONTRIBUTING.md'];
      for (const name of [...files, 'lib', 'csrc', 'scripts', 'test', 'bench', 'cmake']) {
        cpSync(path.join(root, name), path.join(copy, name), { recursive: true });
      }
      assert.deepEqual(faultsOfDocuments(copy), []);
      for (const name of ['lib/new-a', 'csrc/new-b', 'scripts/new-c', 'test/new-d']) {
        mkdirSync(path.join(copy, name));
      }
      appendFileSync(path.join(copy, 'CONTRIBUTING.md'), 'It is in `lib/gone.ts`.\n');
      assert.deepEqual(faultsOfDocuments(copy).sort(), [
        'ARCHITECTURE.md does not tell of new-a',
        'ARCHITECTURE.md does not tell of new-b',
        'CONTRIBUTING.md does not tell of new-c',
        'CONTRIBUTING.md names lib/gone.ts, which is not there',
        'test/README.md does not tell of new-d',
      ]);
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  });
});
