// npm run test:nodes [-- 20 26]: the mocha suite on several versions of Node, with one and the same build; on the oldest
// that package.json promises, which is too old for mocha, the fourteen checks, on the event loop and in I/O threads.
// Each Node comes from its npm package, and stays in the cache folder.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { makeFixtures } from '../../test/fixtures/make.mjs';
import { fetchNode } from '../support/cache.mjs';
import { capture, root } from '../support/run.mjs';
import { countsOf, line, mocha, total } from '../support/mocha.mjs';
import { table } from '../support/table.mjs';

const { engines } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const oldest = engines.node.replace('>=', '');
const versions = process.argv.length > 2 ? process.argv.slice(2) : [oldest, '20', '22', '24', '26'];

const rows = [];
for (const version of versions) {
  const node = await fetchNode(version);
  const env = { ...process.env, PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH}` };
  const name = capture(node, ['--version']).output;
  console.log(`\n== ${name}`);
  if (version === oldest) for (const io of ['never', 'always']) rows.push(check(node, name, io));
  else rows.push({ name, ...(await mocha([], { node, env })) });
}

function check(node, name, io) {
  const args = ['test/platforms/checks.cjs', 'dist', makeFixtures()].map((each) =>
    path.resolve(root, each),
  );
  const { ok, output } = capture(node, args, { env: { ...process.env, OWNSSL_IO: io } });
  console.log(output);
  const status = ok ? 0 : 1;
  return { name: `${name}, ${io}`, status, counts: countsOf(output, status) };
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
