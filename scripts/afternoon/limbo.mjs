// npm run test:limbo [-- --file limbo.json]: the profile 'webpki' beside x509-limbo (github.com/C2SP/x509-limbo), whose
// cases say which chains are to be accepted. A disagreement that test/certificates/limbo.json does not explain fails,
// and so does an explanation of nothing. The cases are looked for in the cache; `faketime` sets the clock where they
// are about another time.
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { program } from 'commander';
import { cache } from '../support/cache.mjs';
import { fail, root } from '../support/run.mjs';
import { table } from '../support/table.mjs';

const { file, show } = program
  .name('npm run test:limbo --')
  .option('--file <file>', 'the cases', path.join(cache, 'limbo.json'))
  .option('--show', 'tell of each disagreement, explained or not')
  .parse()
  .opts();
if (!existsSync(file)) fail(`There are no cases: put limbo.json of x509-limbo into ${cache}`);

const hasFaketime = !spawnSync('faketime', ['--version']).error;
const explanations = JSON.parse(
  readFileSync(path.join(root, 'test/certificates/limbo.json'), 'utf8'),
);
const cases = JSON.parse(readFileSync(file, 'utf8')).testcases;
const skipped = new Map();
const skip = (why) => skipped.set(why, (skipped.get(why) ?? 0) + 1);

/** By the second that they are about; an empty string for any. */
const byTime = new Map();
for (const one of cases) {
  if (one.max_chain_depth !== null) skip('a limit of the depth, which is no option here');
  else if (one.validation_time && !hasFaketime) skip('another time, and there is no faketime');
  else {
    const time = one.validation_time?.slice(0, 19).replace('T', ' ') ?? '';
    byTime.set(time, [...(byTime.get(time) ?? []), one]);
  }
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'ownssl-limbo-'));
const results = new Map();
try {
  for (const [time, list] of byTime) {
    for (const { id, ...result } of await judge(time, list)) results.set(id, result);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function judge(time, list) {
  const input = path.join(folder, 'cases.json');
  writeFileSync(input, JSON.stringify(list));
  const worker = [process.execPath, path.join(root, 'test/certificates/limbo-run.mjs'), input];
  const [command, ...args] = time === '' ? worker : ['faketime', '-m', '-f', time, ...worker];
  const env = { ...process.env, TZ: 'UTC', DONT_FAKE_MONOTONIC: '1' };
  // A library that is kept apart from all else does not see the clock of faketime; that inside Node does.
  if (time !== '') env.OWNSSL_OPENSSL = 'node';
  for (const name of ['SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS']) delete env[name];
  const { stdout } = await promisify(execFile)(command, args, { env, maxBuffer: 1 << 28 });
  const judged = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const broken = judged.find(({ profile }) => profile.startsWith('ERR_OWNSSL_'));
  return broken ? fail(`${broken.id}: ${broken.profile}`) : judged;
}

const known = new Set();
const rows = new Map();
let unexplained = 0;
for (const { id, expected_result: expected } of cases) {
  const result = results.get(id);
  if (result === undefined) continue;
  const group = id
    .split('::')
    .slice(0, id.startsWith('bettertls') ? 2 : 1)
    .join('::');
  const row = rows.get(group) ?? { cases: 0, openssl: 0, profile: 0, explained: 0, unexplained: 0 };
  rows.set(group, row);
  const agrees = (verdict) => (verdict === 'ok') === (expected === 'SUCCESS');
  row.cases += 1;
  row.openssl += agrees(result.openssl);
  row.profile += agrees(result.profile);
  if (agrees(result.profile)) continue;
  const explanation = explanations.find(
    (each) =>
      each.cases.some((name) =>
        name.endsWith('*') ? id.startsWith(name.slice(0, -1)) : id === name,
      ) &&
      // Some are about what OpenSSL refuses, so that the profile is not even asked.
      (!each.openssl || (result.openssl !== 'ok' && expected === 'SUCCESS')),
  );
  if (explanation) known.add(explanation);
  row[explanation ? 'explained' : 'unexplained'] += 1;
  if (!explanation) unexplained += 1;
  if (show || !explanation) {
    console.log(
      `${explanation ? '' : 'unexplained: '}${id}: ${expected}, and here ${result.profile}`,
    );
  }
}

// Without all cases it is not known what is explained for nothing.
const idle = hasFaketime ? explanations.filter((each) => !known.has(each)) : [];
for (const { cases: ids } of idle) console.log(`explains nothing: ${ids.join(', ')}`);
for (const [why, count] of skipped) console.log(`${count} skipped: ${why}`);
const head = ['group', 'cases', 'OpenSSL agrees', 'the profile agrees', 'explained', 'unexplained'];
console.log(
  table(
    head,
    [...rows].map(([name, row]) => [name, ...Object.values(row)]),
    Object.fromEntries(head.slice(1).map((name) => [name, 'right'])),
  ),
);
process.exitCode = unexplained + idle.length > 0 ? 1 : 0;
