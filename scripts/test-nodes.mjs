// npm run test:nodes [-- 20 26]: the mocha suite on several versions of Node, with one and the same build.
// Each Node comes from its npm package, and stays in the cache folder.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { capture, fail, npm } from './support/run.mjs';
import { line, mocha, total } from './support/mocha.mjs';
import { table } from './support/table.mjs';

const versions = process.argv.length > 2 ? process.argv.slice(2) : ['20', '22', '24', '26'];
const cache = process.env.OWNSSL_CACHE || path.join(os.homedir(), '.cache', 'ownssl');
const platform = process.platform === 'win32' ? 'win' : process.platform;
const packageName = `node-${platform}-${process.arch}`;

const rows = [];
for (const version of versions) {
  const folder = await fetchNode(version);
  const node = path.join(folder, process.platform === 'win32' ? 'node.exe' : 'node');
  const env = { ...process.env, PATH: `${folder}${path.delimiter}${process.env.PATH}` };
  const name = capture(node, ['--version']).output;
  console.log(`\n== ${name}`);
  rows.push({ name, ...(await mocha([], { node, env })) });
}

const head = ['Node', 'passed', 'failed', 'skipped', ''];
const cells = rows.map(({ name, status, counts }) => {
  const verdict = status === 0 ? 'ok' : `failed (exit ${status})`;
  return [name, counts.passed, counts.failed, counts.skipped, verdict];
});
const right = { passed: 'right', failed: 'right', skipped: 'right' };
console.log(`\n${table(head, cells, right)}\n`);
console.log(line(total(rows.map((row) => row.counts))));
process.exitCode = rows.every((row) => row.status === 0) ? 0 : 1;

/** The folder that holds the `node` executable of the newest `version` in the cache or the registry. */
async function fetchNode(version) {
  const home = path.join(cache, `node-${version}`);
  const folder = path.join(home, 'node_modules', packageName, 'bin');
  if (existsSync(folder)) return folder;
  console.log(`Fetching Node ${version} into ${home}`);
  mkdirSync(home, { recursive: true });
  // A folder with a manifest of its own: npm must not take a project further up for its root.
  writeFileSync(path.join(home, 'package.json'), '{ "private": true }\n');
  const args = ['install', '--no-save', '--loglevel=error', `${packageName}@${version}`];
  if (await npm(args, { cwd: home })) fail(`Node ${version} could not be fetched`);
  return folder;
}
