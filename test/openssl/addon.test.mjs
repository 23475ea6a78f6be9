import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './support.mjs';

const files = ['build/cmake/Release/ownssl.node', 'build/Release/ownssl.node']
  .map((file) => join(root, file))
  .filter((file) => existsSync(file));

function output(command, ...args) {
  const { status, stdout, error } = spawnSync(command, args, { encoding: 'utf8' });
  assert.ifError(error);
  assert.equal(status, 0);
  return stdout;
}

describe('the addon', () => {
  before(function () {
    if (process.platform !== 'linux' || files.length === 0) this.skip();
  });

  it('refers to no symbol of OpenSSL', () => {
    for (const file of files) {
      const symbols = output('nm', '-D', '--undefined-only', file)
        .split('\n')
        .map((line) => line.trim().split(' ').pop())
        .filter((name) => name && !name.startsWith('_'));
      assert.ok(symbols.some((name) => name.startsWith('napi_')));
      const known = /^(napi_|node_api_)|@(GLIBC|GLIBCXX|CXXABI|GCC)_/;
      const unknown = symbols.filter((name) => !known.test(name) && /[A-Z]|ssl|d2i|i2d/.test(name));
      assert.deepEqual(unknown, [], file);
    }
  });

  it('is not linked to libssl or libcrypto, and is never unloaded', () => {
    for (const file of files) {
      const dynamic = output('readelf', '-d', file);
      assert.doesNotMatch(dynamic, /NEEDED.*lib(ssl|crypto)/, file);
      assert.match(dynamic, /NODELETE/, file);
      assert.match(dynamic, /NOW/, file);
    }
  });
});
