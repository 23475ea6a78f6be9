// docs/errors.md goes through the codes that lib/ and csrc/ can give: all of them, and no others of ours.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtOpenSSL } from '../../scripts/support/cache.mjs';
import { skipBecause } from '../support/child.mjs';

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

/** Where the words for reasons may be: up to OpenSSL 3.1 in libssl. */
function libraries(series) {
  const prefix = builtOpenSSL(series);
  const folders = prefix ? [join(prefix, 'lib'), join(prefix, 'lib64')] : [];
  if (series === '3.0') {
    return ['x86_64', 'aarch64'].map((each) => `/usr/lib/${each}-linux-gnu/libssl.so.3`);
  }
  return folders.flatMap((folder) => ['libcrypto.so.3', 'libcrypto.so.4'].map((name) => join(folder, name))); // prettier-ignore
}

describe('docs/errors.md', () => {
  it('has every code in the sources', () => {
    assert(codes.size > 60);
    assert.deepEqual([...codes].filter((code) => !told.has(code)).sort(), []);
  });

  it('has no code of ours that is not in the sources', () => {
    const ours = [...told].filter((code) => /^ERR_OWNSSL_.*[A-Z]$/.test(code));
    assert.deepEqual(ours.filter((code) => !codes.has(code)).sort(), []);
  });

  for (const series of ['3.0', '3.5', '4.0']) {
    it(`has every alert of OpenSSL ${series}`, function () {
      const file = libraries(series).find((each) => existsSync(each));
      if (file === undefined) skipBecause(this, 'it is not here');
      const text = readFileSync(file, 'latin1');
      const reasons = text.matchAll(
        /\0((?:tls|ssl)[a-z0-9/]* alert [a-z ]+|tlsv1 (?:unrecognized|bad|certificate) [a-z ]+)(?=\0)/g,
      );
      const found = [...new Set(Array.from(reasons, ([, reason]) => reason))];
      // Since 3.2 the system's libssl has none of them.
      if (series === '3.0' && found.length === 0) skipBecause(this, "it is not the system's");
      assert(found.length > 25, found.join());
      const alerts = found.map((each) => `ERR_SSL_${each.toUpperCase().replaceAll(' ', '_')}`);
      assert.deepEqual(
        alerts.filter((code) => !told.has(code)),
        [],
      );
    });
  }

  it('has every reason of a verification', () => {
    const names = [...text.matchAll(/^\s*ENTRY\((\w+)\),/gm)].map(([, name]) => name);
    assert(names.length > 80);
    assert.deepEqual(
      names.filter((name) => !told.has(name)),
      [],
    );
  });
});
