// The rules for workflows (scripts/lint/workflows.mjs) and for what is published (scripts/release/manifest.mjs) refuse
// what breaks them.
import assert from 'node:assert/strict';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { faultsOfWorkflows } from '../../scripts/lint/workflows.mjs';
import { faultsOfManifest } from '../../scripts/release/manifest.mjs';
import { root } from '../../scripts/support/run.mjs';
import { run } from '../support/child.mjs';

describe('a release', () => {
  let copy;
  before(() => {
    copy = mkdtempSync(path.join(tmpdir(), 'ownssl-release-'));
    for (const name of ['package.json', 'CHANGELOG.md', 'README.md', '.github']) {
      cpSync(path.join(root, name), path.join(copy, name), { recursive: true });
    }
  });
  after(() => rmSync(copy, { recursive: true, force: true }));

  it('is made by workflows without a fault', () => {
    assert.deepEqual(faultsOfWorkflows(root), []);
  });

  it('is not made by others', () => {
    const lines = ['uses: some/action@v1', 'runs-on: macos-13', '- run: npm run nothing'];
    appendFileSync(path.join(copy, '.github/workflows/ci.yml'), lines.join('\n'));
    const faults = faultsOfWorkflows(copy).map((fault) => fault.replace(/^ci\.yml:\d+: /, ''));
    assert.deepEqual(faults, [
      'some/action@v1 is not pinned by a commit, with its version',
      'macos-13 is no image of a runner',
      'there is no npm script nothing',
    ]);
  });

  it('needs the addresses of its publisher, and a section in the changelog', () => {
    const file = path.join(copy, 'package.json');
    const manifest = JSON.parse(readFileSync(file, 'utf8'));
    const write = (fields) => writeFileSync(file, JSON.stringify({ ...manifest, ...fields }));
    write({ version: '9.9.9', repository: undefined, bugs: undefined, homepage: 'nowhere' });
    const faults = faultsOfManifest(copy);
    for (const name of ['repository', 'bugs', 'homepage'])
      assert.ok(faults.includes(`package.json: "${name}" is not filled in`), name);
    assert.ok(faults.includes('CHANGELOG.md has no section for 9.9.9'));

    const url = 'https://github.com/somebody/ownssl';
    write({
      version: '9.9.9',
      repository: { url: `git+${url}.git` },
      bugs: { url },
      homepage: url,
    });
    const changelog = path.join(copy, 'CHANGELOG.md');
    const before = readFileSync(changelog, 'utf8');
    writeFileSync(changelog, `${before}\n## [9.9.9] - not released\n`);
    assert.ok(faultsOfManifest(copy).includes('CHANGELOG.md: the section for 9.9.9 has no date'));
    writeFileSync(changelog, `${before}\n## [9.9.9] - 2026-12-31\n`);
    writeFileSync(
      path.join(copy, 'README.md'),
      '[a](CHANGELOG.md#added) ![b](https://example.org/b.svg)',
    );
    assert.deepEqual(faultsOfManifest(copy), []);
  });

  it('has one page of results, on which steps that were run before on the commit stay', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'ownssl-release-'));
    const check = async (only) => {
      const script = path.join(root, 'scripts/release/check.mjs');
      await run(process.execPath, [script, '--folder', folder, '--only', only]);
      const page = readFileSync(path.join(folder, 'results.md'), 'utf8');
      return [...page.matchAll(/^\| ([\w:]+) \| \**(passed|failed)/gm)].map(([, step]) => step);
    };
    try {
      assert.deepEqual(await check('commit'), ['commit']);
      assert.deepEqual(await check('manifest'), ['manifest', 'commit']);
      const record = path.join(folder, 'results.json');
      const { results } = JSON.parse(readFileSync(record, 'utf8'));
      writeFileSync(record, JSON.stringify({ commit: 'another', results }));
      assert.deepEqual(await check('commit'), ['commit']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('needs links that the page of the registry can resolve', () => {
    const file = path.join(copy, 'package.json');
    const manifest = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(path.join(copy, 'README.md'), '![a](bench/a.svg)');
    assert.ok(
      faultsOfManifest(copy).includes('README.md links to bench/a.svg, which is not there'),
    );
    const repository = 'https://example.org/ownssl';
    writeFileSync(file, JSON.stringify({ ...manifest, repository }));
    assert.match(faultsOfManifest(copy).at(-1), /relative links/);
  });
});
