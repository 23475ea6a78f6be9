// npm run bench: ownssl beside the built-in tls, row by row. BENCHMARKING.md says what the rows mean.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { fetchNode } from '../scripts/support/cache.mjs';
import { fail, root } from '../scripts/support/run.mjs';
import { rows as all } from './rows/index.mjs';
import { certificates } from './support/certificates.mjs';
import { chart } from './support/chart.mjs';
import { document } from './support/document.mjs';
import { machine } from './support/machine.mjs';
import { measureAll } from './support/measure.mjs';
import { participants } from './support/participants.mjs';
import { buildPeer, newestOpenSSL } from './support/peer.mjs';
import { profileAll } from './support/profile.mjs';
import { load, merge, save } from './support/results.mjs';
import { comparison, limits } from './support/report.mjs';

const build = path.join(root, 'build/bench');
const committed = path.join(root, 'bench/results');

/** What people run. */
const NODES = ['24', '26'];

const list = (text) => text.split(',').filter(Boolean);
const positive = (text) => {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError('Not a number from 1.');
  return number;
};

const options = new Command('npm run bench --')
  .description('Measures ownssl beside the built-in tls.')
  .option('-r, --row <names>', 'rows, or the beginnings of their names, separated by commas', list)
  .option('-n, --rounds <number>', 'how often each is measured', positive)
  .option(
    '--node <names>',
    'the Nodes to measure on, versions or executables (default: 24,26)',
    list,
  )
  .option(
    '--io <settings>',
    'where connections of ownssl live: `never` in I/O threads, `always`, `auto`',
    list,
    ['never', 'always'],
  )
  .option(
    '--openssl <names>',
    'the OpenSSLs for ownssl, as OWNSSL_OPENSSL takes them; `node` is the one that the built-in has, ' +
      '`best` the newest that `npm run openssl:build` has left',
    list,
    ['node'],
  )
  .option('--beside <folder>', 'also measure the ownssl that was built there: an earlier one, say')
  .option('--limits', 'measure net, a server in C and Bun as well')
  .option('--json <file>', 'also write the results there')
  .option('--save', 'keep the results in bench/results and in BENCHMARKING.md')
  .option('--profile <folder>', 'instead, draw where the main thread spends its time (needs perf)')
  .option('--short', 'one round of small sizes: shows that it runs, its figures mean nothing')
  .option('--list', 'say which rows there are')
  .parse()
  .opts();

if (options.list) {
  for (const { name, what } of all) console.log(`${name.padEnd(16)}${what}`);
  process.exit(0);
}
if (options.save && options.short) fail('bench: --short measures nothing that is worth keeping');
const wanted = options.row ?? [''];
const unknown = wanted.find((name) => !all.some((row) => row.name.startsWith(name)));
if (unknown !== undefined) fail(`bench: there is no row '${unknown}'; --list names them`);
// An exact name wins: `up` is not meant to bring others.
const rows = all.filter((row) =>
  wanted.some((name) =>
    all.some((each) => each.name === name) ? row.name === name : row.name.startsWith(name),
  ),
);

// What a developer has set for other purposes must not be measured.
const env = { ...process.env };
for (const name of [
  'NODE_OPTIONS',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'OPENSSL_CONF',
  'OWNSSL_THREADS',
])
  delete env[name];

mkdirSync(build, { recursive: true });
const peer = buildPeer();
const openssls = options.openssl.map((name) => (name === 'best' ? newestOpenSSL() : name));
if (openssls.includes(undefined))
  fail('bench: there is no OpenSSL of your own: npm run openssl:build');
const nodes = [];
for (const name of options.node ?? (options.short ? [process.execPath] : NODES))
  nodes.push(existsSync(name) ? name : await fetchNode(name));
const people = await participants({ ...options, nodes, settings: options.io, openssls, env });
const tools = { peer, certificates: certificates(path.join(build, 'certificates')) };
if (options.profile) {
  await profileAll({ rows, participants: people, folder: options.profile, ...tools });
  process.exit(0);
}
const measured = await measureAll({
  rows,
  participants: people,
  ...tools,
  rounds: options.short ? 1 : (options.rounds ?? 5),
  short: options.short,
});
const results = {
  machine: machine({ peer }),
  ...measured,
};

console.log(`\n${comparison(results)}\n`);
if (options.limits) console.log(`${limits(results)}\n`);
if (options.short) console.log('It runs. The figures of --short mean nothing.');

save(path.join(build, 'results.json'), results);
writeFileSync(path.join(build, 'ratios.svg'), await chart(results));
if (options.json) save(path.resolve(options.json), results);
if (options.save) {
  const file = path.join(committed, 'results.json');
  const merged = merge(load(file), results);
  const place = ({ name }) => all.findIndex((row) => row.name === name);
  merged.rows.sort((a, b) => place(a) - place(b));
  mkdirSync(committed, { recursive: true });
  save(file, merged);
  writeFileSync(path.join(committed, 'ratios.svg'), await chart(merged));
  await document(merged);
}
