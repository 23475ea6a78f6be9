import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

describe('package.json', () => {
  it('has no script that relies on hooks, which .npmrc switches off', () => {
    const { scripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url)));
    const hooks = Object.keys(scripts).filter(
      (name) => /^(pre|post)/.test(name) && scripts[name.replace(/^(pre|post)/, '')],
    );
    // 'npm run build' does not begin with it, thanks to .npmrc.
    assert.deepEqual(hooks, ['prebuild']);
  });
});
