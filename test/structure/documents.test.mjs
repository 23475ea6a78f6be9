// What the documents list is all that there is.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { root } from '../../scripts/support/run.mjs';

const read = (...names) => readFileSync(path.join(root, ...names), 'utf8');
const foldersIn = (...names) =>
  readdirSync(path.join(root, ...names), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

describe('the documents', () => {
  it('tell what goes into each folder of tests', () => {
    const page = read('test', 'README.md');
    const untold = foldersIn('test').filter(
      (name) => !page.includes(`\`${name}/`) && name !== 'support',
    );
    assert.deepEqual(untold, []);
  });

  it('tell what is on each floor', () => {
    const page = read('ARCHITECTURE.md');
    const untold = ['lib', 'csrc']
      .flatMap((house) => foldersIn(house))
      .filter((name) => !page.includes(`| \`${name}/\``) && name !== 'test' && name !== 'fuzz');
    assert.deepEqual(untold, []);
  });

  it('tell what each npm script does', () => {
    const page = read('CONTRIBUTING.md');
    // npm calls `install`, and `build` is the sum of the others that begin with its name.
    const names = Object.keys(JSON.parse(read('package.json')).scripts);
    const untold = names.filter(
      (name) =>
        !page.includes(`\`npm run ${name}\``) &&
        !page.includes(`\`npm run ${name} `) &&
        !['install', 'test'].includes(name),
    );
    assert.deepEqual(untold, []);
  });

  it('tell what is in each folder of scripts', () => {
    const page = read('CONTRIBUTING.md');
    const untold = foldersIn('scripts').filter((name) => !page.includes(`\`scripts/${name}/\``));
    assert.deepEqual(untold, []);
  });
});
