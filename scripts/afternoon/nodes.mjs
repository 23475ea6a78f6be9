// npm run test:nodes [-- 20 26]: the mocha suite on several versions of Node, with one and the same build.
// Each Node comes from its npm package, and stays in the cache folder.
import path from 'node:path';
import { fetchNode } from '../support/cache.mjs';
import { capture } from '../support/run.mjs';
import { line, mocha, total } from '../support/mocha.mjs';
import { table } from '../support/table.mjs';

const versions = process.argv.length > 2 ? process.argv.slice(2) : ['20', '22', '24', '26'];

const rows = [];
for (const version of versions) {
  const node = await fetchNode(version);
  const env = { ...process.env, PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH}` };
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
