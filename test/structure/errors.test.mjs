// docs/errors.md goes through the codes that lib/ and csrc/ can give: all of them, and no others of ours.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(root, 'docs/errors.md'), 'utf8');
const told = new Set([...page.matchAll(/`([A-Z0-9_/]{4,})`/g)].map(([, code]) => code));

function* sources(folder) {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (name !== 'csrc/test' && name !== 'csrc/fuzz') yield* sources(name);
    } else if (/\.(ts|cc|h)$/.test(name)) {
      yield readFileSync(join(root, name), 'utf8');
    }
  }
}

const text = [...sources('lib'), ...sources('csrc')].join('\n');
/** A literal that ends with `_` is the beginning of codes. */
const codes = new Set(
  [...text.matchAll(/['"](ERR_[A-Z0-9_]*[A-Z0-9])['"]/g)].map(([, code]) => code),
);

describe('docs/errors.md', () => {
  it('has every code in the sources', () => {
    assert(codes.size > 60);
    assert.deepEqual([...codes].filter((code) => !told.has(code)).sort(), []);
  });

  it('has no code of ours that is not in the sources', () => {
    const ours = [...told].filter((code) => /^ERR_OWNSSL_.*[A-Z]$/.test(code));
    assert.deepEqual(ours.filter((code) => !codes.has(code)).sort(), []);
  });

  it('has every reason of a verification', () => {
    const names = [...text.matchAll(/^\s*ENTRY\((\w+)\),/gm)].map(([, name]) => name);
    assert(names.length > 80);
    assert.deepEqual(
      names.filter((name) => !told.has(name)),
      [],
    );
  });
});
