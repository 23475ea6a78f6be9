// npm run test:matrix [-- --cells 20x3.5,26x*] [--io always] [-- mocha's arguments]: the mocha suite on every supported
// Node and OpenSSL, one after the other, with one and the same binary, the prebuilt one. A cell is NODExOPENSSL, and *
// stands for all. Prints a table, and writes it with each failure and skip to build/matrix.json.
// Every cell runs with connections on the event loop; with the system's OpenSSL it runs in I/O threads, too, by 'always'
// and 'auto', and with connections that move. --io names other settings for all cells.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { builtOpenSSL, fetchNode } from '../support/cache.mjs';
import { line, mocha, total } from '../support/mocha.mjs';
import { chooseOpenSSL } from '../support/openssls.mjs';
import { ensurePrebuilt } from '../support/prebuilt.mjs';
import { capture, fail, root, run } from '../support/run.mjs';
import { table } from '../support/table.mjs';

const nodes = ['20', '22', '24', '26'];
const openssls = ['system', '3.5', '4.0', 'static', 'node'];
// In 'moving', connections of 'auto' move as often as they can.
const settings = ['never', 'auto', 'always', 'moving'];
const report = path.join(root, 'build/matrix.json');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { cells: { type: 'string', default: '*x*' }, io: { type: 'string' } },
});
const wanted = values.io?.split(',');
const unknown = wanted?.find((each) => !settings.includes(each));
if (unknown !== undefined) fail(`test:matrix: no setting of I/O threads is called ${unknown}`);
const cells = values.cells.split(',').flatMap(expand);

const addon = await ensurePrebuilt();
console.log(`The addon: ${path.relative(root, addon)}`);
const results = [];
for (const openssl of openssls) {
  const mine = cells.filter((cell) => cell.openssl === openssl);
  if (mine.length === 0) continue;
  const choice = openssl === 'static' ? await staticAddon() : chooseOpenSSL(openssl);
  for (const { node } of mine) {
    for (const io of wanted ?? (openssl === 'system' ? settings : ['never'])) {
      results.push(await test(node, openssl, io, choice));
      writeFileSync(report, `${JSON.stringify(results, null, 2)}\n`);
    }
  }
}
show();
process.exitCode = results.every(({ failed }) => failed === 0) ? 0 : 1;

function expand(text) {
  const [node, openssl] = text.split('x');
  const chosen = (name, all) => (name === '*' ? all : all.filter((each) => each === name));
  const found = chosen(node, nodes).flatMap((each) =>
    chosen(openssl, openssls).map((other) => ({ node: each, openssl: other })),
  );
  if (found.length === 0) fail(`test:matrix: no cell is called ${text}`);
  return found;
}

async function test(version, openssl, io, choice) {
  if (choice.missing) {
    const nothing = { passed: 0, failed: 0, skipped: 0 };
    return { node: version, openssl, io, ...nothing, missing: choice.missing };
  }
  const node = await fetchNode(version);
  const env = {
    ...process.env,
    OWNSSL_ADDON: addon,
    OWNSSL_IO: io === 'moving' ? 'auto' : io,
    ...choice,
    PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH}`,
  };
  if (io === 'moving') {
    const preload = path.join(root, 'test/support/fickle-load.cjs');
    env.NODE_OPTIONS = `${env.NODE_OPTIONS ?? ''} --require ${JSON.stringify(preload)}`;
  }
  const ask = `const o = require(${JSON.stringify(path.join(root, 'dist/native/openssl.js'))}).openssl;
    console.log(process.versions.node, o.version, o.source, o.isolation.method)`;
  const used = capture(node, ['-e', ask], { env }).output;
  console.log(`\n== Node, OpenSSL, its source, isolation, I/O threads: ${used} ${io}`);
  const started = performance.now();
  const { status, counts } = await mocha(positionals, { node, env });
  const seconds = Math.round((performance.now() - started) / 1000);
  // A run that tells of no failure and ends with one all the same.
  if (status !== 0 && counts.failed === 0) counts.failed = 1;
  return { node: version, openssl, io, used, seconds, ...counts };
}

async function staticAddon() {
  const prefix = builtOpenSSL('3.5-static');
  if (!prefix) return { missing: 'npm run openssl:build -- 3.5 --static has not been run' };
  const folder = path.join(root, 'build/static');
  mkdirSync(folder, { recursive: true });
  const cmakeJs = path.join(root, 'node_modules/cmake-js/bin/cmake-js');
  const options = ['--CDOWNSSL_STATIC=ON', `--CDOPENSSL_ROOT_DIR=${prefix}`];
  if (await run(process.execPath, [cmakeJs, 'compile', '--out', folder, ...options]))
    fail('test:matrix: the static addon did not build');
  return { OWNSSL_ADDON: path.join(folder, 'Release/ownssl.node'), OWNSSL_OPENSSL: '' };
}

function show() {
  const head = ['Node', 'OpenSSL', 'I/O threads', 'passed', 'failed', 'skipped', 'seconds', ''];
  const rows = results.map(({ node, openssl, io, used, missing, ...numbers }) => [
    used?.split(' ')[0] ?? node,
    used ? `${openssl} (${used.split(' ')[1]})` : openssl,
    io,
    ...[numbers.passed, numbers.failed, numbers.skipped, numbers.seconds ?? ''],
    missing ?? '',
  ]);
  const right = { passed: 'right', failed: 'right', skipped: 'right', seconds: 'right' };
  console.log(`\n${table(head, rows, right)}`);
  list('Failed', 'failures');
  list('Skipped', 'pending');
  console.log(`\n${line(total(results))}`);
}

/** What happened in which cells; skips by their reason, which stands in brackets in the title. */
function list(title, key) {
  const where = new Map();
  for (const { node, openssl, io, [key]: names = [] } of results) {
    for (const name of new Set(names)) {
      const what = (key === 'pending' && /\[([^\]]*)\]$/.exec(name)?.[1]) || name.split('\n', 1)[0];
      if (!where.has(what)) where.set(what, new Map());
      const cell = `${node}x${openssl}${io === 'never' ? '' : ` (${io})`}`;
      where.get(what).set(cell, (where.get(what).get(cell) ?? 0) + 1);
    }
  }
  if (where.size > 0) console.log(`\n${title}`);
  for (const [what, all] of where) {
    const places = [...all].map(([cell, count]) => (count > 1 ? `${cell} ×${count}` : cell));
    console.log(`  ${what}: ${places.join(', ')}`);
  }
}
